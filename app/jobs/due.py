"""The future as rows: a sweep looks for rows whose time has come and turns them into jobs.

Every worker sweeps; ``for update skip locked`` shares the rows out, and the job is deferred in the transaction that
clears the due time. Nothing is due twice, and a crash leaves the row due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy.exc
import structlog
from procrastinate.exceptions import ConnectorException

from app.errors import LeadlineError
from app.jobs.outage import Troubles

log = structlog.get_logger(__name__)

OUTAGE_PAUSE = 1.0
AWAY = (
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.TimeoutError,
    ConnectorException,
    OSError,
)
"""What every sweep meets when the database is away: one trouble, however many sweeps there are."""


@dataclass(frozen=True)
class Sweep:
    """``run`` handles what is due now and says how much that was; it is called every ``seconds``."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[int]]
    batch: int = 100


async def each(ids: Iterable[int], act: Callable[[int], Awaitable[object]], *, failed: str) -> None:
    """Handle one lead after the other. One that cannot be handled, because of what is stored of it, is logged as
    ``failed`` and holds up none behind it; what befalls all alike, an outage, is raised.
    """
    for lead_id in ids:
        try:
            await act(lead_id)
        except AWAY:
            raise
        except Exception as error:
            log.exception(failed, lead_id=lead_id, error=type(error).__name__)


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
    except Exception as error:  # noqa: BLE001 - one sweep that fails must not end the others, and the worker with them
        troubles.began(failed, error=type(error).__name__, exc_info=error)
        return OUTAGE_PAUSE
    troubles.over("database_away", failed)
    return 0.0 if found >= sweep.batch else sweep.seconds
