"""Worker entry: jobs, due rows, and the duties of the leader. It never imports Reflex.

On SIGTERM nothing new is begun, running jobs have ten seconds to finish, and what does not goes back to the queue.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import structlog
import uvloop
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from procrastinate.exceptions import ConnectorException

import metrics.jobs
from app import bootstrap, migrations, telemetry
from app.classification import cooling
from app.clock import Clock
from app.conversations import brief, followthrough, followup_results, followups, safety, turns
from app.database import Database, transaction
from app.distribution import service as distribution
from app.errors import LeadlineError
from app.insights import conservation, evaluations
from app.insights.collector import Figures
from app.insights.lifecycle import Life, Watch, lived
from app.jobs.due import Sweep, sweep_for_ever
from app.jobs.leader import lead_when_possible
from app.jobs.outage import Troubles, until_lost
from app.jobs.queue import Queue
from app.jobs.rescue import HEARTBEAT, STALE_AFTER, rescue_stalled
from app.jobs.running import logged
from app.leads import folding
from app.messages import outbox
from app.messages import repository as messages
from app.privacy import retention
from app.registry import use
from app.release import VERSION
from app.sessions import guardian, history
from app.settings import Settings
from app.studio import replay_runs

log = structlog.get_logger(__name__)

GRACE = 10.0
RESTART_PAUSE = 2.0
NICENESS = 10
"""On one machine web goes first: a webhook and a board are waited for, a reply has its quiet window anyway."""
ACKS_WAIT = timedelta(minutes=10)

SWEEPS = (
    Sweep("turns", 0.1, turns.sweep_due),
    Sweep("sends", 1.0, outbox.sweep_due),
    Sweep("assignments", 1.0, distribution.sweep_due, batch=50),
    Sweep("abandoned", 1.0, followthrough.sweep_abandoned),
    Sweep("returned", 1.0, followthrough.sweep_returned),
    bootstrap.FOLLOW_PLAYBOOK,
    Sweep("follow_ups", 5.0, followups.sweep_due, batch=50),
    Sweep("follow_up_results", 15.0, followup_results.sweep_results, batch=500),
    Sweep("briefs", 1.0, brief.sweep_due, batch=50),
    Sweep("revived", 5.0, cooling.sweep_revived),
    Sweep("replays", 1.0, replay_runs.sweep_due, batch=10),
)


async def run(stop: asyncio.Event) -> None:
    """Work until ``stop`` is set."""
    async with bootstrap.core(job_connections=6) as settings:
        await asyncio.to_thread(migrations.wait_until_current, use(Database).url)
        await use(Database).stand_ready()
        running = telemetry.start("worker", settings)
        bootstrap.settle_memory()
        try:
            async with lived("worker", settings.worker_metrics_port, version=VERSION) as life:
                await _work(settings, stop, life)
        finally:
            await asyncio.to_thread(running.stop)


async def _work(settings: Settings, stop: asyncio.Event, life: Life) -> None:
    metrics.jobs.announce(use(Queue).names)
    parts = [
        asyncio.create_task(_keep_working(settings, stop), name="jobs"),
        asyncio.create_task(sweep_for_ever(SWEEPS, stop), name="sweeps"),
        asyncio.create_task(lead_when_possible(use(Database).url, duties, stop), name="leader"),
    ]
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([*parts, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopped = stop.is_set()
    life.stopping()
    stop.set()
    # What hangs on a database that is gone is let go: its jobs are rescued, its rows are still due.
    _, hanging = await asyncio.wait(parts, timeout=GRACE + 2.0)
    if hanging:
        life.forced()
    for part in (*hanging, stopping):
        part.cancel()
    for ended in await asyncio.gather(*parts, return_exceptions=True):
        if isinstance(ended, Exception) and not stopped:
            raise ended


async def _keep_working(settings: Settings, stop: asyncio.Event) -> None:
    """Run jobs; after an outage of the database begin again."""
    troubles = Troubles()
    while not stop.is_set():
        try:
            async with use(Queue).app.open_async():
                troubles.over("jobs_interrupted")
                await _run_jobs(settings, stop)
        except (ConnectorException, psycopg.Error, OSError, TimeoutError) as error:
            troubles.began("jobs_interrupted", error=type(error).__name__)
            await asyncio.sleep(RESTART_PAUSE)


async def _run_jobs(settings: Settings, stop: asyncio.Event) -> None:
    worker = asyncio.create_task(
        use(Queue).app.run_worker_async(
            concurrency=settings.worker_concurrency,
            install_signal_handlers=False,
            delete_jobs="successful",
            update_heartbeat_interval=HEARTBEAT,
            stalled_worker_timeout=STALE_AFTER,
            shutdown_graceful_timeout=GRACE,
            worker_middleware=[telemetry.measured_job, logged],
        )
    )
    stopping = asyncio.create_task(stop.wait())
    losing = asyncio.create_task(until_lost(use(Database).url))
    await asyncio.wait({worker, stopping, losing}, return_when=asyncio.FIRST_COMPLETED)
    for task in (worker, stopping, losing):
        task.cancel()
    for ended in await asyncio.gather(losing, worker, return_exceptions=True):
        if isinstance(ended, Exception) and not stop.is_set():
            raise ended


@asynccontextmanager
async def duties() -> AsyncIterator[None]:
    """What one worker alone does by the clock."""
    scheduler: Any = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    figures, trials = Figures(), evaluations.Trials()
    own = (
        ("lives", 60, Watch().look),
        ("evaluation", 60, trials.look),
        ("figures", use(Settings).figures_seconds, figures.refresh),
    )
    guardian.begin()
    await rescue_stalled()
    for name, seconds, duty in (*DUTIES, *own):
        at_once = {"next_run_time": datetime.now(UTC)} if name == "sessions" else {}
        scheduler.add_job(_dutiful(name, duty), "interval", seconds=seconds, id=name, name=name, **at_once)
        metrics.jobs.expected(name)
    async with figures.shown():
        scheduler.start()
        try:
            yield
        finally:
            trials.stop()
            scheduler.shutdown(wait=False)


def _dutiful(name: str, duty: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    async def run_duty() -> None:
        try:
            await duty()
        except asyncio.CancelledError:
            # Leadership ended in the middle of it; whoever leads next does it again.
            log.info("duty_stopped", duty=name)
        except Exception as error:  # noqa: BLE001 - a duty that fails is tried again at its next time
            log.warning("duty_failed", duty=name, error=type(error).__name__)
        else:
            metrics.jobs.succeeded(name)

    return run_duty


async def drop_parked_acks() -> None:
    """Forget acks that no message claimed within ten minutes."""
    async with transaction() as db:
        await messages.drop_parked(db, before=use(Clock).now() - ACKS_WAIT)


DUTIES: tuple[tuple[str, int, Callable[[], Awaitable[object]]], ...] = (
    ("rescue", 5, rescue_stalled),
    ("sessions", 5, guardian.check),
    ("history", 30, history.merge_due),
    ("acks", 60, drop_parked_acks),
    ("safety", 60, safety.find_forgotten),
    ("retention", 600, retention.keep_house),
    ("fold", 15, folding.fold),
    ("prune", 600, folding.prune),
    ("conservation", 600, conservation.audit),
    ("cooling", 600, cooling.cool_all),
)
"""What one worker does by the clock: name, seconds between two times, what. Each is due at least every ten minutes, so
that a duty that stopped succeeding is told by one limit (``LeadlineSchedulerStale``)."""


async def _main() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await run(stop)


def main() -> int:
    """Run a worker until it is told to stop; 1 with one sentence when it cannot start."""
    os.nice(NICENESS)
    try:
        uvloop.run(_main())
    except LeadlineError as error:
        print(f"leadline: {error}", file=sys.stderr)  # noqa: T201 - the sentence for the operator
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
