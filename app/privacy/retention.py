"""What is kept for a time only: the bodies of webhooks, which hold texts and numbers, and the traces of erasures."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
import structlog

from app.clock import Clock
from app.database import at_once, transaction
from app.leads import erasures
from app.registry import use
from app.settings import Settings

log = structlog.get_logger(__name__)

BATCH = 1000

_BLANK = sa.text("""
update raw_event set body = '', headers = '{}'::jsonb, error = null, processed_at = coalesce(processed_at, :now),
  kind = coalesce(kind, 'expired')
where id in (select id from raw_event where received_at < :before and body <> '' order by received_at limit :batch)
returning id
""")


async def keep_house() -> int:
    """Empty the bodies that are older than the settings allow; returns how many there were."""
    now = use(Clock).now()
    async with transaction() as db:
        await erasures.forget(db, now)
    emptied = await _empty_bodies() if use(Settings).raw_event_days else 0
    if emptied:
        log.info("raw_events_emptied", count=emptied)
    return emptied


async def _empty_bodies() -> int:
    """A batch at a time: each is a transaction of its own, so that nobody waits for long."""
    now = use(Clock).now()
    values = {"now": now, "before": now - timedelta(days=use(Settings).raw_event_days), "batch": BATCH}
    emptied = 0
    while rows := await at_once(_BLANK, values):
        emptied += len(rows)
    return emptied
