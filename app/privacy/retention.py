"""What is kept for a time only: the bodies of webhooks, which hold texts and numbers, and the traces of erasures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from app.clock import Clock
from app.database import at_once, transaction
from app.leads import erasures
from app.registry import use
from app.settings import Settings

log = structlog.get_logger(__name__)

BATCH = 1000
HASHES_KEPT = timedelta(days=30)
"""How long the row of an emptied body stays, so that its webhook would be known again. No gateway repeats one for so
long, and a message would be known by its own id even then."""

_BLANK = sa.text("""
update raw_event set body = '', headers = '{}'::jsonb, error = null, processed_at = coalesce(processed_at, :now),
  kind = coalesce(kind, 'expired')
where id in (select id from raw_event where received_at < :before and body <> '' order by received_at limit :batch)
returning id
""")


_DROP = sa.text("""
delete from raw_event
where id in (select id from raw_event where received_at < :before and body = '' order by received_at limit :batch)
returning id
""")


async def keep_house() -> int:
    """Empty the bodies that are older than the settings allow, and drop the rows of those emptied long ago; returns how
    many were emptied.
    """
    now = use(Clock).now()
    async with transaction() as db:
        await erasures.forget(db, now)
    if not use(Settings).raw_event_days:
        return 0
    limit = now - timedelta(days=use(Settings).raw_event_days)
    emptied = await _in_batches(_BLANK, {"now": now, "before": limit})
    dropped = await _in_batches(_DROP, {"before": limit - HASHES_KEPT})
    if emptied or dropped:
        log.info("raw_events_emptied", count=emptied, dropped=dropped)
    return emptied


async def _in_batches(statement: sa.TextClause, values: Mapping[str, datetime]) -> int:
    """A batch at a time: each is a transaction of its own, so that nobody waits for long."""
    done = 0
    while rows := await at_once(statement, {**values, "batch": BATCH}):
        done += len(rows)
    return done
