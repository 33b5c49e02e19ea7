"""The job queue: procrastinate on the same PostgreSQL, deferred in the transaction of the cause.

Features declare their tasks in ``tasks.py`` on a ``Blueprint``; the worker and the web process collect them. Jobs are
immediate: the future is a ``*_due_at`` column (``app.jobs.due``), because a scheduled job would hold back newer ones.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import procrastinate
import procrastinate.jobs
import psycopg
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import IDLE_IN_TRANSACTION, connecting, driver_connection
from app.registry import use
from app.telemetry import NOWHERE, Trail, deferring, instrument_pool, traced_arguments

RETRY = procrastinate.RetryStrategy(max_attempts=6, exponential_wait=2)
"""Retries after 2, 4, 8, 16 and 32 seconds. More would hold back the newer jobs of the same lock for too long;
what is given up then is found again by ``app.conversations.safety``."""

logging.getLogger("procrastinate").setLevel(logging.WARNING)


@dataclass(frozen=True)
class Job:
    """A task to run soon: its name, the lock that keeps two of a kind apart, and its arguments (ids, never texts).

    ``trail`` says with which trace its run goes on; without one that is the trace in which the job is deferred.
    """

    task: str
    lock: str
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    trail: Trail = NOWHERE


class Queue:
    """The tasks of the application, and the way to defer them."""

    def __init__(self, app: procrastinate.App) -> None:
        self.app = app

    @classmethod
    def over(cls, url: str, blueprints: Iterable[procrastinate.Blueprint], *, connections: int) -> Queue:
        """A queue on the database at ``url``; its own pool serves fetching, finishing and listening."""
        connector = procrastinate.PsycopgConnector(
            pool_factory=_measured_pool,
            conninfo=url,
            min_size=1,
            max_size=connections,
            kwargs=connecting(
                url,
                "leadline-jobs",
                idle_in_transaction_session_timeout=IDLE_IN_TRANSACTION,
                # A job whose fetching or finishing is lost in a crash of the database runs again, as every job may. So
                # none of its steps waits for the disk, nor stands in the way of messages that do.
                synchronous_commit="off",
            ),
            configure=_each_statement_alone,
        )
        app = procrastinate.App(connector=connector)
        for blueprint in blueprints:
            app.add_tasks_from(blueprint, namespace="leadline")
        return cls(app)

    @property
    def names(self) -> list[str]:
        """The names of all tasks."""
        return [str(name) for name in cast("Mapping[str, object]", self.app.tasks)]  # pyright: ignore[reportUnknownMemberType] - untyped there

    async def defer(self, db: AsyncSession, *jobs: Job) -> None:
        """Put jobs in the queue, in the transaction of ``db``: they exist when it commits, or not at all."""
        if not jobs:
            return
        connection = await driver_connection(db)
        with deferring(f"leadline:{jobs[0].task}", len(jobs)):
            await self.app.job_manager.batch_defer_jobs_async(
                jobs=[self._row(job) for job in jobs], connection=connection
            )

    def _row(self, job: Job) -> procrastinate.jobs.Job:
        task = self.app.configure_task(f"leadline:{job.task}", lock=job.lock)
        return task.make_new_job(**job.arguments, **traced_arguments(job.trail))


async def _each_statement_alone(connection: psycopg.AsyncConnection[Any]) -> None:
    """Procrastinate does each step in one statement: begin and commit around it would be two round trips for nothing,
    a few hundred a second under load. (Not among the ``kwargs``: there procrastinate sets it itself when it listens.)
    """
    await connection.set_autocommit(True)


def _measured_pool(**options: Any) -> AsyncConnectionPool[Any]:
    pool = AsyncConnectionPool[Any](**options)
    instrument_pool(pool)
    return pool


async def defer(db: AsyncSession, *jobs: Job) -> None:
    """Defer on the queue of this process; see ``Queue.defer``."""
    await use(Queue).defer(db, *jobs)
