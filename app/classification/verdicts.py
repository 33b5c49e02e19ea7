"""What people say of the machine's ratings: verdicts, and how often they agree with each method.

A verdict counts from the moment it is given: it is the lead's temperature and risk until the person takes it back or
says another, whatever the machine finds later. Ratings and verdicts are only ever appended.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app import notices
from app.classification.intervals import Share
from app.classification.models import Verdict
from app.classification.rubric import within
from app.clock import Clock
from app.database import notify, reading, transaction
from app.errors import Invalid, NotAllowed
from app.leads import ledger
from app.leads.desk import owned_lead
from app.leads.models import Lead
from app.leads.sla import allowed_wait
from app.registry import use
from app.settings import Settings
from app.team.viewer import Viewer
from app.vocabulary import Automation, Method, Risk, Sample, Temperature


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often people agreed with one method in one sample; the risk is counted apart from the temperature."""

    method: Method
    sample: Sample
    temperature: Share
    risk: Share

    @property
    def n(self) -> int:
        """Verdicts behind the figures."""
        return self.temperature.n


async def agreement(viewer: Viewer, since: datetime) -> list[Agreement]:
    """How often people agreed with the machine since then: one row for each method and sample, empty ones too.

    Each row has ``method`` (llm, rules), ``sample`` and two shares, ``temperature`` and ``risk``, of the same ``n``
    verdicts: ``share.value`` (0 to 1, None while n is 0) with ``share.low`` and ``share.high``, its 95 % interval by
    Wilson. Only ``sample=random`` (asked blindly, drawn by chance) is free of bias; ``override`` are verdicts that
    people gave unasked, of each the one that stands. A rating that silence lowered counts as what it was made from: the
    clock is no method. Raises NotAllowed for anybody but managers.
    """
    if not viewer.leads_team:
        raise NotAllowed("Managers see how often people agree with the ratings.")
    async with reading() as db:
        rows = {(row.method, row.sample): row for row in await db.execute(_AGREED, {"since": since})}
    return [_row(method, sample, rows.get((method, sample))) for sample in Sample for method in Method]


_AGREED = sa.text("""
select c.method, v.sample, count(*) as n,
  count(*) filter (where v.temperature = c.temperature) as temperature,
  count(*) filter (where v.risk = c.risk) as risk
 from verdict v join classification seen on seen.id = v.classification_id
  join classification c on c.id = coalesce(seen.lowered_from, seen.id)
where v.at >= :since and (v.sample = 'random' or v.withdrawn_at is null)
group by c.method, v.sample
""")


def _row(method: Method, sample: Sample, counted: Any) -> Agreement:
    n, temperature, risk = (counted.n, counted.temperature, counted.risk) if counted else (0, 0, 0)
    return Agreement(method, sample, Share(temperature, n), Share(risk, n))


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody thinks of a lead; ``judged`` is the rating that they had before their eyes, None for the newest."""

    temperature: Temperature
    risk: Risk
    judged: int | None = None


async def give(viewer: Viewer, lead_id: int, said: Opinion) -> None:
    """Say what the temperature and the risk of a lead are; it counts at once, and replaces what the viewer said before.

    The owner of the lead and managers may. Raises NotFound, NotAllowed, and Invalid while the lead is not rated.
    """
    now = use(Clock).now()
    async with transaction() as db:
        lead = await owned_lead(db, viewer, lead_id, lock=True)
        if not may_judge(viewer, lead):
            raise NotAllowed("Whoever has the lead judges it, or a manager. Take it first.", lead=lead_id)
        sample = Sample.RANDOM if blind_for(viewer, lead) else Sample.OVERRIDE
        judged = await _judged(db, lead_id, None if sample is Sample.RANDOM else said.judged)
        await _withdraw(db, viewer, lead_id, now)
        db.add(
            Verdict(
                lead_id=lead_id,
                classification_id=judged.id,
                user_id=viewer.user_id or None,
                temperature=said.temperature,
                risk=said.risk,
                method=judged.method,
                sample=sample,
                at=now,
            )
        )
        if sample is Sample.RANDOM:
            lead.blind = False
        await db.flush()
        await _settle(db, lead, now)
        agrees = said.temperature == judged.predicted
        _count(db, lead_id, judged.method, sample, outcome="agree" if agrees else "disagree")


def _count(db: AsyncSession, lead_id: int, method: str, sample: Sample, *, outcome: str) -> None:
    kind = ledger.Kind.CLASSIFICATION_REVIEW
    ledger.record(db, kind, lead_id=lead_id, method=method, outcome=outcome, sample=sample.value)


async def take_back(viewer: Viewer, lead_id: int) -> None:
    """Take the viewer's own verdict back: what was said before them counts again. Raises NotFound."""
    now = use(Clock).now()
    async with transaction() as db:
        lead = await owned_lead(db, viewer, lead_id, lock=True)
        taken = await _withdraw(db, viewer, lead_id, now)
        if not taken:
            return
        await _settle(db, lead, now)
        ledger.record(db, ledger.Kind.VERDICT_WITHDRAWN, lead_id=lead_id)


