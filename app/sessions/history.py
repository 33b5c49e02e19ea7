"""Close the gap after an outage: what the chats hold and no webhook brought is merged in, and counted."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from app.clock import Clock
from app.conversations import intake
from app.database import transaction
from app.leads import ledger
from app.registry import use
from app.vocabulary import SessionName
from app.whatsapp.errors import GatewayError
from app.whatsapp.events import AckEvent, MessageDirection, MessageEvent
from app.whatsapp.gateway import Gateway, SessionRef

log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(hours=6)
"""How far back the gap of an outage is looked for; the regular look goes as far as the last few."""
REGULAR_LOOK = timedelta(minutes=15)
SETTLE = timedelta(seconds=60)
"""Younger messages may still be on their way as webhooks; counting them as found later would be false."""


async def merge_all() -> int:
    """Merge the history of both sessions; returns how many messages no webhook had brought."""
    return sum([await merge(name, look_back=REGULAR_LOOK) for name in SessionName])


async def merge(name: SessionName, *, look_back: timedelta = LOOK_BACK) -> int:
    """Handle every message of the recent history that is not stored yet, as if its webhook had come."""
    gateway = use(Gateway)
    if not gateway.capabilities().history:
        return 0
    now = use(Clock).now()
    found, read = 0, True
    try:
        async for event in gateway.history(SessionRef(name), since=now - look_back):
            found += await _merge_one(event, now)
    except GatewayError as error:
        read = False
        log.warning("history_not_read", session=name, error=error.code)
    if found:
        log.warning("history_gap_closed", session=name, messages=found)
    if read:
        await _compared(name, found, now)
    return found


_COMPARED = sa.text("update session_state set reconciled_at = :now, missing = :missing where name = :name")


async def _compared(name: SessionName, missing: int, now: datetime) -> None:
    """Remember that the whole look succeeded, and what it found."""
    async with transaction() as db:
        await db.execute(_COMPARED, {"name": name, "missing": missing, "now": now})


async def _merge_one(event: MessageEvent | AckEvent, now: datetime) -> int:
    if isinstance(event, AckEvent):
        async with transaction() as db:
            await intake.acknowledged(db, event, now)
        return 0
    if event.occurred_at is None or event.occurred_at > now - SETTLE:
        return 0
    async with transaction() as db:
        handled = await intake.handle(db, [event], now)
        if handled.duplicate or event.direction is MessageDirection.OUT:
            return 0
        ledger.record(
            db,
            ledger.Kind.MESSAGE_RECOVERED,
            lead_id=handled.lead_id,
            session=event.session,
            direction="in",
        )
    return 1
