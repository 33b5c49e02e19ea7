"""How our processes end. A process that stops is not scraped again, so it writes its end down for the next one to show.

Each life is a row from start to stop. A start that finds a life unfinished in its own place, or a life whose heart has
stopped, counts a crash; an end is counted once, in the transaction that writes it down.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import Clock
from app.database import transaction
from app.insights.models import ProcessRun
from app.leads import ledger
from app.registry import use

log = structlog.get_logger(__name__)

BEAT_EVERY = 20.0
SILENT_AFTER = timedelta(minutes=2)
LAST_WORDS_SECONDS = 3.0
"""How long a stopping process tries to say how it ended; the database may be gone already."""


class Outcome(StrEnum):
    """How a process ended."""

    CLEAN = "clean"
    FORCED = "forced"
    CRASH = "crash"


@dataclass
class Life:
    """One life of this process; ``stopping`` and ``forced`` are told by whoever stops it."""

    role: str
    instance: str
    id: int = 0
    _stopping_at: float | None = field(default=None)
    _outcome: Outcome = Outcome.CLEAN

    def stopping(self) -> None:
        """The stop was asked for: from now on it is timed."""
        if self._stopping_at is None:
            self._stopping_at = time.monotonic()

    def forced(self) -> None:
        """Something did not end within its grace and was let go."""
        self._outcome = Outcome.FORCED

    @property
    def ending(self) -> tuple[Outcome, float]:
        """How it ends, and how many seconds the stop has taken."""
        return self._outcome, 0.0 if self._stopping_at is None else time.monotonic() - self._stopping_at


@asynccontextmanager
async def lived(role: str, port: int, *, version: str = "") -> AsyncIterator[Life]:
    """Note the life of this process, of which ``port`` is the one that no other living process here has.

    An error that ends the block is a crash, and is counted by the next start.
    """
    life = Life(role, f"{socket.gethostname()}:{port}")
    await _begin(life, version)
    beating = asyncio.create_task(_beat_for_ever(life), name="heartbeat")
    try:
        yield life
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
    life.stopping()
    await _end(life)


async def _begin(life: Life, version: str) -> None:
    now = use(Clock).now()
    async with transaction() as db:
        await _count_crashes(db, _IN_ITS_PLACE, {"role": life.role, "instance": life.instance}, now)
        row = ProcessRun(role=life.role, instance=life.instance, version=version, started_at=now, alive_at=now)
        db.add(row)
        await db.flush()
        life.id = row.id or 0


_IN_ITS_PLACE = (
    "select id, role from process_run where stopped_at is null and role = :role and instance = :instance for update"
)
_SILENT = (
    "select id, role from process_run where stopped_at is null and alive_at < :before and (id, alive_at) in"
    " (select * from unnest(cast(:ids as bigint[]), cast(:beats as timestamptz[]))) for update skip locked"
)
_LIVING = sa.text("select id, alive_at from process_run where stopped_at is null and alive_at < :before")
_BEAT = sa.text("update process_run set alive_at = :now where id = :id and stopped_at is null")
_BURY = sa.text("update process_run set stopped_at = :now, outcome = 'crash' where id = :id")
_END = sa.text(
    "update process_run set stopped_at = :now, alive_at = :now, outcome = :outcome, shutdown_seconds = :seconds"
    " where id = :id and stopped_at is null returning id"
)


async def _count_crashes(db: AsyncSession, query: str, values: Mapping[str, object], now: datetime) -> int:
    dead = list(await db.execute(sa.text(query), values))
    for row in dead:
        await db.execute(_BURY, {"id": row.id, "now": now})
        ledger.record(db, ledger.Kind.SHUTDOWN, lead_id=None, role=row.role, outcome=Outcome.CRASH.value)
        log.warning("process_crashed", role=row.role, run=row.id)
    return len(dead)


async def _beat_for_ever(life: Life) -> None:
    while True:
        await asyncio.sleep(BEAT_EVERY)
        try:
            await beat(life)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.info("heartbeat_missed", error=type(error).__name__)


async def beat(life: Life) -> None:
    """Say that this process lives."""
    async with transaction() as db:
        await db.execute(_BEAT, {"id": life.id, "now": use(Clock).now()})


async def _end(life: Life) -> None:
    outcome, seconds = life.ending
    values = {"id": life.id, "now": use(Clock).now(), "outcome": outcome.value, "seconds": seconds}
    try:
        async with asyncio.timeout(LAST_WORDS_SECONDS), transaction() as db:
            if list(await db.execute(_END, values)):
                ledger.record(db, ledger.Kind.SHUTDOWN, lead_id=None, role=life.role, outcome=outcome.value)
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        log.warning("end_not_noted", error=type(error).__name__)


@dataclass
class Watch:
    """The leader's look after processes whose place nobody takes again, such as containers that were thrown away.

    Only who is silent in two looks, with the same last beat, is dead: after an outage of the database everybody is
    silent for a moment.
    """

    _silent: dict[int, datetime] = field(default_factory=dict[int, datetime])

    async def look(self) -> int:
        """Count the crashes of those who stayed silent since the last look; returns how many."""
        now = use(Clock).now()
        before = now - SILENT_AFTER
        async with transaction() as db:
            values = {"before": before, "ids": list(self._silent), "beats": list(self._silent.values())}
            dead = await _count_crashes(db, _SILENT, values, now) if self._silent else 0
            self._silent = {row.id: row.alive_at for row in await db.execute(_LIVING, {"before": before})}
        return dead
