"""The database: the connections of a process, and the only ways to touch it.

``transaction()`` is the only place in the code base that commits, beside ``at_once()``, whose single statement is a
transaction of its own; ``reading()`` and ``watching()`` are for reads. Services flush; the edge opens the transaction.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from app.notices import Notices
from app.registry import use
from app.telemetry.traces import with_trace

if TYPE_CHECKING:
    import psycopg

_ONCE_COMMITTED = "once_committed"
READY = 8
"""Connections that a process opens when it starts; it takes more when it needs them."""
WATCHERS = 2
WATCHING_SECONDS = 10
IDLE_IN_TRANSACTION = "60s"
"""No transaction waits for anything slow. One that is idle for so long belongs to a process that stands still, and
holds locks that others wait for."""
LONGEST_LOCK_WAIT = "30s"
_DEAD_AFTER = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""Let the server notice within 20 seconds that the machine at the other end is gone, and free its locks; otherwise
that takes two hours. On a unix socket these settings mean nothing and do no harm."""


def connecting(url: str, application: str, **settings: str) -> dict[str, Any]:
    """What every connection to ``url`` is opened with, for psycopg: under which name, how soon either end notices that
    the other is gone, and ``settings`` of PostgreSQL for this connection. What ``url`` itself sets has the last word.
    """
    own = str(conninfo_to_dict(url).get("options") or "")
    told = " ".join(f"-c {name}={value}" for name, value in {**_DEAD_AFTER, **settings}.items())
    return {
        "application_name": application,
        "options": f"{told} {own}".strip(),
        "keepalives_idle": 5,
        "keepalives_interval": 5,
        "keepalives_count": 3,
    }


def async_url(url: str) -> str:
    """The same address with the psycopg 3 driver named, as SQLAlchemy wants it."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme.split("+")[0] in {"postgres", "postgresql"} else url


def _pool(url: str, size: int) -> AsyncEngine:
    return create_async_engine(
        async_url(url),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,  # an error must not carry texts and numbers into a log
        connect_args={
            "prepare_threshold": 3,
            **connecting(
                url,
                "leadline",
                idle_in_transaction_session_timeout=IDLE_IN_TRANSACTION,
                lock_timeout=LONGEST_LOCK_WAIT,
            ),
        },
    )


def _watchers(url: str) -> AsyncEngine:
    return create_async_engine(
        async_url(url),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=WATCHERS,
        max_overflow=0,
        pool_timeout=WATCHING_SECONDS,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",
        connect_args=connecting(url, "leadline-figures", statement_timeout=f"{WATCHING_SECONDS}s"),
    )


class Database:
    """A pool of connections to one PostgreSQL database."""

    def __init__(self, url: str, *, pool_size: int = 12) -> None:
        self.url = url
        self._ready = min(pool_size, READY)
        self.engine = _pool(url, pool_size)
        self.single: AsyncEngine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        """The same pool, but each statement is its own transaction: no round trips for begin and commit."""
        self.notices = Notices(self.single)
        self.watched = _watchers(url)
        """For ``watching`` alone; connects when it is first used."""

    async def stand_ready(self) -> None:
        """Open connections before anybody waits for one: when many messages come at once, that is the worst moment."""
        async with AsyncExitStack() as opened:
            for _ in range(self._ready):
                await opened.enter_async_context(self.engine.connect())

    async def close(self) -> None:
        """Close every connection, when what is committed has been told."""
        await self.notices.close()
        await self.engine.dispose()
        await self.watched.dispose()


@asynccontextmanager
async def transaction() -> AsyncIterator[AsyncSession]:
    """One unit of work: committed when the block ends well, rolled back when it raises."""
    async with AsyncSession(use(Database).engine, expire_on_commit=False, autoflush=False) as db:
        async with db.begin():
            yield db
        for act in db.info.pop(_ONCE_COMMITTED, ()):
            act()


def once_committed(db: AsyncSession, act: Callable[[], None]) -> None:
    """Call ``act`` when the caller's transaction has been committed, and never when it was rolled back."""
    db.info.setdefault(_ONCE_COMMITTED, []).append(act)


@asynccontextmanager
async def reading() -> AsyncIterator[AsyncSession]:
    """A session for reads alone: nothing is flushed, and each statement sees what is committed when it runs."""
    async with AsyncSession(use(Database).single, expire_on_commit=False, autoflush=False) as db:
        yield db


@asynccontextmanager
async def watching() -> AsyncIterator[AsyncSession]:
    """The same on connections of its own: whoever watches must see most when the others have none left or hang on a
    lock. A statement that takes longer than ten seconds is cancelled.
    """
    async with AsyncSession(use(Database).watched, expire_on_commit=False, autoflush=False) as db:
        yield db


async def at_once(statement: sa.TextClause, values: Mapping[str, Any]) -> list[sa.Row[Any]]:
    """Run one statement as a transaction of its own; returns its rows. For paths on which each round trip counts."""
    async with use(Database).single.connect() as connection:
        return list(await connection.execute(statement, values))


async def driver_connection(db: AsyncSession) -> psycopg.AsyncConnection[Any]:
    """The psycopg connection under ``db``: what is done on it belongs to the same transaction."""
    raw = await (await db.connection()).get_raw_connection()
    return cast("psycopg.AsyncConnection[Any]", raw.driver_connection)


def notify(db: AsyncSession, *notices: str) -> None:
    """Tell every web process as soon as this transaction is committed; see ``app.notices``."""
    once_committed(db, partial(_tell, *map(with_trace, notices)))


def tell(*notices: str) -> None:
    """The same for what ``at_once`` has committed."""
    _tell(*map(with_trace, notices))


def _tell(*notices: str) -> None:
    use(Database).notices.tell(*notices)
