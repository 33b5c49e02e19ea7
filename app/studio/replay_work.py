"""Carrying out a replay: each conversation that was read is a row, so that a broken attempt costs nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from decimal import Decimal

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.classification.conversations import Conversation
from app.classification.evaluation import AT_ONCE, predictions
from app.classification.methods import ByRules, Method, by_model
from app.classification.scoring import Prediction
from app.classification.service import note_trial
from app.clock import Clock, SystemClock
from app.database import at_once, reading, transaction
from app.errors import Invalid, LeadlineError
from app.llm.account import FallbackReason, bills
from app.llm.assembly import patient_limits_of
from app.qualification import published
from app.qualification.playbook import Playbook, parse_playbook
from app.registry import use
from app.settings import Settings
from app.studio.models import ReplayChat, ReplayRun
from app.studio.replay_budget import RunBudget
from app.studio.replay_change import Change, RunStatus, Source
from app.studio.replay_chats import Chat, draw, shipped_chats, stored_chats
from app.studio.replay_figures import compare, result_of
from app.studio.replay_runs import NOTHING_STORED, must_have_agreed
from app.studio.replay_talk import talk
from app.team.viewer import OPERATOR
from app.whatsapp.breaker import Breaker

log = structlog.get_logger(__name__)

BREATH = 0.01
"""Seconds after each turn that the rules read, in which the worker answers leads."""
LOOK_EVERY = 1.0
"""Seconds between two looks whether a run was cancelled, each of which tells what it spent."""
MOST_ATTEMPTS = 10
"""Beginnings after which a run that never gets a conversation further is given up."""
BROKEN = "The run broke off. The log of the worker says why."
TOO_LITTLE = "The budget was spent before one conversation was read to its end: allow more."

_GOES_ON = sa.text("""
update replay_run set spent_usd = greatest(spent_usd, :spent)
where id = :id and status = 'running' and not cancelled returning id
""")
_KEEP = sa.text("""
with kept as (
  update replay_chat set compared = cast(:compared as jsonb)
  where run_id = :id and number = :number and compared is null returning number)
