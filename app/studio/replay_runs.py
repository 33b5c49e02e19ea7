"""Runs of the replay: managers ask for one, the worker carries it out, and figures are all that is kept of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog

from app.classification.evaluation import AT_ONCE, predictions
from app.classification.methods import ByRules, Method, by_model
from app.classification.scoring import Prediction
from app.clock import Clock
from app.database import at_once, reading, transaction
from app.errors import Invalid, LeadlineError, Misconfigured, NotAllowed, NotFound
from app.jobs.queue import Job, defer
from app.llm.account import parse_prices
from app.qualification import published
from app.qualification.playbook import Playbook, parse_playbook
from app.registry import use
from app.settings import Settings
from app.studio.models import ReplayRun
from app.studio.replay_change import Change, RunStatus, Source
from app.studio.replay_chats import Chat, chats_for
from app.studio.replay_figures import result_of
from app.team.viewer import OPERATOR, Viewer
from app.whatsapp.breaker import Breaker

log = structlog.get_logger(__name__)

REPLAY_TASK = "replay"
MOST_WAITING = 5
"""Runs that may wait or run at a time; one after the other, so that leads never wait for them."""
SHOWN = 20
BREATH = 0.01
"""Seconds after each turn that the rules read, in which the worker answers leads."""
LOOK_EVERY = 1.0
"""Seconds between two looks whether a run was cancelled, each of which tells how far it is."""
NOT_ALLOWED = "Replays are run by managers."
BROKEN = "The run broke off. The log of the worker says why."

_DUE = sa.text("""
update replay_run set due = false
where id in (select id from replay_run where due order by id limit :batch for update skip locked) returning id
""")
_ANY_DUE = sa.text("select 1 from replay_run where due limit 1")
_GOES_ON = sa.text("""
update replay_run set done = :done where id = :id and status = 'running' and not cancelled returning id
""")


@dataclass(frozen=True)
class Run:
    """A run as its readers see it."""

    id: int
    status: RunStatus
    change: Change
    done: int
    total: int
    result: dict[str, Any]
    error: str
    by: str
    created_at: datetime
    seconds: float | None


async def start(viewer: Viewer, change: Change) -> int:
    """Put a run in hand. Raises NotAllowed, Invalid and Misconfigured, which say why it cannot be."""
    _manager(viewer)
    settings = use(Settings)
    if change.method == "llm":
        if not settings.groq_api_key.get_secret_value():
            raise Misconfigured("A language model needs a key: set GROQ_API_KEY, or replay by the rules.")
        if change.model and change.model not in known_models(settings):
            raise Invalid(f"Nobody has told what {change.model} costs: name its price in LEADLINE_LLM_PRICES.")
    if change.playbook:
        parse_playbook(await published.text(viewer, change.playbook))
    async with transaction() as db:
        waiting = sa.select(sa.func.count()).where(sa.column("status").in_([RunStatus.QUEUED, RunStatus.RUNNING]))
        if (await db.scalar(waiting.select_from(sa.table("replay_run"))) or 0) >= MOST_WAITING:
            raise Invalid(f"{MOST_WAITING} runs are waiting already. Cancel one, or wait for it.")
        run = ReplayRun(
            due=True,
            change=change.model_dump(mode="json"),
            result={},
            by_user_id=viewer.user_id or None,
            by_name=viewer.name,
            created_at=use(Clock).now(),
        )
        db.add(run)
        await db.flush()
        return run.id or 0


async def cancel(viewer: Viewer, run_id: int) -> None:
    """Ask a run to stop; what it has read so far is kept. One that is over stays as it is."""
    _manager(viewer)
    async with transaction() as db:
        run = await db.get(ReplayRun, run_id, with_for_update=True)
        if run is None:
            raise NotFound("There is no such run.")
        if run.status == RunStatus.QUEUED:
            run.status, run.finished_at, run.due = RunStatus.CANCELLED, use(Clock).now(), False
        run.cancelled = True


async def runs(viewer: Viewer) -> list[Run]:
    """The newest runs, newest first."""
    _manager(viewer)
    async with reading() as db:
        found = await db.scalars(sa.select(ReplayRun).order_by(sa.desc(sa.column("id"))).limit(SHOWN))
        return [_run(row) for row in found]


def known_models(settings: Settings) -> list[str]:
    """Models whose price is known: those in use first."""
    priced = parse_prices(settings.llm_prices)
    return list(dict.fromkeys(model for model in (*settings.models, *priced) if model in priced))


def _manager(viewer: Viewer) -> None:
    if not viewer.leads_team:
        raise NotAllowed(NOT_ALLOWED)


def _run(row: ReplayRun) -> Run:
    ended = row.finished_at
    seconds = (ended - row.started_at).total_seconds() if ended and row.started_at else None
    change = Change.model_validate(row.change)
    status = RunStatus(row.status)
    return Run(
        row.id or 0, status, change, row.done, row.total, row.result, row.error, row.by_name, row.created_at, seconds
    )


async def sweep_due(batch: int = 10) -> int:
    """Make jobs of the runs that were asked for; returns how many."""
    if not await at_once(_ANY_DUE, {}):
        return 0
    async with transaction() as db:
        due = list(await db.execute(_DUE, {"batch": batch}))
        # One lock for all: they run one after the other.
        await defer(db, *(Job(REPLAY_TASK, lock=REPLAY_TASK, arguments={"run_id": row.id}) for row in due))
    return len(due)


async def carry_out(run_id: int, *, last_try: bool) -> None:
    """Do a run from its beginning; after a crash it begins again. What is wrong with it is written on it."""
    change = await _begin(run_id)
    if change is None:
        return
    try:
        await _replay(run_id, change)
    except LeadlineError as error:
        await _end(run_id, RunStatus.FAILED, error=str(error))
    except Exception:
        if not last_try:
            raise
        log.exception("replay_failed", run_id=run_id)
        await _end(run_id, RunStatus.FAILED, error=BROKEN)


async def _begin(run_id: int) -> Change | None:
    async with transaction() as db:
        run = await db.get(ReplayRun, run_id, with_for_update=True)
        if run is None or run.status not in {RunStatus.QUEUED, RunStatus.RUNNING}:
            return None
        run.status, run.started_at, run.done = RunStatus.RUNNING, use(Clock).now(), 0
        return Change.model_validate(run.change)


async def _replay(run_id: int, change: Change) -> None:
    playbook = await _playbook(change)
    business = " ".join(playbook.business.values())
    chats = await chats_for(change, str(run_id), business)
    if not chats:
        raise Invalid("There is no finished conversation to replay yet." if change.source is Source.STORED else "")
    async with transaction() as db:
        await db.execute(
            sa.text("update replay_run set total = :total where id = :id"), {"total": len(chats), "id": run_id}
        )
    stop = asyncio.Event()
    async with _method(change, playbook) as method, _watched(run_id, stop) as told:
        after = await predictions(method, [chat.conversation for chat in chats], at_once=AT_ONCE, stop=stop, tell=told)
    read = sorted(after)
    picked = [chats[number - 1] for number in read]
    result = result_of(change.method, picked, await _today(picked, change), [after[number] for number in read])
    status = RunStatus.DONE if len(read) == len(chats) else RunStatus.CANCELLED
    await _end(run_id, status, result=result, done=len(read))


async def _today(chats: Sequence[Chat], change: Change) -> list[Prediction]:
    """What holds today: of stored chats what was stored, of shipped ones what the rules read."""
    if change.source is Source.STORED:
        return [_stored(chat) for chat in chats]
    rules = ByRules(pause=BREATH)
    return [await rules.predict(chat.conversation, 0) for chat in chats]


def _stored(chat: Chat) -> Prediction:
    gold = chat.conversation.gold.model_dump(mode="json")
    slots = {name: value for name, value in gold["slots"].items() if value is not None}
    return Prediction(slots, gold["temperature"], gold["risk"], gold["opt_out"], gold["wants_human"], ())


async def _playbook(change: Change) -> Playbook:
    if change.playbook:
        return parse_playbook(await published.text(OPERATOR, change.playbook))
    return use(Playbook)


@asynccontextmanager
async def _method(change: Change, playbook: Playbook) -> AsyncIterator[Method]:
    if change.method == "rules":
        yield ByRules(change.weights, pause=BREATH)
        return
    settings = use(Settings)
    limited = settings.model_copy(
        update={"llm_models": change.model or settings.llm_models, "llm_usd_per_day": float(change.usd)}
    )
    async with by_model(
        limited,
        Breaker,
        playbook=playbook,
        advice=change.advice,
        weights=change.weights,
        own_playbook=change.source is Source.STORED,
    ) as model:
        yield model


@asynccontextmanager
async def _watched(run_id: int, stop: asyncio.Event) -> AsyncIterator[Any]:
    """Write now and then how far the run is, and stop it when somebody cancelled it."""
    so_far = 0

    def told(done: int, of: int) -> None:
        nonlocal so_far
        del of
        so_far = done

    async def watch() -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if not await at_once(_GOES_ON, {"id": run_id, "done": so_far}):
                stop.set()
                return

    watching = asyncio.create_task(watch(), name=f"replay:{run_id}")
    try:
        yield told
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def _end(run_id: int, status: RunStatus, **written: Any) -> None:
    async with transaction() as db:
        run = await db.get(ReplayRun, run_id, with_for_update=True)
        if run is None:
            return
        run.status, run.finished_at = status, use(Clock).now()
        for name, value in written.items():
            setattr(run, name, value)
