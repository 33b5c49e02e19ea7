"""The interview with one lead: what was heard goes in, the next step comes out, and everything that follows is
written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

import metrics.qualification
from app.classification import service as classification
from app.classification.rubric import Evidence
from app.conversations import arrivals, consent, enclosures, ownership
from app.conversations.followup_rules import first_look
from app.conversations.team_notes import system_note
from app.database import once_committed
from app.leads import ledger
from app.leads import repository as leads
from app.leads.models import Lead, StageChange
from app.leads.search import fold
from app.messages import outbox
from app.messages.outbox import Draft, Purpose
from app.messages.repository import preview_of
from app.qualification.dialogue import NOTHING, Progress, Step, next_step, told_enough
from app.qualification.extraction.reading import Reading
from app.qualification.facts import Fact, FactName, display, fact_to_json, label
from app.qualification.models import Qualification
from app.qualification.playbook import Playbook
from app.qualification.progress import Conflict
from app.qualification.wording import worded
from app.registry import use
from app.settings import Settings
from app.vocabulary import (
    Author,
    Automation,
    Language,
    MessageKind,
    Method,
    Outcome,
    QualificationStatus,
    SessionName,
    Stage,
    Temperature,
)

AGENT = "The agent"
HIGH_TURNS, MEDIUM_TURNS = 5, 3
SEARCHED = (FactName.NAME, FactName.EMAIL, FactName.INTEREST, FactName.CITY)
_PURPOSES = {
    Outcome.COMPLETED: Purpose.LAST_WORD,
    Outcome.HANDED_OVER: Purpose.LAST_WORD,
    Outcome.OPTED_OUT: Purpose.FAREWELL,
}
SAFETY = timedelta(seconds=5)
"""If the process dies between the interview's end and the assignment, the sweep assigns after this long."""


@dataclass(frozen=True)
class Interview:
    """The stored interview, None before the first turn, and how the asking stands."""

    row: Qualification | None
    progress: Progress


@dataclass(frozen=True)
class Heard:
    """The burst that a turn answers."""

    message_ids: tuple[int, ...]
    texts: tuple[str, ...]
    kinds: tuple[MessageKind, ...]


async def load(db: AsyncSession, lead_id: int, *, lock: bool = False) -> Interview:
    """The newest interview with a lead."""
    query = sa.select(Qualification).where(Qualification.lead_id == lead_id)  # pyright: ignore[reportArgumentType]
    query = query.order_by(sa.desc("id")).limit(1)
    if lock:
        query = query.with_for_update()
    row = (await db.execute(query)).scalar_one_or_none()
    return Interview(row, Progress() if row is None else progress_of(row.progress, row.facts))


def progress_of(progress: Mapping[str, Any] | None, facts: Mapping[str, Any] | None) -> Progress:
    """How the asking stands; the stored facts count, because a person may have corrected them there."""
    return Progress() if progress is None else Progress.from_json(progress, facts)


async def advance(db: AsyncSession, lead: Lead, heard: Heard, read: Reading, *, due: datetime, now: datetime) -> bool:
    """Bring the interview a step further and write the reply; True when there was one. The lead is locked."""
    before = await load(db, _id(lead), lock=True)
    row = before.row or await _begin(db, lead, now)
    brought = enclosures.enclosed(heard.kinds, heard.texts)
    step = next_step(before.progress, read, use(Playbook), now, brought)
    step = worded(step, read) if brought == NOTHING else step
    _keep(row, step, heard)
    _show(lead, step)
    if step.progress.facts or step.outcome:
        await classification.rate(db, lead, evidence(step.progress), now)
    await _follow(db, lead, row, step, heard=heard, now=now)
    if step.reply:
        await _reply(db, lead, step, method=read.method, due=due, now=now)
    await _note_disputes(db, lead, step.disputes, now)
    if consent.asks_for_erasure(heard.texts):
        await consent.note_wish_for_erasure(db, lead, now)
    if lead.automation != Automation.OFF:
        if step.calls and lead.waiting_since is None:
            ownership.wait_for_human(lead, now)
        over = step.progress.finished is not None
        await enclosures.tell_team(db, lead, enclosures.sentence(heard.kinds, heard.texts, over=over), now)
    return bool(step.reply)


async def _note_disputes(db: AsyncSession, lead: Lead, disputes: Sequence[Conflict], now: datetime) -> None:
    """Tell the team where the lead contradicts what one of them set: it stays set, and they decide."""
    for one in disputes:
        said, kept = display(one.said.value, Language.EN), display(one.before.value, Language.EN)
        about = label(one.name, Language.EN)
        text = (
            f"{about}: the lead says {said}, which {one.before.locked_by} had set to {kept}. It stays so until changed."
        )
        arrivals.tell_message(db, _id(lead), await system_note(db, lead, text, now))


