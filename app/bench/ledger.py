"""What reading the totals of a long ledger costs, folded and not, on a database of its own."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

import sqlalchemy as sa

from app import migrations
from app.bench.figures import Object, ms, ratio
from app.clock import Clock, SystemClock
from app.database import Database, reading, transaction
from app.embedded import EmbeddedPostgres
from app.leads import folding
from app.registry import override

TIMES = 5
YOUNG = 2_000
"""Rows of the last minute, which nobody folds: as many as a busy hour of a big team has in a minute."""

_FILL = sa.text("""
insert into ledger (kind, labels, amount, at)
select (array['message_persisted', 'message_status', 'lead_created', 'classified'])[1 + n % 4],
    case n % 4
      when 0 then jsonb_build_object('session', 'agent', 'direction', (array['in', 'out'])[1 + (n / 4) % 2])
      when 1 then jsonb_build_object('session', 'agent', 'message_type', 'text',
        'status', (array['accepted', 'delivered', 'read'])[1 + (n / 4) % 3])
      when 2 then jsonb_build_object('source', (array['whatsapp', 'form'])[1 + (n / 4) % 2])
      else jsonb_build_object('method', 'rules', 'temperature', (array['HOT', 'WARM', 'COLD'])[1 + (n / 4) % 3])
    end,
    1, cast(:newest as timestamptz) - make_interval(secs => :rows - n)
from generate_series(1, :rows) as n
""")
_WHOLE = sa.text("select kind, labels, sum(amount) as value from ledger group by kind, labels")
_TIDY = sa.text("vacuum analyze ledger")


async def measure(*, rows: int) -> Object:
    """Measure with so many rows; returns what ``bench ledger --json`` prints."""
    with tempfile.TemporaryDirectory(prefix="leadline-bench-") as name, EmbeddedPostgres(Path(name) / "pg") as server:
        url = server.url()
        await asyncio.to_thread(migrations.upgrade, url)
        database = Database(url, pool_size=4)
        with override(Database, database), override(Clock, SystemClock()):
            try:
                return await measure_here(rows=rows)
            finally:
                await database.close()


async def measure_here(*, rows: int) -> Object:
    """Measure on the database of the registry, which may be thrown away afterwards."""
    await _fill(rows, SystemClock().now().timestamp() - 3600)
    before = await _median(_whole)
    told = {(kind, str(labels)): amount for kind, labels, amount in await folding.totals()}
    begun = time.perf_counter()
    await _fold_all()
    folded = time.perf_counter() - begun
    assert told == {(kind, str(labels)): amount for kind, labels, amount in await folding.totals()}  # noqa: S101 - of other totals no time is worth telling
    await _fill(YOUNG, SystemClock().now().timestamp())
    await _tidied()
    after = await _median(_totals)
    return {
        "rows": rows,
        "whole_ledger_ms": ms(before),
        "folded_ms": ms(after),
        "times_faster": ratio(before, after),
        "rows_folded_a_second": round(rows / folded),
    }


async def _fill(rows: int, newest: float) -> None:
    async with transaction() as db:
        moment = sa.func.to_timestamp(newest)
        when = (await db.execute(sa.select(moment))).scalar_one()
        await db.execute(_FILL, {"rows": rows, "newest": when})


async def _tidied() -> None:
    async with reading() as db:
        await db.execute(_TIDY)


async def _fold_all() -> None:
    while await folding.fold():
        pass


async def _whole() -> None:
    async with reading() as db:
        list(await db.execute(_WHOLE))


async def _totals() -> None:
    await folding.totals()


async def _median(work: Callable[[], Awaitable[None]]) -> float:
    await work()
    taken: list[float] = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - begun)
    return median(taken)
