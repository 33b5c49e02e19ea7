"""Handle stored webhooks again after a fix: what could not be understood or handled gets another chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog

from app.clock import Clock
from app.conversations import intake
from app.database import reading, transaction
from app.messages import repository as messages
from app.registry import use
from app.whatsapp.gateway import Gateway, SessionRef

log = structlog.get_logger(__name__)

_OPEN = sa.text(
    "select id, session, body, headers from raw_event where error is not null and id > :after order by id limit 100"
)


@dataclass
class Summary:
    """How many stored events were handled now, and how many failed again."""

    handled: int = 0
    failed: int = 0


async def replay() -> Summary:
    """Go through the open raw events, oldest first, each in its own transaction. Repeating it is harmless."""
    summary, after = Summary(), 0
    while rows := await _open(after):
        for row in rows:
            after = row.id
            await _again(row, summary)
    return summary


async def _open(after: int) -> Sequence[Any]:
    async with reading() as db:
        return list(await db.execute(_OPEN, {"after": after}))


async def _again(row: Any, summary: Summary) -> None:
    now = use(Clock).now()
    events = use(Gateway).parse(SessionRef(row.session), bytes(row.body), row.headers)

    async def handle() -> intake.Handled:
        async with transaction() as db:
            handled = await intake.handle(db, events, now)
            await messages.raw_done(
                db, row.id, kind=handled.kind, lead_id=handled.lead_id, error=handled.error, now=now
            )
        return handled

    try:
        handled = await intake.past_a_race(handle)
    except Exception as error:  # noqa: BLE001 - one event that fails must not keep the others from their chance
        log.warning("replay_failed", raw_event_id=row.id, error=type(error).__name__)
        summary.failed += 1
        return
    if handled.error:
        summary.failed += 1
    else:
        summary.handled += 1
