"""How the connections are opened: a machine that dies is noticed by the server within seconds, whichever it held."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.pool import AsyncAdaptedQueuePool

from app.database import READY, Database, connecting, reading, transaction, watching
from app.jobs import leader
from app.jobs.queue import Queue

ALIVE = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
# On a unix socket a keepalive shows as 0 whatever was asked for; what was asked for is the value of a reset.
ASKED = (
    "select name, reset_val from pg_settings"
    " where source = 'client' and (starts_with(name, 'tcp') or right(name, 8) = '_timeout')"
)


async def asked_of(connection: psycopg.AsyncConnection[Any]) -> dict[str, str]:
    return dict(await (await connection.execute(ASKED)).fetchall())


async def test_work_on_the_database_holds_no_lock_for_ever(database: Database) -> None:
    for opened in (transaction, reading):
        async with opened() as db:
            asked = {row.name: row.reset_val for row in await db.execute(sa.text(ASKED))}
        assert asked == ALIVE | {"idle_in_transaction_session_timeout": "60000", "lock_timeout": "30000"}
    async with watching() as db:
        asked = {row.name: row.reset_val for row in await db.execute(sa.text(ASKED))}
    assert asked == ALIVE | {"statement_timeout": "10000"}
    assert database.url


async def test_the_queue_and_the_leader_neither(database_url: str) -> None:
    queue = Queue.over(database_url, [], connections=1)
    async with queue.app.open_async():
        rows = await queue.app.connector.execute_query_all_async(ASKED)
    asked = {row["name"]: row["reset_val"] for row in rows}
    assert asked == ALIVE | {"idle_in_transaction_session_timeout": "60000"}
    async with leader._lock(database_url) as leading:
        assert leading is not None
        assert await asked_of(leading) == ALIVE | {"idle_session_timeout": "20000"}


async def test_a_step_of_the_queue_is_one_statement_without_begin_and_commit_around_it(database_url: str) -> None:
    queue = Queue.over(database_url, [], connections=1)
    async with queue.app.open_async():
        # The first statement of a transaction that was begun before it is later than ``now()``.
        (row,) = await queue.app.connector.execute_query_all_async("select now() = statement_timestamp() as alone")
    assert row["alone"]


async def test_connections_are_there_before_anybody_asks_for_one(database: Database) -> None:
    await database.stand_ready()
    pool = database.engine.pool
    assert isinstance(pool, AsyncAdaptedQueuePool)
    assert (pool.checkedin(), pool.checkedout()) == (READY, 0)


async def test_only_the_steps_of_the_queue_wait_for_no_disk(database: Database) -> None:
    asked = "select reset_val, source = 'client' as ours from pg_settings where name = 'synchronous_commit'"
    queue = Queue.over(database.url, [], connections=1)
    async with queue.app.open_async():
        (row,) = await queue.app.connector.execute_query_all_async(asked)
    assert (row["reset_val"], row["ours"]) == ("off", True)
    async with transaction() as db:
        assert not (await db.execute(sa.text(asked))).one().ours


async def test_a_leader_that_stands_still_is_followed_by_another(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leader, "GONE_AFTER", "50ms")
    async with leader._lock(database_url) as still:
        assert still is not None
        monkeypatch.setattr(leader, "GONE_AFTER", "20s")
        for _ in range(1000):
            async with leader._lock(database_url) as following:
                if following is not None:
                    return
    raise AssertionError("the lock was never given up")


async def test_what_the_address_itself_sets_has_the_last_word(database_url: str) -> None:
    url = f"{database_url}&options=-c%20lock_timeout%3D5s%20-c%20work_mem%3D8MB"
    async with await psycopg.AsyncConnection.connect(url, **connecting(url, "test", lock_timeout="30s")) as connection:
        assert (await asked_of(connection))["lock_timeout"] == "5000"
        row = await (await connection.execute("show work_mem")).fetchone()
    assert row == ("8MB",)
