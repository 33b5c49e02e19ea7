"""One turn of the agent: read the burst, decide, answer. One at a time for each lead.

Understanding happens between two transactions, because it may be slow; deciding and writing happen in the second, on
the locked lead. A draft that a newer message has overtaken is thrown away once; past the longest wait it is sent all
the same, and the next turn follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

import metrics.turns
from app.classification import service as classification
from app.classification.llm import Case, Judge
from app.clock import Clock
from app.conversations import arrivals, courtesy, interviews, listening
from app.conversations.writers import writers
from app.database import at_once, reading, transaction
from app.distribution import service as distribution
from app.jobs.queue import Job, defer
from app.leads import repository as leads
from app.leads.models import Lead
from app.llm.account import on_account_of
from app.llm.transcription import Transcriber
from app.qualification import published
from app.qualification.extraction.reading import Reading
from app.qualification.interpreter import Interpreter, Line, TurnRequest
from app.qualification.playbook import Playbook
from app.qualification.progress import Progress
from app.registry import provided, use
from app.settings import Settings
from app.telemetry import NOWHERE, Trail, annotate
from app.vocabulary import Author, Automation, Language, MessageKind

log = structlog.get_logger(__name__)

TURN_TASK = "turn"
HISTORY = 30


class Ended(StrEnum):
    """How a turn ended."""

    REPLIED = "replied"
    SILENT = "silent"
    DISCARDED = "discarded"
    NOT_OURS = "not_ours"


@dataclass(frozen=True)
class Burst:
    """What a lead wrote since the last answer, in the order of writing, and the chat before it.

    ``answered`` and ``newest`` are the ids up to which the chat was answered and was read. What the lead took back is
    read past: it stands in neither the texts nor the history.
    """

    lead_id: int
    answered: int
    newest: int
    message_ids: tuple[int, ...]
    texts: tuple[str, ...]
    kinds: tuple[str, ...]
    history: tuple[Line, ...]
    progress: Progress


async def sweep_due(batch: int = 100) -> int:
    """Turn due leads into jobs; returns how many were due."""
    now = use(Clock).now()
    if not await at_once(_ANY_DUE, {"now": now}):
        return 0
    async with transaction() as db:
        due = await leads.claim_turns(db, now=now, batch=batch)
        await defer(db, *(turn_job(lead_id, at, Trail.after(trace)) for lead_id, at, trace in due))
    return len(due)


_ANY_DUE = sa.text("select 1 from lead where turn_due_at <= :now limit 1")


def turn_job(lead_id: int, due: datetime, trail: Trail = NOWHERE) -> Job:
    """The job of one turn; two of one lead never run at once."""
    return Job(TURN_TASK, lock=f"turn:{lead_id}", arguments={"lead_id": lead_id, "due": due.isoformat()}, trail=trail)


async def take_turn(lead_id: int, due: datetime) -> Ended:
    """Answer what the lead wrote; a turn that finds nothing unanswered does nothing."""
    metrics.turns.late(max((use(Clock).now() - due).total_seconds(), 0.0))
    try:
        burst = await _read(lead_id)
        ended = Ended.NOT_OURS if burst is None else await (_answer(burst, due) if burst.texts else _pass_over(burst))
    except Exception:
        metrics.turns.ended("failed")
        raise
    metrics.turns.ended(ended)
    annotate({"leadline.turn.ended": ended.value})
    return ended


async def _answer(burst: Burst, due: datetime) -> Ended:
    with metrics.turns.stage("understand"), on_account_of(burst.lead_id):
        burst = await _listen(burst)
        await writers().gone()
        reading_of_burst = await use(Interpreter).interpret(_request(burst))
    with metrics.turns.stage("store"):
        decided = await _decide(burst, reading_of_burst, due)
    distribution.note_assigned(decided.given)
    if decided.wants_owner:
        await _judge(burst)
        with metrics.turns.stage("assign"):
            await distribution.assign_fairly(burst.lead_id)
    if decided.ended is Ended.REPLIED:
        await courtesy.show_read(burst.message_ids)
    return decided.ended


async def _pass_over(burst: Burst) -> Ended:
    """The lead took everything back: there is nothing to answer, and nothing stays open."""
    async with transaction() as db:
        lead = await leads.lock(db, burst.lead_id)
        if lead.automation != Automation.AGENT:
            return Ended.NOT_OURS
        if not _answered_meanwhile(lead, burst):
            _mark_answered(lead, burst, await _newer(db, lead, burst), use(Clock).now())
            await db.flush()
            arrivals.tell_lead(db, burst.lead_id)
    return Ended.SILENT


async def _listen(burst: Burst) -> Burst:
    """The burst with its voice notes written down, where somebody can do that."""
    messages = list(zip(burst.message_ids, burst.kinds, burst.texts, strict=True))
    silent = [number for number, kind, text in messages if kind in listening.SPOKEN and not text]
    if not silent or not provided(Transcriber):
        return burst
    heard = await listening.write_down(burst.lead_id, silent, burst.progress.language)
    return replace(burst, texts=tuple(heard.get(number, text) for number, _, text in messages))


async def _judge(burst: Burst) -> None:
    """Before a consultant is chosen, let a model judge the lead, where there is one; the reply is already on its
    way.
    """
    if not provided(Judge):
        return
    async with reading() as db:
        evidence = interviews.evidence((await interviews.load(db, burst.lead_id)).progress)
    chat = (*burst.history, *(Line("lead", text) for text in burst.texts))
    with on_account_of(burst.lead_id):
        judged = await use(Judge).judge(Case(use(Playbook).business[Language.EN], evidence, chat))
    async with transaction() as db:
        lead = await leads.lock(db, burst.lead_id)
        await classification.rate(db, lead, evidence, use(Clock).now(), judged)
        await db.flush()
        arrivals.tell_lead(db, burst.lead_id)


_LEAD = sa.text("""
select l.automation, l.language, coalesce(l.answered_id, 0) as answered, q.progress, q.facts,
  (select number from playbook_version where published) as playbook
