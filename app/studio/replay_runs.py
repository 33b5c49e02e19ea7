"""Runs of the replay as managers ask for them; ``replay_work`` carries them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.classification.methods import NOBODY_TO_ASK
from app.clock import Clock
from app.database import at_once, reading, transaction
from app.errors import Invalid, Misconfigured, NotAllowed, NotFound
from app.jobs.queue import Job, defer
from app.llm.account import parse_prices
from app.llm.routes import is_configured, routes_of
from app.qualification import published
from app.qualification.playbook import parse_playbook
from app.registry import use
from app.settings import Settings
from app.studio import replay_chats
from app.studio.models import ReplayRun
from app.studio.replay_change import Change, RunStatus, Source, without_effect
from app.team.viewer import Viewer

REPLAY_TASK = "replay"
MOST_WAITING = 5
"""Runs that may wait or run at a time; one after the other, so that leads never wait for them."""
SHOWN = 20
NOT_ALLOWED = "Replays are run by managers."
NOTHING_STORED = "There is no finished conversation to replay yet."
NOBODY_ASKED = (
    "No lead with a finished conversation has agreed to more than being answered, so no text may go to a language"
    " model: replay by the rules, or write down a legal basis in LEADLINE_REPLAY_BASIS."
)

_DUE = sa.text("""
update replay_run set due = false
where id in (select id from replay_run where due order by id limit :batch for update skip locked) returning id
""")
_ANY_OPEN = sa.text("select 1 from replay_run where status in ('queued', 'running') limit 1")
_FORGOTTEN = sa.text("""
update replay_run set due = true where status in ('queued', 'running') and not due and not exists (
  select 1 from procrastinate_jobs j where j.task_name = :task and j.status in ('todo', 'doing')
    and (j.args ->> 'run_id')::bigint = replay_run.id)
""")


@dataclass(frozen=True)
class Run:
    """A run as its readers see it."""

    id: int
    status: RunStatus
    change: Change
    done: int
    total: int
    spent_usd: float
    result: dict[str, Any]
    error: str
    by: str
    created_at: datetime
    seconds: float | None


async def start(viewer: Viewer, change: Change) -> int:
    """Put a run in hand. Raises NotAllowed, Invalid and Misconfigured, which say why it cannot be."""
    _manager(viewer)
    await _check(viewer, change)
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


async def _check(viewer: Viewer, change: Change) -> None:
    settings = use(Settings)
    if change.playbook:
        parse_playbook(await published.text(viewer, change.playbook))
        if (await published.current()).edition == change.playbook:
            raise Invalid("This is the playbook that runs: choose another version to see what it would change.")
    if change.method == "llm":
        _check_model(change, settings)
    if why := without_effect(change):
        raise Invalid(why)
    if change.source is Source.STORED and not await readable(change.method):
        raise Invalid(NOBODY_ASKED if change.method == "llm" else NOTHING_STORED)


def _check_model(change: Change, settings: Settings) -> None:
    chosen = settings.model_copy(update={"llm_models": change.model or settings.llm_models})
    if not is_configured(chosen):
        raise Misconfigured(f"{NOBODY_TO_ASK} Or replay by the rules.")
    known = known_models(settings)
    if unknown := [route.name for route in routes_of(chosen) if route.name not in known]:
        raise Invalid(f"Nobody has told what {unknown[0]} costs: name its price in LEADLINE_LLM_PRICES.")


def must_have_agreed(method: str, settings: Settings) -> bool:
    """Whether only leads who said yes may be read: a model is somebody else's, and the rules are our own.

    A legal basis that the operator has written down stands for the yes of each lead.
    """
    return method == "llm" and not settings.replay_basis.strip()


async def readable(method: str) -> int:
    """How many stored conversations a run by this method may read, counted up to the most that one reads."""
    return await replay_chats.readable(asked=must_have_agreed(method, use(Settings)))


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
        row.id or 0,
        status,
        change,
        row.done,
        row.total,
        row.spent_usd,
        row.result,
        row.error,
        row.by_name,
        row.created_at,
        seconds,
    )


async def sweep_due(batch: int = 10) -> int:
    """Make jobs of the runs that were asked for, and of those whose job is gone; returns how many."""
    if not await at_once(_ANY_OPEN, {}):
        return 0
    async with transaction() as db:
        await db.execute(_FORGOTTEN, {"task": f"leadline:{REPLAY_TASK}"})
        due = list(await db.execute(_DUE, {"batch": batch}))
        # One lock for all: they run one after the other.
        await defer(db, *(Job(REPLAY_TASK, lock=REPLAY_TASK, arguments={"run_id": row.id}) for row in due))
    return len(due)