def evidence(progress: Progress) -> Evidence:
    """What the rubric judges: facts and signals of the whole interview."""
    return Evidence(progress.facts, progress.signals, progress.finished)


async def _begin(db: AsyncSession, lead: Lead, now: datetime) -> Qualification:
    playbook = use(Playbook)
    row = Qualification(
        lead_id=_id(lead),
        playbook=playbook.id,
        playbook_version=playbook.version,
        started_at=now,
        facts={},
        progress={},
    )
    db.add(row)
    if lead.stage == Stage.NEW:
        lead.stage = Stage.QUALIFYING
        db.add(StageChange(lead_id=_id(lead), before=Stage.NEW, after=lead.stage, by_name=AGENT, at=now))
    ledger.record(db, ledger.Kind.QUALIFICATION_STARTED, lead_id=lead.id, source=lead.source)
    return row


def _keep(row: Qualification, step: Step, heard: Heard) -> None:
    """Store the progress, and beside each new fact the message that its quote stands in."""
    stored = {name.value: _stored(fact, row.facts.get(name.value), heard) for name, fact in step.progress.facts.items()}
    row.facts, row.progress = stored, step.progress.to_json()
    row.turns += 1


def _stored(fact: Fact, before: Mapping[str, Any] | None, heard: Heard) -> dict[str, Any]:
    made = fact_to_json(fact)
    if before is not None and before.get("value") == made["value"] and before.get("quote") == made["quote"]:
        return {**made, "message_id": before.get("message_id")}
    found = (number for number, text in zip(heard.message_ids, heard.texts, strict=True) if fact.quote in text)
    return {**made, "message_id": next(found, heard.message_ids[-1])}


def _show(lead: Lead, step: Step) -> None:
    """What the card shows of the facts."""
    facts = step.progress.facts
    lead.language = step.progress.language or lead.language
    wanted = _wanted()
    lead.facts_known, lead.facts_total = len(wanted & facts.keys()), len(wanted)
    if (name := facts.get(FactName.NAME)) is not None:
        lead.name = str(name.value)
    if (interest := facts.get(FactName.INTEREST)) is not None:
        lead.interest = str(interest.value)
    found_by = [lead.search, *(fold(str(facts[one].value)) for one in SEARCHED if one in facts)]
    lead.search = " ".join(dict.fromkeys(" ".join(found_by).split()))
    ownership.touch(lead, lead.updated_at)


async def _follow(db: AsyncSession, lead: Lead, row: Qualification, step: Step, *, heard: Heard, now: datetime) -> None:
    """What an outcome leads to: silence, a consultant, or simply the next answer being awaited."""
    lead.abandon_due_at = None
    if lead.owner_id is None:  # a consultant's reminder stays due, whatever the agent answers meanwhile
        lead.follow_up_due_at = None
    if step.outcome is None:
        if row.status in {QualificationStatus.ACTIVE, QualificationStatus.ABANDONED} and step.reply:
            _take_up_again(db, row)
            lead.abandon_due_at = now + timedelta(seconds=use(Settings).abandon_after_seconds)
            lead.follow_up_due_at = first_look(use(Settings), now)
        return
    await _finish(db, lead, row, step.outcome, now)
    if step.outcome is Outcome.OPTED_OUT:
        await consent.withdraw(db, lead, how="asked_in_chat", now=now, message_id=heard.message_ids[-1])
        return
    await _qualified(db, lead, step.outcome, now)


def _take_up_again(db: AsyncSession, row: Qualification) -> None:
    """An interview that silence had ended goes on: its end is counted back, by a count of its own."""
    if row.status == QualificationStatus.ABANDONED:
        ledger.record(db, ledger.Kind.QUALIFICATION_RESUMED, lead_id=row.lead_id, outcome=Outcome.ABANDONED)
    row.status, row.finished_at = QualificationStatus.ACTIVE, None


async def _finish(db: AsyncSession, lead: Lead, row: Qualification, outcome: Outcome, now: datetime) -> None:
    """An interview ends once: who completed it and then asks for a person, or opts out, has completed it."""
    if row.status not in {QualificationStatus.ACTIVE, QualificationStatus.ABANDONED}:
        return
    _take_up_again(db, row)
    row.status, row.finished_at = QualificationStatus(outcome.value), now
    handled_by = "mixed" if lead.human_contact_at else "agent"
    ledger.record(db, ledger.Kind.QUALIFICATION_FINISHED, lead_id=lead.id, outcome=outcome, handled_by=handled_by)
    await ledger.record_once(db, ledger.Kind.LEAD_PROCESSED, lead_id=_id(lead), mode=handled_by)
    _count_facts(db, row)
    took = max((now - (lead.first_inbound_at or row.started_at)).total_seconds(), 0.0)
    once_committed(db, partial(metrics.qualification.finished, outcome, took))