from lead l left join lateral (select progress, facts from qualification where lead_id = l.id order by id desc
  limit 1) q on true
where l.id = :lead_id
""")
_CHAT = sa.text("""
select id, author, kind, body, at, revoked_at is not null as revoked,
  id > :answered and direction = 'in' and not past_answering as open
from message where lead_id = :lead_id and kind <> 'note' and id >= least(:answered + 1, (select min(id) from (
  select id from message where lead_id = :lead_id and kind <> 'note' and id <= :answered order by id desc limit :most
) as last))
order by id
""")


async def _read(lead_id: int) -> Burst | None:
    """The burst to answer; None when the agent does not own the chat or owes nothing."""
    found = await at_once(_LEAD, {"lead_id": lead_id})
    if not found or found[0].automation != Automation.AGENT:
        return None
    (lead,) = found
    await published.keep_up(lead.playbook)
    chat = await at_once(_CHAT, {"lead_id": lead_id, "answered": lead.answered, "most": HISTORY})
    open_ids = [row.id for row in chat if row.open]
    if not open_ids:
        return None
    said = _as_written([row for row in chat if row.open and not row.revoked])
    return Burst(
        lead_id=lead_id,
        answered=lead.answered,
        newest=open_ids[-1],
        message_ids=tuple(row.id for row in said),
        texts=tuple(row.body for row in said),
        kinds=tuple(row.kind for row in said),
        history=tuple(_line(row) for row in chat if row.id < open_ids[0] and not row.revoked),
        progress=interviews.progress_of(lead.progress, lead.facts),
    )


def _as_written(rows: Sequence[Any]) -> list[Any]:
    """In the order of writing: a webhook that is tried again comes behind younger ones."""
    return sorted(rows, key=lambda row: (row.at, row.id))


def _line(row: Any) -> Line:
    return Line("lead" if row.author == Author.LEAD else "agent", row.body)


def _request(burst: Burst) -> TurnRequest:
    return TurnRequest(
        burst=[text for text in burst.texts if text],
        history=burst.history,
        progress=burst.progress,
        playbook=use(Playbook),
        now=use(Clock).now(),
    )


@dataclass(frozen=True)
class Decided:
    """What was written; ``wants_owner`` while a consultant is still to be found."""

    ended: Ended
    given: distribution.Given | None = None
    wants_owner: bool = False


class NotAssigned(Exception):
    """No consultant could be looked for, and the transaction in which that was tried is lost."""


async def _decide(burst: Burst, read: Reading, due: datetime) -> Decided:
    """Write what follows from the reading, the consultant whom the lead gets with it. Should looking for one fail, all
    else is written without that: the reply stands, and the lead is assigned on its own.
    """
    async with writers().place():
        try:
            return await _write(burst, read, due, assigning=not provided(Judge))
        except NotAssigned as error:
            log.warning("not_assigned_in_the_turn", error=type(error.__cause__).__name__)
            return await _write(burst, read, due, assigning=False)


async def _write(burst: Burst, read: Reading, due: datetime, *, assigning: bool) -> Decided:
    async with transaction() as db:
        lead = await leads.lock(db, burst.lead_id)
        now = use(Clock).now()
        classification.note_model_use(db, burst.lead_id, read.charges, read.fallback)
        newer = await _newer(db, lead, burst)
        if (idle := _stands_back(lead, burst, newer, now)) is not None:
            return Decided(idle)
        replied = await interviews.advance(db, lead, burst_of(burst), read, due=due, now=now)
        if replied:
            lead.unread = 0
        _mark_answered(lead, burst, newer, now)
        wants_owner = lead.assign_due_at is not None
        given = await _assign(db, lead) if wants_owner and assigning else None
        arrivals.tell_lead(db, burst.lead_id)
    return Decided(Ended.REPLIED if replied else Ended.SILENT, given, wants_owner and given is None)


def _stands_back(lead: Lead, burst: Burst, newer: datetime | None, now: datetime) -> Ended | None:
    """How the turn ends without a word, because of what happened while it was thinking; None when it goes on."""
    if lead.automation != Automation.AGENT:
        return Ended.NOT_OURS
    if _answered_meanwhile(lead, burst):
        return Ended.SILENT
    if newer is not None and _may_wait(lead, now):
        lead.drafts_dropped += 1
        return Ended.DISCARDED
    return None


async def _assign(db: AsyncSession, lead: Lead) -> distribution.Given | None:
    """Find the consultant at once; raises NotAssigned when the database refuses."""
    try:
        with metrics.turns.stage("assign"):
            return await distribution.assign_within(db, lead)
    except SQLAlchemyError as error:
        raise NotAssigned from error


def burst_of(burst: Burst) -> interviews.Heard:
    """What the interview needs to know of the burst."""
    return interviews.Heard(burst.message_ids, burst.texts, tuple(MessageKind(kind) for kind in burst.kinds))


def _answered_meanwhile(lead: Lead, burst: Burst) -> bool:
    """Whether somebody else answered since this turn read the chat, be it a turn that was put back when this one stood
    still. What that answer left open is made due.
    """
    if (lead.answered_id or 0) == burst.answered:
        return False
    if (lead.answered_id or 0) < burst.newest:
        lead.turn_due_at = lead.turn_due_at or use(Clock).now()
    return True


_NEWER = sa.text(
    "select min(created_at) from message where lead_id = :id and direction = 'in' and id > :newest"
    " and not past_answering"
)


async def _newer(db: AsyncSession, lead: Lead, burst: Burst) -> datetime | None:
    """When the first message came that the agent owes an answer and this turn has not read."""
    if (lead.last_inbound_id or 0) <= burst.newest:
        return None
    return (await db.execute(_NEWER, {"id": lead.id, "newest": burst.newest})).scalar_one_or_none()


def _may_wait(lead: Lead, now: datetime) -> bool:
    """Whether a draft that a newer message has overtaken is thrown away: once, and not past the longest wait."""
    since = lead.first_unanswered_at or now
    return lead.drafts_dropped == 0 and now < since + timedelta(seconds=use(Settings).longest_wait_seconds)


def _mark_answered(lead: Lead, burst: Burst, newer: datetime | None, now: datetime) -> None:
    """The burst is answered; what came while the agent was thinking, since ``newer``, stays open and keeps its turn."""
    lead.answered_id = burst.newest
    lead.drafts_dropped = 0
    lead.updated_at = now
    lead.first_unanswered_at = newer
    if newer is None:
        lead.turn_due_at = None
    elif lead.automation == Automation.AGENT:
        lead.turn_due_at = lead.turn_due_at or now
