"""One worker leads: it holds an advisory lock on a connection of its own, and stops leading when that drops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import psycopg
import structlog
from procrastinate.exceptions import ProcrastinateException
from sqlalchemy.exc import SQLAlchemyError

import metrics.jobs
from app.database import connecting
from app.jobs.outage import Troubles

log = structlog.get_logger(__name__)

LOCK = 4712
TRY_EVERY = 2.0
PROVE_EVERY = 2.0
ANSWER_WITHIN = 5.0
GONE_AFTER = "20s"
"""A leader that stands still says nothing, though its machine keeps the connection: the server hangs up on it."""


async def lead_when_possible(
    url: str, duties: Callable[[], AbstractAsyncContextManager[None]], stop: asyncio.Event
) -> None:
    """Wait for the lock; hold ``duties`` open for as long as it is ours; begin again when it was lost."""
    troubles = Troubles()
    while not stop.is_set():
        try:
            async with _lock(url) as connection:
                troubles.over("leadership_lost")
                if connection is not None:
                    await _lead(connection, duties, stop)
        except (psycopg.Error, SQLAlchemyError, ProcrastinateException, OSError, TimeoutError) as error:
            # The queue may still be opening its own connections again when the lock is ours already.
            troubles.began("leadership_lost", error=type(error).__name__)
        await _pause(stop, TRY_EVERY)


@asynccontextmanager
async def _lock(url: str) -> AsyncIterator[psycopg.AsyncConnection[tuple[bool]] | None]:
    connection = await psycopg.AsyncConnection.connect(
        url, autocommit=True, **connecting(url, "leadline-leader", idle_session_timeout=GONE_AFTER)
    )
    try:
        row = await (await connection.execute("select pg_try_advisory_lock(%s)", (LOCK,))).fetchone()
        yield connection if row is not None and row[0] else None
    finally:
        await connection.close()


async def _lead(
    connection: psycopg.AsyncConnection[tuple[bool]],
    duties: Callable[[], AbstractAsyncContextManager[None]],
    stop: asyncio.Event,
) -> None:
    log.info("leading")
    metrics.jobs.leading(leads=True)
    try:
        async with duties():
            while not stop.is_set():
                async with asyncio.timeout(ANSWER_WITHIN):
                    await connection.execute("select 1")
                await _pause(stop, PROVE_EVERY)
    finally:
        metrics.jobs.leading(leads=False)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), timeout=seconds)
