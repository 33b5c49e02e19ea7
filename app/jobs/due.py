"""The future as rows: a sweep looks for rows whose time has come and turns them into jobs.

Every worker sweeps; ``for update skip locked`` shares the rows out, and the job is deferred in the transaction that
clears the due time. Nothing is due twice, and a crash leaves the row due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import sqlalchemy.exc

from app.errors import LeadlineError
from app.jobs.outage import Troubles

OUTAGE_PAUSE = 1.0
AWAY = (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError, sqlalchemy.exc.TimeoutError, OSError)
"""What every sweep meets when the database is away: one trouble, however many sweeps there are."""


@dataclass(frozen=True)
class Sweep:
    """``run`` handles what is due now and says how much that was; it is called every ``seconds``."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[int]]
    batch: int = 100


async def sweep_for_ever(sweeps: Sequence[Sweep], stop: asyncio.Event) -> None:
    """Run every sweep in its own rhythm until ``stop`` is set."""
    troubles = Troubles()
    async with asyncio.TaskGroup() as group:
        for sweep in sweeps:
            group.create_task(_repeat(sweep, stop, troubles), name=f"sweep:{sweep.name}")


async def _repeat(sweep: Sweep, stop: asyncio.Event, troubles: Troubles) -> None:
    while not stop.is_set():
        pause = await _once(sweep, troubles)
        try:
            await asyncio.wait_for(stop.wait(), timeout=pause)
        except TimeoutError:
            continue


async def _once(sweep: Sweep, troubles: Troubles) -> float:
    failed = f"sweep_failed:{sweep.name}"
    try:
        found = await sweep.run()
    except AWAY as error:
        troubles.began("database_away", error=type(error).__name__)
        return OUTAGE_PAUSE
    except (sqlalchemy.exc.SQLAlchemyError, LeadlineError) as error:
        troubles.began(failed, error=type(error).__name__)
        return OUTAGE_PAUSE
    troubles.over("database_away", failed)
    return 0.0 if found >= sweep.batch else sweep.seconds
