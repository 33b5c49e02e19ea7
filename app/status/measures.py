"""What the checks read from the database."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.clock import Clock
from app.database import reading
from app.jobs.leader import LOCK
from app.registry import use
from app.status.machine import DatabaseState
from app.status.work import QueueState, SessionState
from app.vocabulary import SessionName

WORKER_SILENT = timedelta(seconds=30)
"""A worker beats every 5 seconds; one that was silent this long is gone."""
OVERDUE = timedelta(minutes=1)
"""Turns are swept every tenth of a second; one that is due for so long was forgotten by everybody."""
RECENT = timedelta(minutes=15)
DAY = timedelta(hours=24)

DATABASE = """
select split_part(version(), ' ', 2) as version, pg_database_size(current_database()) as size,
    current_setting('max_connections')::int as most_connections,
    (select count(*) from pg_stat_activity where backend_type = 'client backend') as connections,
    (
        select coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float8 from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
    ) as oldest_transaction
"""
WORKERS = """
select count(*) as alive, (
    select count(*) from pg_locks
    where locktype = 'advisory' and granted and classid = 0 and objid = :lock
        and database = (select oid from pg_database where datname = current_database())
) as leaders
from procrastinate_workers where last_heartbeat > now() - cast(:silent as interval)
"""
QUEUE = """
select count(*) filter (where job.status = 'todo') as waiting, count(*) filter (where job.status = 'failed') as dead,
    coalesce(extract(epoch from now() - min(greatest(event.at, job.scheduled_at)) filter (
        where job.status = 'todo' and coalesce(job.scheduled_at, now()) <= now()
    )), 0) as oldest,
    (select count(*) from lead where turn_due_at < now() - cast(:overdue as interval)) as overdue_turns
from procrastinate_jobs job
left join procrastinate_events event on event.job_id = job.id and event.type = 'deferred'
where job.status in ('todo', 'failed')
"""
SESSIONS = "select name, status, since, checked_at, reconciled_at, missing from session_state"
WEBHOOKS = """
select (select max(received_at) from raw_event) as newest, (
    select count(*) from raw_event where error is not null and received_at > now() - cast(:day as interval)
) as failed
"""
ENDS = """
select role, count(*) as times from process_run
where outcome in ('crash', 'forced') and stopped_at > now() - cast(:day as interval) group by role
"""
MODEL = """
select coalesce(sum(amount) filter (
        where kind = 'llm_cost' and labels ->> 'gen_ai_prompt_name' is distinct from 'evaluate'
            and at >= date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'
    ), 0) as spent,
    count(*) filter (where kind = 'classification_fallback' and at > now() - cast(:recent as interval)
        and labels ->> 'reason' = 'circuit_open') as paused,
    count(*) filter (where kind = 'classification_fallback' and at > now() - cast(:recent as interval)) as stepped_in
from reporting.business_event
where kind in ('llm_cost', 'classification_fallback') and at > now() - cast(:day as interval)
"""


async def database_state() -> DatabaseState:
    """How PostgreSQL is."""
    async with reading() as db:
        await db.execute(sa.text("select 1"))  # a connection may have to be made first, which is not counted
        began = time.monotonic()
        await db.execute(sa.text("select 1"))
        answered = time.monotonic() - began
        row = (await db.execute(sa.text(DATABASE))).mappings().one()
    return DatabaseState(**row, answer_seconds=answered)


async def workers_and_leaders() -> tuple[int, int]:
    """How many workers are alive, and how many lead."""
    row = (await _rows(WORKERS, lock=LOCK, silent=WORKER_SILENT))[0]
    return row["alive"], row["leaders"]


async def queue_state() -> QueueState:
    """How the jobs are."""
    row = (await _rows(QUEUE, overdue=OVERDUE))[0]
    return QueueState(row["waiting"], float(row["oldest"]), row["dead"], row["overdue_turns"])


async def sessions() -> list[SessionState]:
    """Both sessions, also one that was never seen."""
    rows = {row["name"]: row for row in await _rows(SESSIONS)}
    return [SessionState(*rows[name].values()) if name in rows else _unseen(name) for name in SessionName]


def _unseen(name: str) -> SessionState:
    return SessionState(name, "unknown", None, None, None, 0)


async def newest_event() -> tuple[datetime | None, int]:
    """When the newest webhook came, and how many of the last day were not understood."""
    row = (await _rows(WEBHOOKS, day=DAY))[0]
    return row["newest"], row["failed"]


async def bad_ends() -> dict[str, int]:
    """How often processes of each role ended badly in the last day."""
    return {row["role"]: row["times"] for row in await _rows(ENDS, day=DAY)}


async def database_ahead() -> float:
    """Seconds by which the database's clock is ahead of this machine's."""
    async with reading() as db:
        before = use(Clock).now()
        there: datetime = (await db.execute(sa.text("select clock_timestamp()"))).scalar_one()
        after = use(Clock).now()
    return (there - (before + (after - before) / 2)).total_seconds()


@dataclass(frozen=True)
class ModelUse:
    """US dollars spent on leads this UTC day, and answers of the rules in the last 15 minutes."""

    spent: float
    paused: int
    stepped_in: int


async def model_use() -> ModelUse:
    """What the model was used for."""
    row = (await _rows(MODEL, recent=RECENT, day=DAY))[0]
    return ModelUse(float(row["spent"]), row["paused"], row["stepped_in"])


async def _rows(query: str, **values: Any) -> Sequence[Mapping[str, Any]]:
    statement = sa.text(query).execution_options(query_summary="status.check")
    async with reading() as db:
        return [{**row} for row in (await db.execute(statement, values)).mappings()]
