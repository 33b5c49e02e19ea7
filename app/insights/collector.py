"""The figures that the leading worker reads from the database and shows at its scrapes.

Counters are totals of the ledger, so a restart resets nothing and an erased person stays counted; gauges say
how things stand now. The worker refreshes them now and then (``refresh``); a scrape never touches the
database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa

from app.database import reading
from metrics.catalogue import CATALOGUE
from metrics.collector import CachedCollector, Sample, from_ledger
from metrics.shape import Origin

LEDGER = "select kind, labels, sum(amount) as value from ledger group by kind, labels"

LEADS = "select stage, count(*) as value from lead group by stage"

CONSULTANTS = "select count(*) as value from team_user where role = 'consultant' and active"

ASSIGNED = """
    select u.id::text as consultant, w.name as window, count(a.id) as value
    from team_user u
    cross join (values ('24h', interval '24 hours'), ('7d', interval '7 days')) as w (name, length)
    left join assignment a on a.consultant_id = u.id and a.assigned_at > now() - w.length
    where u.role = 'consultant' and u.active
    group by u.id, w.name
"""

QUEUE = """
    select queue_name as queue, count(*) as value,
        case status when 'doing' then 'running' when 'failed' then 'dead'
            else case when attempts > 0 then 'retry' else 'ready' end end as state
    from procrastinate_jobs
    where status in ('todo', 'doing', 'failed')
    group by 1, 3
"""

OLDEST = """
    select j.queue_name as queue, extract(epoch from now() - min(e.at)) as value
    from procrastinate_jobs j
    join procrastinate_events e on e.job_id = j.id and e.type = 'deferred'
    where j.status = 'todo'
    group by 1
"""

Read = Callable[[], Awaitable[Sequence[Sample]]]


async def ledger_totals() -> list[Sample]:
    """The counters of the catalogue that stand for ledger rows."""
    rows = await _rows("ledger", LEDGER)
    return from_ledger((row["kind"], row["labels"], float(row["value"])) for row in rows)


async def business() -> list[Sample]:
    """How leads and consultants stand now."""
    return [
        *await _samples("leadline_leads", LEADS),
        *await _samples("leadline_consultants_active", CONSULTANTS),
        *await _samples("leadline_consultant_assigned_leads", ASSIGNED),
    ]


async def queue() -> list[Sample]:
    """How the jobs stand now."""
    return [
        *await _samples("leadline_job_queue_depth", QUEUE),
        *await _samples("leadline_job_oldest_pending_seconds", OLDEST),
    ]


BUSINESS = ("leadline_leads", "leadline_consultants_active", "leadline_consultant_assigned_leads")
JOBS = ("leadline_job_queue_depth", "leadline_job_oldest_pending_seconds")
COUNTED = tuple(metric.name for metric in CATALOGUE.values() if metric.origin is Origin.LEDGER)


class Figures:
    """All figures of the database, shown while this worker leads."""

    def __init__(self) -> None:
        self._collectors = (
            CachedCollector("ledger", ledger_totals, COUNTED),
            CachedCollector("business", business, BUSINESS),
            CachedCollector("queue", queue, JOBS),
        )

    async def refresh(self) -> None:
        """Read all figures anew; the first one that cannot be read raises, and keeps its last values for a
        while.
        """
        for collector in self._collectors:
            await collector.refresh()

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Show the figures at the scrapes of this process inside the block."""
        for collector in self._collectors:
            collector.start()
        try:
            yield
        finally:
            for collector in self._collectors:
                collector.stop()


async def _samples(metric: str, query: str) -> list[Sample]:
    return [_sample(metric, row) for row in await _rows(metric.removeprefix("leadline_"), query)]


def _sample(metric: str, row: Mapping[str, Any]) -> Sample:
    labels = {name: str(value) for name, value in row.items() if name != "value"}
    return Sample(metric, float(row["value"]), labels)


async def _rows(name: str, query: str) -> Sequence[dict[str, Any]]:
    statement = sa.text(query).execution_options(query_summary=f"insights.{name}")
    async with reading() as db:
        return [{**row} for row in (await db.execute(statement)).mappings()]