update replay_run set done = done + (select count(*) from kept), spent_usd = greatest(spent_usd, :spent), attempts = 0
where id = :id and exists (select 1 from kept) returning id
""").bindparams(sa.bindparam("compared", type_=sa.JSON))
_COMPARED = sa.text("select compared from replay_chat where run_id = :id and compared is not null order by number")


@dataclass(frozen=True)
class _Attempt:
    """One attempt at a run: what it tries, how far others got, and what stops it."""

    run_id: int
    change: Change
    budget: RunBudget
    stop: asyncio.Event
    today: Playbook
    changed: Playbook

    @property
    def own_chats(self) -> bool:
        return self.change.source is Source.STORED

    @property
    def other_playbook(self) -> bool:
        return self.change.playbook not in {0, self.today.edition}


async def carry_out(run_id: int, *, last_try: bool) -> None:
    """Do a run, or what is left of it after an attempt that broke off. What is wrong with it is written on it."""
    begun = await _begin(run_id)
    if begun is None:
        return
    try:
        await _replay(run_id, *begun)
    except LeadlineError as error:
        await _end(run_id, RunStatus.FAILED, str(error))
    except Exception:
        if not last_try:
            raise
        log.exception("replay_failed", run_id=run_id)
        await _end(run_id, RunStatus.FAILED, BROKEN)


async def _begin(run_id: int) -> tuple[Change, Decimal] | None:
    """Take a run up: its change, and what it has cost so far. None for one that is over."""
    async with transaction() as db:
        run = await db.get(ReplayRun, run_id, with_for_update=True)
        if run is None or run.status not in {RunStatus.QUEUED, RunStatus.RUNNING}:
            return None
        run.started_at = run.started_at or use(Clock).now()
        run.status, run.attempts = RunStatus.RUNNING, run.attempts + 1
        if run.cancelled:
            await _write_end(db, run, RunStatus.CANCELLED, "")
            return None
        if run.attempts > MOST_ATTEMPTS:
            await _write_end(db, run, RunStatus.FAILED, f"The run broke off {MOST_ATTEMPTS} times at the same place.")
            return None
        return Change.model_validate(run.change), Decimal(str(run.spent_usd))


async def _replay(run_id: int, change: Change, spent: Decimal) -> None:
    settings, today = use(Settings), await published.current()
    limits = replace(patient_limits_of(settings), usd_per_day=None)
    budget = RunBudget(limits, SystemClock(), most=change.usd, spent=spent)
    attempt = _Attempt(run_id, change, budget, asyncio.Event(), today, await _changed(change, today))
    chats = await _left(attempt, asked=must_have_agreed(change.method, settings))
    async with _method(attempt) as method, _watched(attempt):
        reader = _Reader(attempt, method, chats)
        await predictions(reader, [chat.conversation for chat in chats], at_once=AT_ONCE, stop=attempt.stop)
    await _end(run_id, RunStatus.DONE, TOO_LITTLE if change.method == "llm" and budget.is_empty else NOTHING_STORED)


async def _changed(change: Change, today: Playbook) -> Playbook:
    return parse_playbook(await published.text(OPERATOR, change.playbook)) if change.playbook else today


async def _left(attempt: _Attempt, *, asked: bool) -> list[Chat]:
    """The conversations of the run that nobody has read yet; drawn once, by the first attempt."""
    drawn = await _rows(attempt.run_id) or await _draw(attempt, asked=asked)
    if not drawn:
        raise Invalid(NOTHING_STORED)
    left = [row for row in drawn if row.compared is None]
    if not attempt.own_chats:
        return shipped_chats([row.number for row in left], len(drawn))
    leads = {row.number: row.lead_id for row in left if row.lead_id is not None}
    return await stored_chats(leads, _business(attempt.today), asked=asked)


async def _rows(run_id: int) -> Sequence[ReplayChat]:
    async with reading() as db:
        query = sa.select(ReplayChat).where(sa.column("run_id") == run_id).order_by(sa.column("number"))
        return (await db.execute(query)).scalars().all()


async def _draw(attempt: _Attempt, *, asked: bool) -> Sequence[ReplayChat]:
    leads = await draw(attempt.change, str(attempt.run_id), asked=asked)
    async with transaction() as db:
        rows = [ReplayChat(run_id=attempt.run_id, number=number, lead_id=lead) for number, lead in enumerate(leads, 1)]
        db.add_all(rows)
        values = {"total": len(rows), "id": attempt.run_id}
        await db.execute(sa.text("update replay_run set total = :total where id = :id"), values)
    return rows


def _business(playbook: Playbook) -> str:
    return " ".join(playbook.business.values())


class _Reader:
    """Reads each conversation as it is read today and as the change would, and keeps what came of it."""

    def __init__(self, attempt: _Attempt, method: Method, chats: Sequence[Chat]) -> None:
        self._attempt = attempt
        self._method = method
        self._chats: Mapping[int, Chat] = dict(enumerate(chats, 1))
        self._rules = ByRules(pause=BREATH)

    async def predict(self, conversation: Conversation, account: int) -> Prediction:
        """What the change makes of it. A conversation for which the money did not suffice is not kept."""
        after = await self._method.predict(self._asked_as(conversation), account)
        keeping = asyncio.create_task(self._keep(conversation, self._chats[-account], after))
        try:
            await asyncio.shield(keeping)
        finally:
            # What was paid for is kept also when the run is stopped meanwhile.
            await asyncio.gather(keeping, return_exceptions=True)
        return after

    async def _keep(self, conversation: Conversation, chat: Chat, after: Prediction) -> None:
        attempt = self._attempt
        if after.charges:
            async with transaction() as db:
                note_trial(db, bills(after.charges))
        if attempt.budget.is_empty and _cut_short(after):
            attempt.stop.set()
            return
        before = await self._before(chat)
        told = None
        if attempt.other_playbook:
            told = await talk(conversation, attempt.today, attempt.changed, pause=BREATH)
        compared = compare(chat, before, after, told).to_json()
        spent = float(attempt.budget.spent)
        values = {"compared": compared, "id": attempt.run_id, "number": chat.number, "spent": spent}
        await at_once(_KEEP, values)

    def _asked_as(self, conversation: Conversation) -> Conversation:
        """Stored conversations are those of whatever business the changed playbook names."""
        if not (self._attempt.own_chats and self._attempt.other_playbook):
            return conversation
        return conversation.model_copy(update={"business": _business(self._attempt.changed)})

    async def _before(self, chat: Chat) -> Prediction:
        """What holds today. What the rules judged they judge anew, so that nothing but the change can differ."""
        if not self._attempt.own_chats or (chat.by_rules and self._attempt.change.method == "rules"):
            return await self._rules.predict(chat.conversation, 0)
        return _stored(chat)


def _cut_short(after: Prediction) -> bool:
    return FallbackReason.BUDGET in {*after.fallbacks, after.judged_by_rules}


def _stored(chat: Chat) -> Prediction:
    gold = chat.conversation.gold.model_dump(mode="json")
    slots = {name: value for name, value in gold["slots"].items() if value is not None}
    return Prediction(slots, gold["temperature"], gold["risk"], gold["opt_out"], gold["wants_human"], ())


@asynccontextmanager
async def _method(attempt: _Attempt) -> AsyncIterator[Method]:
    change, settings = attempt.change, use(Settings)
    if change.method == "rules":
        yield ByRules(change.weights, pause=BREATH)
        return
    chosen = settings.model_copy(update={"llm_models": change.model or settings.llm_models})
    async with by_model(
        chosen,
        Breaker,
        playbook=attempt.changed,
        advice=change.advice,
        weights=change.weights,
        own_playbook=attempt.own_chats,
        budget=attempt.budget,
    ) as model:
        yield model


@asynccontextmanager
async def _watched(attempt: _Attempt) -> AsyncIterator[None]:
    """Write now and then what the run has spent, and stop it when somebody cancelled it."""
    over = asyncio.Event()

    async def watch() -> None:
        while not over.is_set():
            if not await _goes_on(attempt):
                attempt.stop.set()
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), LOOK_EVERY)

    watching = asyncio.create_task(watch(), name=f"replay:{attempt.run_id}")
    try:
        yield
    finally:
        # A look is let finish: one that is cut off in the middle would leave its connection behind.
        over.set()
        await asyncio.wait([watching])
        await _goes_on(attempt)


async def _goes_on(attempt: _Attempt) -> bool:
    """Whether nobody cancelled the run. A database that is away for a moment ends no run that is being paid for."""
    values = {"id": attempt.run_id, "spent": float(attempt.budget.spent)}
    try:
        return bool(await at_once(_GOES_ON, values))
    except (SQLAlchemyError, OSError) as error:
        log.warning("replay_not_watched", run_id=attempt.run_id, error=type(error).__name__)
        return True


async def _end(run_id: int, status: RunStatus, why: str) -> None:
    """End a run; ``why`` says what is wrong with it, or with one that is done, why it has nothing to show."""
    async with transaction() as db:
        run = await db.get(ReplayRun, run_id, with_for_update=True)
        if run is not None and run.status == RunStatus.RUNNING:
            await _write_end(db, run, status, why)


async def _write_end(db: AsyncSession, run: ReplayRun, status: RunStatus, why: str) -> None:
    """Write the figures of what was read, however it ended; the rows that led to them go."""
    compared = list(await db.scalars(_COMPARED, {"id": run.id}))
    unread, change = run.total - len(compared), Change.model_validate(run.change)
    if status is RunStatus.DONE and unread and run.cancelled:
        status = RunStatus.CANCELLED
    elif status is RunStatus.DONE and not compared:
        status = RunStatus.FAILED
    if compared:
        more = {"unread": unread, "paid_usd": round(run.spent_usd, 6), "basis": _basis(change)}
        run.result = result_of(change.method, compared, **more)
    run.status, run.done, run.finished_at = status, len(compared), use(Clock).now()
    run.error = why if status is RunStatus.FAILED else ""
    await db.execute(sa.text("delete from replay_chat where run_id = :id"), {"id": run.id})


def _basis(change: Change) -> str:
    """On which ground texts of stored chats went to a model, for the record."""
    is_told = change.method == "llm" and change.source is Source.STORED
    return (use(Settings).replay_basis.strip() or "the leads' own yes") if is_told else ""
