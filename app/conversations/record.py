"""What the team knows of a lead, on one page: facts with their quotes, the judgement with its reasons, who and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.classification.verdicts import Said, blind_for, may_judge, said_of
from app.clock import epoch_ms
from app.conversations.brief import BriefView, pinned
from app.conversations.chat import session_for
from app.database import reading
from app.distribution.fairness import Considered
from app.leads import repository as leads
from app.leads.cards import shortest_clock
from app.leads.desk import owned_lead
from app.leads.models import Lead
from app.qualification.facts import FactName, display, label, value_from_json
from app.team.viewer import Viewer
from app.vocabulary import SOURCE_NAMES, Language

ENGLISH = Language.EN


@dataclass(frozen=True)
class FactView:
    """One fact: its label, its value in words, how sure the agent is (0 to 1), and the words it came from."""

    name: str
    label: str
    value: str
    confidence: float
    quote: str
    message_id: int | None
    locked_by: str | None
    known: bool


@dataclass(frozen=True)
class ClassificationView:
    """The newest judgement. ``reasons`` are ``(factor, points, sentence)``; ``made_at`` in milliseconds since 1970."""

    id: int
    temperature: str
    risk: str
    score: int
    method: str
    confidence: float
    reasons: list[tuple[str, int, str]]
    made_at: int


@dataclass(frozen=True)
class AssignmentView:
    """Who has the lead and why; or why nobody has, though it waits for a consultant."""

    consultant: str
    assigned_at: int
    reason: str
    sentence: str
    considered: list[Considered]


@dataclass(frozen=True)
class Record:
    """Everything beside the chat.

    While ``blind``, the viewer is asked for a verdict before they may know how the lead was rated, and nothing here
    tells it. ``rated_by`` names whoever's verdict counts now; ``verdicts`` are all that stand, newest first.
    """

    lead_id: int
    name: str
    phones: list[str]
    language: str | None
    source: str
    stage: str
    owner_id: int | None
    owner_name: str
    automation: str
    temperature: str | None
    risk: str | None
    score: int | None
    rated_by: str | None
    blind: bool
    may_judge: bool
    version: int
    reply_session: str
    opted_out: bool
    waiting_since: int | None
    due_at: int | None
    window_closes_at: int | None
    created_at: int
    facts: list[FactView]
    classification: ClassificationView | None
    verdicts: Sequence[Said]
    assignment: AssignmentView | None
    brief: BriefView | None
    timeline: list[tuple[int, str]]


async def record(viewer: Viewer, lead_id: int) -> Record:
    """The record of a lead that the viewer may see; raises NotFound."""
    async with reading() as db:
        lead = await owned_lead(db, viewer, lead_id)
        identities = await leads.identities_of(db, lead_id)
        phones = ["+" + one.value for _, one in identities if one.kind == "phone"]
        facts = await _facts(db, lead_id)
        blind = blind_for(viewer, lead)
        classification = None if blind else await _classification(db, lead_id)
        verdicts: Sequence[Said] = () if blind else await said_of(db, viewer, lead_id)
        assignment = await _assignment(db, lead_id)
        brief = await pinned(db, viewer, lead_id)
        timeline = await _timeline(db, lead, blind=blind)
        owner = await _owner(db, lead)
    return Record(
        lead_id=lead_id,
        name=lead.name,
        phones=phones,
        language=lead.language,
        source=lead.source,
        stage=lead.stage,
        owner_id=lead.owner_id,
        owner_name=owner,
        automation=lead.automation,
        temperature=None if blind else lead.temperature,
        risk=None if blind else lead.risk,
        score=None if blind else lead.score,
        rated_by=None if blind else lead.rated_by,
        blind=blind,
        may_judge=may_judge(viewer, lead),
        version=lead.version,
        reply_session=session_for(lead),
        opted_out=lead.opted_out_at is not None,
        waiting_since=epoch_ms(lead.waiting_since),
        due_at=shortest_clock(epoch_ms(lead.waiting_since)) if blind else epoch_ms(lead.due_at),
        window_closes_at=_window(lead),
        created_at=epoch_ms(lead.created_at) or 0,
        facts=facts,
        classification=classification,
        verdicts=verdicts,
        assignment=assignment,
        brief=replace(brief, risk="") if brief and blind else brief,
        timeline=timeline,
    )


DAY_MS = 86_400_000


def _window(lead: Lead) -> int | None:
    last = epoch_ms(lead.last_inbound_at)
    return None if last is None else last + DAY_MS


async def _owner(db: AsyncSession, lead: Lead) -> str:
    query = sa.text("select name from team_user where id = :id")
    return (await db.execute(query, {"id": lead.owner_id})).scalar_one_or_none() or "" if lead.owner_id else ""


async def _facts(db: AsyncSession, lead_id: int) -> list[FactView]:
    """Every fact that can be known, the unknown ones too: their gaps are what to ask next."""
    query = sa.text("select facts from qualification where lead_id = :id order by id desc limit 1")
    stored: dict[str, Any] = (await db.execute(query, {"id": lead_id})).scalar_one_or_none() or {}
    return [_fact(name, stored.get(name.value)) for name in FactName]


def _fact(name: FactName, stored: dict[str, Any] | None) -> FactView:
    if stored is None:
        return FactView(name.value, label(name, ENGLISH), "", 0.0, "", None, None, known=False)
    return FactView(
        name=name.value,
        label=label(name, ENGLISH),
        value=display(value_from_json(name, stored["value"]), ENGLISH),
        confidence=float(stored.get("confidence", 1.0)),
        quote=str(stored.get("quote", "")),
        message_id=stored.get("message_id"),
        locked_by=stored.get("locked_by"),
        known=True,
    )


async def _classification(db: AsyncSession, lead_id: int) -> ClassificationView | None:
    query = sa.text(
        "select id, temperature, risk, score, method, confidence, reasons, made_at from classification"
        " where lead_id = :id order by id desc limit 1"
    )
    row = (await db.execute(query, {"id": lead_id})).one_or_none()
    if row is None:
        return None
    reasons = [(one["factor"], int(one["points"]), one["text"]) for one in row.reasons]
    return ClassificationView(
        id=row.id,
        temperature=row.temperature,
        risk=row.risk,
        score=row.score,
        method=row.method,
        confidence=row.confidence,
        reasons=reasons,
        made_at=epoch_ms(row.made_at) or 0,
    )


async def _assignment(db: AsyncSession, lead_id: int) -> AssignmentView | None:
    query = sa.text(
        "select u.name, a.assigned_at, a.reason, a.why from assignment a join team_user u on u.id = a.consultant_id"
        " where a.lead_id = :id and a.released_at is null"
    )
    row = (await db.execute(query, {"id": lead_id})).one_or_none()
    return _assignment_view(row) if row else await _unassigned(db, lead_id)


async def _unassigned(db: AsyncSession, lead_id: int) -> AssignmentView | None:
    """Why a lead waits for a consultant, when it was tried to find one."""
    query = sa.text(
        "select 'nobody' as name, qualified_at as assigned_at, 'nobody' as reason, unassigned_why as why"
        " from lead where id = :id and owner_id is null and unassigned_why is not null"
        " and automation <> 'off' and stage not in ('won', 'lost')"
    )
    row = (await db.execute(query, {"id": lead_id})).one_or_none()
    return _assignment_view(row) if row else None


def _assignment_view(row: sa.Row[Any]) -> AssignmentView:
    considered = [Considered(**one) for one in row.why.get("considered", [])]
    return AssignmentView(row.name, epoch_ms(row.assigned_at) or 0, row.reason, row.why.get("sentence", ""), considered)


_TIMELINE = sa.text("""
select at, text from (
  select at, by_name || ' moved it from ' || coalesce(initcap(before), 'nowhere') || ' to ' || initcap(after) as text
    from stage_change where lead_id = :id
  union all select a.assigned_at, 'Given to ' || u.name || case a.reason when 'round_robin' then ' by round robin'
      when 'taken' then ' (took it)' else ' by hand' end from assignment a join team_user u on u.id = a.consultant_id
    where a.lead_id = :id
  union all select made_at, case when lowered_from is null then 'Rated ' || temperature || ', risk ' || lower(risk)
      || ', ' || score || ' points by ' || case method when 'llm' then 'the model' else 'the rules' end
      else 'Lowered to ' || temperature || ', ' || score || ' points, for silence' end
    from classification where lead_id = :id and not :blind
  union all select v.at, coalesce(u.name, 'Somebody') || ' said ' || v.temperature || ', risk ' || lower(v.risk)
      || case v.sample when 'random' then ', before seeing the rating' else '' end
    from verdict v left join team_user u on u.id = v.user_id where v.lead_id = :id and not :blind
  union all select a.at, coalesce(u.name, case a.action when 'asked_for_erasure' then 'The lead' else 'Somebody' end)
    || ' ' || replace(a.action, '_', ' ') from audit_event a
    left join team_user u on u.id = a.user_id where a.lead_id = :id
  union all select at, case when granted then 'Contact allowed again' else 'Asked not to be contacted' end from consent
    where lead_id = :id
  union all select finished_at, 'Qualification ' || replace(status, '_', ' ') from qualification
    where lead_id = :id and finished_at is not null
  union all select coalesce(sent_at, made_at), case
      when status in ('skipped', 'cancelled') then 'Follow-up ' || number || ' left out: ' || case reason
        when 'replied' then 'the lead wrote first'
        when 'opted_out' then 'the lead asked not to be contacted'
        when 'taken_over' then 'a person took the chat over'
        when 'moved' then 'the card was moved'
        when 'window_closed' then 'WhatsApp closes a chat 24 hours after the lead wrote'
        when 'no_time' then 'the interview ends before'
        when 'waved_off' then 'the lead had waved it off'
        else 'it could not be delivered' end
      when audience = 'lead' then 'Follow-up ' || number || ' sent' else 'The consultant was reminded' end
    from follow_up where lead_id = :id and status <> 'reserved'
  union all select answered_at, case audience when 'lead' then 'The lead answered follow-up ' || number
      else 'The consultant wrote after the reminder' end
    from follow_up where lead_id = :id and answered_at is not null
) as happened order by at desc limit 60
""")


async def _timeline(db: AsyncSession, lead: Lead, *, blind: bool) -> list[tuple[int, str]]:
    rows: Sequence[Any] = list(await db.execute(_TIMELINE, {"id": lead.id, "blind": blind}))
    first = [(epoch_ms(lead.created_at) or 0, f"First seen, from {SOURCE_NAMES[lead.source]}")]
    return [(epoch_ms(row.at) or 0, row.text) for row in rows] + first