def blind_for(viewer: Viewer, lead: Lead) -> bool:
    """Whether the viewer may not see how the machine rated the lead: consultants, until the verdict is given."""
    return lead.blind and lead.automation != Automation.OFF and not viewer.leads_team


def may_judge(viewer: Viewer, lead: Lead) -> bool:
    """Whether the viewer's verdict is wanted: the consultant's who has the lead, and managers'."""
    return viewer.leads_team or lead.owner_id == viewer.user_id


_RATING = sa.text("""
select shown.id, shown.temperature, shown.risk, shown.score, made.method, made.temperature as predicted
 from classification shown join classification made on made.id = coalesce(shown.lowered_from, shown.id)
where shown.lead_id = :lead_id and (cast(:id as bigint) is null or shown.id = :id) order by shown.id desc limit 1
""")


async def _judged(db: AsyncSession, lead_id: int, seen: int | None) -> Any:
    """The rating that a verdict is about: the one that was seen, when it is this lead's, else the newest.

    ``method`` and ``predicted`` are of the rating that was made from the chat, before silence lowered it.
    """
    for wanted in dict.fromkeys((seen, None)):
        found = (await db.execute(_RATING, {"lead_id": lead_id, "id": wanted})).one_or_none()
        if found is not None:
            return found
    raise Invalid("The lead is not rated yet; judge it when it is.", lead=lead_id)


_WITHDRAW = sa.text("""
update verdict set withdrawn_at = :now where lead_id = :lead_id and withdrawn_at is null
 and user_id is not distinct from cast(:user_id as bigint) returning id
""")
_STANDING = sa.text("""
select v.temperature, v.risk, coalesce(u.name, 'Somebody') as by_name from verdict v
  left join team_user u on u.id = v.user_id
 where v.lead_id = :lead_id and v.withdrawn_at is null order by v.id desc limit 1
""")


async def _withdraw(db: AsyncSession, viewer: Viewer, lead_id: int, now: datetime) -> bool:
    values = {"lead_id": lead_id, "user_id": viewer.user_id or None, "now": now}
    return bool(list(await db.execute(_WITHDRAW, values)))


async def _settle(db: AsyncSession, lead: Lead, now: datetime) -> None:
    """Let the lead show what counts now: the newest verdict that stands, else the machine's newest rating."""
    rated = await _judged(db, lead.id or 0, None)
    standing = (await db.execute(_STANDING, {"lead_id": lead.id})).one_or_none()
    lead.rated_by = standing.by_name if standing else None
    counts = standing or rated
    lead.temperature, lead.risk = counts.temperature, counts.risk
    lead.score = within(rated.score, Temperature(counts.temperature))
    if lead.waiting_since is not None:
        lead.due_at = lead.waiting_since + allowed_wait(use(Settings), lead.temperature)
    lead.version += 1
    lead.updated_at = now
    await db.flush()
    notify(db, notices.of_lead(lead.id or 0))


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict that stands; ``mine`` for the viewer's own. ``at`` is when it was given."""

    temperature: str
    risk: str
    by_name: str
    mine: bool
    sample: str
    classification_id: int
    at: datetime


_SAID = sa.text("""
select v.temperature, v.risk, coalesce(u.name, 'Somebody') as by_name, v.sample, v.classification_id, v.at,
  v.user_id is not distinct from cast(:user_id as bigint) as mine
 from verdict v left join team_user u on u.id = v.user_id
where v.lead_id = :lead_id and v.withdrawn_at is null order by v.id desc
""")


async def said_of(db: AsyncSession, viewer: Viewer, lead_id: int) -> Sequence[Said]:
    """The verdicts on a lead that stand, newest first."""
    values = {"lead_id": lead_id, "user_id": viewer.user_id or None}
    return [Said(**row) for row in (await db.execute(_SAID, values)).mappings()]


def own(verdicts: Iterable[Said]) -> Said | None:
    """The viewer's own among these verdicts."""
    return next((verdict for verdict in verdicts if verdict.mine), None)
