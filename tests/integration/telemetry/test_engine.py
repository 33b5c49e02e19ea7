"""A real engine on a real PostgreSQL, measured."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psycopg_pool
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.database import async_url
from app.embedded import EmbeddedPostgres
from app.telemetry import instrument_engine, instrument_pool
from metrics.registry import REGISTRY

POOL = {"db_client_connection_pool_name": "app"}


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def queries(operation: str, name: str, error: str = "") -> float:
    labels = {"db_operation_name": operation, "db_query_summary": name, "error_type": error}
    return value("db_client_operation_duration_seconds_count", **labels)


@pytest.fixture
async def engine(postgres: EmbeddedPostgres) -> AsyncIterator[AsyncEngine]:
    made = create_async_engine(async_url(postgres.url()), pool_size=2, max_overflow=0, pool_timeout=0.05)
    instrument_engine(made)
    yield made
    await made.dispose()


async def test_a_statement_is_measured_under_its_name_or_its_table(engine: AsyncEngine):
    named, plain = queries("SELECT", "test.named"), queries("SELECT", "select pg_class")
    async with engine.connect() as connection:
        await connection.execute(sa.text("select 1").execution_options(query_summary="test.named"))
        await connection.execute(sa.text("select count(*) from pg_class"))
    assert queries("SELECT", "test.named") - named == 1
    assert queries("SELECT", "select pg_class") - plain == 1


async def test_a_failing_statement_counts_as_an_error(engine: AsyncEngine):
    before = queries("SELECT", "select no_such_table", "error")
    async with engine.connect() as connection:
        with pytest.raises(ProgrammingError):
            await connection.execute(sa.text("select * from no_such_table"))
    assert queries("SELECT", "select no_such_table", "error") - before == 1


async def test_the_pool_shows_used_and_idle_connections(engine: AsyncEngine):
    state = "db_client_connection_state"
    async with engine.connect():
        assert value("db_client_connection_count", **POOL, **{state: "used"}) == 1
    assert value("db_client_connection_count", **POOL, **{state: "used"}) == 0
    assert value("db_client_connection_count", **POOL, **{state: "idle"}) == 1
    assert value("db_client_connection_max", **POOL) == 2
    assert value("db_client_connection_pending_requests", **POOL) == 0


async def test_waiting_in_vain_for_a_connection_is_counted(engine: AsyncEngine):
    timeouts = value("db_client_connection_timeouts_total", **POOL)
    waits = value("db_client_connection_wait_time_seconds_count", **POOL)
    async with engine.connect(), engine.connect():
        with pytest.raises(PoolTimeout):
            await engine.connect()
    assert value("db_client_connection_timeouts_total", **POOL) - timeouts == 1
    assert value("db_client_connection_wait_time_seconds_count", **POOL) - waits == 3


async def test_who_waits_is_shown_as_pending(engine: AsyncEngine):
    async with engine.connect(), engine.connect():
        waiting = asyncio.create_task(engine.connect().__aenter__())
        await asyncio.sleep(0)
        assert value("db_client_connection_pending_requests", **POOL) == 1
        with pytest.raises(PoolTimeout):
            await waiting


async def test_an_engine_without_a_pool_is_measured_too(postgres: EmbeddedPostgres):
    made = create_async_engine(async_url(postgres.url()), poolclass=NullPool)
    instrument_engine(made)
    before = queries("SELECT", "select")
    async with made.connect() as connection:
        await connection.execute(sa.text("select 1"))
    await made.dispose()
    assert queries("SELECT", "select") - before >= 1


async def test_the_pool_of_the_jobs_shows_its_state(postgres: EmbeddedPostgres):
    async with psycopg_pool.AsyncConnectionPool(postgres.url(), min_size=1, max_size=3, open=False) as pool:
        await pool.wait()
        instrument_pool(pool)
        jobs = {"db_client_connection_pool_name": "jobs", "db_client_connection_state": "used"}
        async with pool.connection():
            assert value("db_client_connection_count", **jobs) == 1
        assert value("db_client_connection_count", **jobs) == 0
        assert value("db_client_connection_max", db_client_connection_pool_name="jobs") == 3
