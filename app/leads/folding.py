"""Totals of the ledger: rows that were counted once are kept as sums, so that reading a total stays cheap for ever.

A row is folded by a flag and not up to a number: rows of slow transactions appear behind younger ones. The sums and the
flags are written by one statement, which leaves out rows that another worker is folding at the same moment, so each row
is added exactly once whatever dies in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
import structlog

from app.clock import Clock
from app.database import transaction, watching
from app.registry import use
from app.settings import Settings

log = structlog.get_logger(__name__)

SETTLED = timedelta(seconds=60)
"""Younger rows are left alone: they are still warm, and a lead that is merged away touches them."""
BATCH = 5_000
MOST_BATCHES = 40

_FOLD = sa.text("""
with taken as materialized (
  select id from ledger where folded_at is null and at < :before order by id limit :batch for update skip locked
),
marked as (
  update ledger set folded_at = :now from taken where ledger.id = taken.id returning kind, labels, amount
),
summed as (
  select kind, labels, sum(amount::numeric) as amount, count(*) as rows from marked group by kind, labels
),
added as (
  insert into ledger_total (kind, labels, amount) select kind, labels, amount from summed order by kind, labels
  on conflict (kind, labels) do update set amount = ledger_total.amount + excluded.amount
)
select coalesce(sum(rows), 0) from summed
""").execution_options(query_summary="ledger.fold")

_TOTALS = sa.text("""
select kind, labels, sum(amount) as amount from (
  select kind, labels, amount from ledger_total
  union all
  select kind, labels, amount::numeric from ledger where folded_at is null
) as counted group by kind, labels
""").execution_options(query_summary="ledger.totals")

_PRUNE = sa.text("""
delete from ledger where id in (
  select id from ledger where at < :before and folded_at is not null limit :batch for update skip locked
) returning id
""").execution_options(query_summary="ledger.prune")


async def totals() -> list[tuple[str, Mapping[str, str], Decimal]]:
    """The sum of all amounts ever recorded, by kind and labels: folded or not, pruned or not, in one look."""
    async with watching() as db:
        return [(row.kind, row.labels, row.amount) for row in await db.execute(_TOTALS)]


async def fold(*, batch: int = BATCH) -> int:
    """Move settled rows into the totals; returns how many. What is left waits for the next call."""
    folded = 0
    for _ in range(MOST_BATCHES):
        found = await _fold_some(batch)
        folded += found
        if found < batch:
            break
    return folded


async def _fold_some(batch: int) -> int:
    now = use(Clock).now()
    async with transaction() as db:
        found = await db.execute(_FOLD, {"before": now - SETTLED, "now": now, "batch": batch})
        return int(found.scalar_one())


async def prune(*, batch: int = BATCH) -> int:
    """Delete folded rows older than ``LEADLINE_LEDGER_DAYS``; the totals keep them counted. Returns how many."""
    days = use(Settings).ledger_days
    if days == 0:
        return 0
    pruned = 0
    for _ in range(MOST_BATCHES):
        found = await _prune_some(use(Clock).now() - timedelta(days=days), batch)
        pruned += found
        if found < batch:
            break
    if pruned:
        log.info("ledger_pruned", rows=pruned)
    return pruned


async def _prune_some(before: datetime, batch: int) -> int:
    async with transaction() as db:
        return len(list(await db.execute(_PRUNE, {"before": before, "batch": batch})))
