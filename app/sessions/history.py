"""Close the gap after an outage: what the chats hold and the webhooks did not bring is merged in, and counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
import structlog

from app.clock import Clock
from app.conversations import intake
from app.database import at_once, transaction
from app.jobs.due import AWAY
from app.leads import ledger
from app.messages.delivery import overridden_by
from app.registry import use
from app.vocabulary import DeliveryStatus
from app.whatsapp.errors import GatewayError
from app.whatsapp.events import AckEvent, MessageDirection, MessageEvent
from app.whatsapp.gateway import Gateway, SessionRef

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=5)
LOOK_BACK = timedelta(hours=6)
"""How far back the first look at a session goes, and each look soon after its return."""
SYNCING = timedelta(minutes=10)
"""So long after its return a gateway may still be filling its chats with what it missed."""
LONGEST_LOOK = timedelta(days=3)
"""After a longer outage the rest is left to the phone: the traces of erasures are kept for a week only."""
OVERLAP = timedelta(minutes=10)
SETTLE = timedelta(seconds=60)
"""Younger messages may still be on their way as webhooks; to take them from here would call them late."""
BATCH = 200

_UNCONFIRMED = (DeliveryStatus.QUEUED, DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN)

_DUE = sa.text("""
select name, since, reconciled_at from session_state where status = 'ready'
  and (reconciled_at is null or reconciled_at < since or reconciled_at <= :before) order by name
""")


async def merge_due() -> int:
    """Compare the sessions that are ready and were not compared for five minutes, or not since they came back; returns
    how many messages were missing.
    """
    if not use(Gateway).capabilities().history:
        return 0
    now = use(Clock).now()
    due = await at_once(_DUE, {"before": now - EVERY})
    return sum([await merge(row.name, since=_beginning(row.since, row.reconciled_at, now)) for row in due])


def _beginning(ready_since: datetime, compared_at: datetime | None, now: datetime) -> datetime:
    """Where a look begins: shortly before the last one that succeeded, earlier when the session has just come back."""
    begin = now - LOOK_BACK if compared_at is None else compared_at - OVERLAP
    if now - ready_since < SYNCING:
        begin = min(begin, now - LOOK_BACK)
    return max(begin, now - LONGEST_LOOK)


async def merge(name: str, *, since: datetime) -> int:
    """Handle every message of a session's chats that is not stored yet, as if its webhook had come; returns how many
    there were. Only a look that saw and kept everything counts as a comparison.
    """
    now = use(Clock).now()
    look = _Look(name, now)
    try:
        async for batch in _batches(use(Gateway).history(SessionRef(name), since=since)):
            await look.take(batch)
    except GatewayError as error:
        look.whole = False
        log.warning("history_not_read", session=name, error=error.code)
    if look.found:
        log.warning("history_gap_closed", session=name, messages=look.found)
    if look.whole:
        await at_once(_COMPARED, {"name": name, "missing": look.found, "now": now})
    return look.found


_COMPARED = sa.text(
    "update session_state set reconciled_at = :now, missing = :missing where name = :name returning name"
)
_KNOWN = sa.text(
    "select gateway_id, status from message where session = :session and gateway_id is not null"
    " and gateway_id = any(cast(:ids as varchar[]))"
)


class _Look:
    """One reading of a session's chats."""

    def __init__(self, session: str, now: datetime) -> None:
        self.session, self.now = session, now
        self.found, self.whole = 0, True

    async def take(self, batch: Sequence[MessageEvent | AckEvent]) -> None:
        """Merge what is news among these; almost always that is nothing, and one query says so."""
        ids = sorted({event.message_id for event in batch})
        rows = await at_once(_KNOWN, {"session": self.session, "ids": ids})
        known: dict[str, str] = {row.gateway_id: row.status for row in rows}
        for event in batch:
            if _is_news(event, known, self.now):
                await self._merge(event)

    async def _merge(self, event: MessageEvent | AckEvent) -> None:
        """One message that cannot be handled, whatever it is, holds up nothing: the next look tries it again."""
        try:
            self.found += await intake.past_a_race(partial(_handle, event, self.now))
        except AWAY:
            raise
        except Exception as error:
            self.whole = False
            log.exception("history_not_handled", session=self.session, error=type(error).__name__)


def _is_news(event: MessageEvent | AckEvent, known: Mapping[str, str], now: datetime) -> bool:
    status = known.get(event.message_id)
    if isinstance(event, AckEvent):
        return status is None or status in overridden_by(event.status)
    if status is not None:
        return event.direction is MessageDirection.OUT and status in _UNCONFIRMED
    return event.occurred_at is not None and event.occurred_at <= now - SETTLE


async def _handle(event: MessageEvent | AckEvent, now: datetime) -> bool:
    """Whether this was a message that nobody had brought."""
    async with transaction() as db:
        if isinstance(event, AckEvent):
            await intake.acknowledged(db, event, now)
            return False
        handled = await intake.handle(db, [event], now)
        if handled.message_id is None:
            return False
        ledger.record(
            db,
            ledger.Kind.MESSAGE_RECOVERED,
            lead_id=handled.lead_id,
            session=event.session,
            direction=event.direction.value,
        )
    return True


async def _batches(
    events: AsyncIterator[MessageEvent | AckEvent],
) -> AsyncIterator[list[MessageEvent | AckEvent]]:
    batch: list[MessageEvent | AckEvent] = []
    async for event in events:
        batch.append(event)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
