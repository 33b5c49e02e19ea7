"""Metrics of the database: the time of each statement under a name, and the state of the connection pools."""

from __future__ import annotations

import re
from functools import lru_cache
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from app.telemetry import traces
from app.telemetry.sampling import SLOW
from metrics import db

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg_pool import AsyncConnectionPool
    from sqlalchemy.engine import Engine
    from sqlalchemy.ext.asyncio import AsyncEngine
    from sqlalchemy.pool import PoolProxiedConnection

SLOW_SECONDS = 0.1
"""From here on a statement is worth a trace of its own; the line of the slow queries in the metrics, too."""
_VERB = re.compile(r"[\s(]*(\w+)")
_WITH_BODY = re.compile(r"\b(insert\s+into|update|delete\s+from)\b", re.IGNORECASE)
_TABLE = re.compile(r'\b(?:from|into|update)\s+(?:only\s+)?"?([a-z_][\w]*)', re.IGNORECASE)


def instrument_engine(engine: AsyncEngine, pool: str | None = "app") -> None:
    """Measure every statement of ``engine`` and, when it has a name, its pool; call it once, when the engine was made.

    A statement is named by ``execution_options(query_summary="lead.by_id")``, or else by its verb and first
    table.
    """
    sync = engine.sync_engine
    # In the dialect and not by the engine's events: listening to those costs each statement twice as much.
    for way in ("do_execute", "do_executemany"):
        setattr(sync.dialect, way, _timed(getattr(sync.dialect, way)))
    if pool and isinstance(sync.pool, QueuePool):
        _MeasuredPool(sync, sync.pool, pool)


def instrument_pool(pool: AsyncConnectionPool[Any], name: str = "jobs") -> None:
    """Show the state of a psycopg pool at each scrape."""

    def figure(key: str) -> float:
        return float(pool.get_stats().get(key, 0))

    db.watch_pool(
        name,
        used=lambda: figure("pool_size") - figure("pool_available"),
        idle=lambda: figure("pool_available"),
        most=float(pool.max_size),
        pending=lambda: figure("requests_waiting"),
    )


@lru_cache(maxsize=512)
def operation_of(statement: str) -> str:
    """The SQL verb of a statement, in capitals; that of its body when it begins with WITH."""
    match = _VERB.match(statement)
    verb = match.group(1).upper() if match else "OTHER"
    if verb != "WITH":
        return verb
    body = _WITH_BODY.search(statement)
    return body.group(1).split()[0].upper() if body else "SELECT"


@lru_cache(maxsize=512)
def summary_of(statement: str) -> str:
    """A name for a statement that the code gave none: its verb and the first table it names."""
    table = _TABLE.search(statement)
    return f"{operation_of(statement).lower()} {table.group(1).lower()}" if table else operation_of(statement).lower()


def _timed(execute: Callable[..., None]) -> Callable[..., None]:
    """``execute`` of a dialect. Its arguments are spelled out, because it runs for every statement."""

    def timed(cursor: object, statement: str, values: object, context: Any = None) -> None:
        started = perf_counter()
        try:
            execute(cursor, statement, values, context)
        except Exception as error:
            _observe(statement, context, perf_counter() - started, error=type(error).__name__)
            raise
        _observe(statement, context, perf_counter() - started)

    return timed


def _observe(statement: str, context: Any, seconds: float, *, error: str = "") -> None:
    name = (context.execution_options.get("query_summary") if context else None) or summary_of(statement)
    db.query(operation_of(statement), name, seconds, failed=bool(error))
    if traces.recording() or (traces.tracing() and seconds >= SLOW_SECONDS):
        traces.past_span(name, _attributes(statement, name, seconds), seconds, error=error)


def _attributes(statement: str, name: str, seconds: float) -> dict[str, str | bool]:
    return {
        "db.system.name": "postgresql",
        "db.operation.name": operation_of(statement),
        "db.query.summary": name,
        SLOW: seconds >= SLOW_SECONDS,
    }


class _MeasuredPool:
    """Counts who waits for a connection, how long, and in vain; stands before the pool's own ``connect``."""

    def __init__(self, engine: Engine, pool: QueuePool, name: str) -> None:
        self._name = name
        self._waiting = 0
        self._connect = pool.connect
        pool.connect = self.connect  # type: ignore[method-assign] - SQLAlchemy has no event for waiting
        db.watch_pool(
            name,
            used=lambda: float(_pool(engine).checkedout()),
            idle=lambda: float(_pool(engine).checkedin()),
            most=float(pool.size() + max(_overflow(pool), 0)),
            pending=lambda: float(self._waiting),
        )

    def connect(self) -> PoolProxiedConnection:
        """A connection of the pool, as fast as there is one."""
        started = perf_counter()
        self._waiting += 1
        try:
            return self._connect()
        except PoolTimeout:
            db.exhausted(self._name)
            raise
        finally:
            self._waiting -= 1
            db.waited(self._name, perf_counter() - started)


def _pool(engine: Engine) -> QueuePool:
    assert isinstance(engine.pool, QueuePool)  # noqa: S101 - checked when it was instrumented
    return engine.pool


def _overflow(pool: QueuePool) -> int:
    return int(getattr(pool, "_max_overflow", 0))