def _count_facts(db: AsyncSession, row: Qualification) -> None:
    """What was asked for and is known; of an interview that ended before, only what came since."""
    told = row.counted or {"engagement": _engagement(row), "expected": 0, "collected": 0}
    wanted = _wanted()
    now_so = {"expected": len(wanted), "collected": len(wanted & row.facts.keys())}
    for kind, name in ((ledger.Kind.FACTS_EXPECTED, "expected"), (ledger.Kind.FACTS_COLLECTED, "collected")):
        more = max(now_so[name] - told[name], 0)
        ledger.record(db, kind, lead_id=row.lead_id, amount=more, engagement=told["engagement"])
        told = {**told, name: told[name] + more}
    row.counted = told


def _wanted() -> frozenset[str]:
    """The facts that the business asks for."""
    return frozenset(question.fact for question in use(Playbook).questions)


def _engagement(row: Qualification) -> str:
    """How much a lead took part: by turns, as the dashboards group the collection rate."""
    if row.turns >= HIGH_TURNS:
        return "high"
    return "medium" if row.turns >= MEDIUM_TURNS else "low"


async def _qualified(db: AsyncSession, lead: Lead, outcome: Outcome, now: datetime) -> None:
    """A consultant is wanted; whoever asked for a person is not kept waiting by the agent."""
    if outcome is Outcome.HANDED_OVER:
        lead.automation = Automation.HUMAN
        ownership.wait_for_human(lead, now)
    lead.qualified_at = lead.qualified_at or now
    if lead.stage in {Stage.NEW, Stage.QUALIFYING}:
        db.add(StageChange(lead_id=_id(lead), before=lead.stage, after=Stage.QUALIFIED, by_name=AGENT, at=now))
        lead.stage, lead.position = Stage.QUALIFIED, leads.top_position(now)
        ledger.record(db, ledger.Kind.STAGE_CHANGED, lead_id=lead.id, stage=Stage.QUALIFIED)
    nurtured = use(Settings).nurture_cold and lead.temperature == Temperature.COLD and outcome is Outcome.COMPLETED
    if lead.owner_id is None and not nurtured:
        lead.assign_due_at = now + SAFETY


async def _reply(db: AsyncSession, lead: Lead, step: Step, *, method: Method, due: datetime, now: datetime) -> None:
    purpose = _PURPOSES.get(step.outcome, Purpose.REPLY) if step.outcome else Purpose.REPLY
    body = step.reply or ""
    draft = Draft(_id(lead), SessionName.AGENT, Author.AGENT, body, purpose=purpose, method=method, quiet_until=due)
    await outbox.enqueue(db, draft, now)
    lead.preview, lead.preview_author = preview_of(body), Author.AGENT
    lead.preview_kind = MessageKind.TEXT


async def abandon(db: AsyncSession, lead_id: int, now: datetime) -> None:
    """The lead fell silent: the interview ends, what is known stays, and the next message takes it up again. Who told
    enough before, and left only a last question open, has completed it and gets a consultant.
    """
    lead = await leads.lock(db, lead_id)
    interview = await load(db, lead_id, lock=True)
    row = interview.row
    if row is None or row.status != QualificationStatus.ACTIVE or lead.automation != Automation.AGENT:
        return
    if told_enough(interview.progress, use(Playbook)):
        await _complete(db, lead, row, interview.progress, now)
    else:
        await _finish(db, lead, row, Outcome.ABANDONED, now)
        await classification.rate(db, lead, evidence(interview.progress), now)
    ownership.touch(lead, now)
    await db.flush()


async def _complete(db: AsyncSession, lead: Lead, row: Qualification, told: Progress, now: datetime) -> None:
    """What the agent asked last stays asked: an answer that comes yet is understood."""
    row.progress = {**row.progress, "finished": Outcome.COMPLETED}
    await _finish(db, lead, row, Outcome.COMPLETED, now)
    await classification.rate(db, lead, evidence(replace(told, finished=Outcome.COMPLETED)), now)
    await _qualified(db, lead, Outcome.COMPLETED, now)


def _id(lead: Lead) -> int:
    assert lead.id is not None  # noqa: S101 - a stored lead has an id
    return lead.id
