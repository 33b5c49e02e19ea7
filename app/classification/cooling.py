"""Ratings of leads who fell silent: lowered by the clock, and raised again when the lead writes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app import notices
from app.classification.decay import GRACE, SILENCE, cooled, worth_noting
from app.classification.models import ClassificationRow
from app.classification.rubric import Classification, Reason
from app.clock import Clock
from app.database import at_once, notify, reading, transaction
from app.jobs.due import each
from app.leads import repository as leads
from app.leads.models import Lead
from app.registry import use
from app.vocabulary import Method, Risk, Temperature

BATCH = 500

_BASE = """
select id, temperature, risk, score, confidence, reasons, method, model from classification
 where lead_id = {lead} and lowered_from is null order by id desc limit 1
"""
_SILENT = sa.text(f"""
select l.id, l.temperature as shown, l.score as shown_score, l.last_inbound_at, c.temperature, c.risk, c.score,
  c.confidence, c.reasons
 from lead l cross join lateral ({_BASE.format(lead="l.id")}) c
where l.id > :after and l.stage not in ('won', 'lost') and l.rated_by is null and l.last_inbound_at < :before
order by l.id limit :batch
""")  # noqa: S608 - both parts are written here
_NEWEST_BASE = sa.text(_BASE.format(lead=":lead_id"))


async def cool_all() -> int:
    """Lower the ratings of open leads whose silence has begun to tell; returns how many. Whoever a person has rated
    keeps that rating.
    """
    now, after, lowered = use(Clock).now(), 0, 0
    while rows := await _silent(after, now):
        for row in rows:
            if _says_more(row, now):
                lowered += await _cool(row.id, now)
        after = rows[-1].id
    return lowered


async def _silent(after: int, now: datetime) -> list[Any]:
    async with reading() as db:
        values = {"after": after, "before": now - GRACE, "batch": BATCH}
        return list(await db.execute(_SILENT, values))


def _says_more(row: Any, now: datetime) -> bool:
    return worth_noting(cooled(_made(row), row.last_inbound_at, now), row.shown, row.shown_score)


async def _cool(lead_id: int, now: datetime) -> bool:
    """Lower one rating, unless the lead wrote, or a person judged them, in the meantime."""
    async with transaction() as db:
        lead = await leads.lock(db, lead_id)
        base = await _base(db, lead_id)
        if lead.rated_by is not None or lead.last_inbound_at is None or base is None:
            return False
        made = cooled(_made(base), lead.last_inbound_at, now)
        if not worth_noting(made, lead.temperature, lead.score):
            return False
        db.add(_row(lead_id, made, now, method=Method.RULES, lowered_from=base.id))
        lead.silent_since = lead.last_inbound_at
        await _show(db, lead, made)
    return True


_WROTE_AGAIN = sa.text(
    "select id from lead where silent_since is not null and last_inbound_at > silent_since order by id limit :batch"
)


async def sweep_revived(batch: int = 100) -> int:
    """Give leads who wrote again the rating that their silence had lowered; returns how many."""
    now = use(Clock).now()
    found = await at_once(_WROTE_AGAIN, {"batch": batch})
    await each([row.id for row in found], partial(_revive, now=now), failed="reviving_failed")
    return len(found)


async def _revive(lead_id: int, *, now: datetime) -> None:
    async with transaction() as db:
        lead = await leads.lock(db, lead_id)
        base = await _base(db, lead_id)
        if lead.silent_since is None or base is None:
            return
        lead.silent_since = None
        if lead.rated_by is not None:
            return
        made = _with(_made(base), Reason(SILENCE, 0, "Wrote again after a silence"))
        db.add(_row(lead_id, made, now, method=base.method, model=base.model))
        await _show(db, lead, made)


async def _base(db: AsyncSession, lead_id: int) -> Any:
    """The newest rating that was made from the chat; what silence made of it is counted from there."""
    return (await db.execute(_NEWEST_BASE, {"lead_id": lead_id})).one_or_none()


def _made(row: Any) -> Classification:
    """The rating of a row, without what an earlier silence added to its reasons."""
    reasons = tuple(Reason(one["factor"], int(one["points"]), one["text"]) for one in _lasting(row.reasons))
    return Classification(Temperature(row.temperature), Risk(row.risk), row.score, reasons, row.confidence)


def _lasting(reasons: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    return (one for one in reasons if one["factor"] != SILENCE)


def _with(made: Classification, reason: Reason) -> Classification:
    return Classification(made.temperature, made.risk, made.score, (*made.reasons, reason), made.confidence)


def _row(
    lead_id: int,
    made: Classification,
    now: datetime,
    *,
    method: str,
    model: str | None = None,
    lowered_from: int | None = None,
) -> ClassificationRow:
    """The row of a rating that silence changed. It is no new look at the lead, so the ledger does not count it."""
    return ClassificationRow(
        lead_id=lead_id,
        temperature=made.temperature,
        risk=made.risk,
        score=made.score,
        confidence=made.confidence,
        reasons=[{"factor": one.factor, "points": one.points, "text": one.text} for one in made.reasons],
        method=method,
        model=model,
        lowered_from=lowered_from,
        made_at=now,
    )


async def _show(db: AsyncSession, lead: Lead, made: Classification) -> None:
    """A lower temperature gives nobody more time: the clock of a waiting lead stays as it was."""
    lead.temperature, lead.risk, lead.score = made.temperature, made.risk, made.score
    lead.version += 1
    await db.flush()
    notify(db, notices.of_lead(lead.id or 0))
