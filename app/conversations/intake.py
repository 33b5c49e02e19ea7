"""From a signed webhook to stored rows: one transaction, and only then does the gateway get its 200.

Raw first: the body is stored before anything is understood, and ``leadline replay`` can handle it again after a fix.
The same body, the same message under another event id, or both at one instant change nothing twice: each step is an
insert that the database refuses to repeat.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Protocol, TypeVar

import psycopg
import sqlalchemy.exc
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

import metrics.messages
from app.clock import Clock
from app.conversations import arrivals, consent, echoes, short_way
from app.database import transaction
from app.errors import RetryLater
from app.messages import repository as messages
from app.messages.repository import RawRow
from app.registry import use
from app.telemetry import about_lead, annotate
from app.vocabulary import DeliveryStatus
from app.whatsapp.errors import SignatureError
from app.whatsapp.events import (
    AckEvent,
    DroppedEvent,
    EditedEvent,
    Event,
    MessageDirection,
    MessageEvent,
    ReactionEvent,
    RevokedEvent,
    SessionStatusEvent,
    UnknownEvent,
)
from app.whatsapp.gateway import Gateway, SessionRef

log = structlog.get_logger(__name__)
_T = TypeVar("_T")

KEPT_HEADERS = frozenset({"x-webhook-request-id", "x-webhook-timestamp", "content-type", "user-agent"})


class Outcome(StrEnum):
    """What became of a webhook; each is answered 200."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    UNPARSEABLE = "unparseable"


@dataclass(frozen=True)
class IntakeResult:
    """What became of a webhook, and the rows it led to."""

    outcome: Outcome
    raw_event_id: int | None = None
    lead_id: int | None = None


class SessionWatch(Protocol):
    """Whoever keeps the state of the sessions; told inside the transaction of the webhook."""

    async def noted(self, db: AsyncSession, event: SessionStatusEvent, now: datetime) -> None:
        """A session said in which state it is."""
        ...


@dataclass
class Handled:
    """What handling the events of one webhook came to."""

    kind: str = "none"
    lead_id: int | None = None
    message_id: int | None = None
    """The message that was stored; None when this one was there already, or is none."""
    duplicate: bool = False
    erased: bool = False
    unknown: bool = False
    error: str | None = None


async def receive(provider: str, session: str, raw: bytes, headers: Mapping[str, str]) -> IntakeResult:
    """Verify, store, understand and commit one webhook.

    Raises SignatureError (stores nothing) and RetryLater when the database cannot take it, so that the gateway
    tries again.
    """
    gateway = use(Gateway)
    try:
        reference = SessionRef(session)
        gateway.verify(reference, raw, headers)
    except SignatureError:
        metrics.messages.webhook(_label(session), "refused")
        raise
    except ValueError as error:
        raise SignatureError from error
    try:
        result = await _store(RawRow(provider, session, raw, _kept(headers)), reference, headers)
    except (sqlalchemy.exc.OperationalError, sqlalchemy.exc.TimeoutError, psycopg.OperationalError) as error:
        metrics.messages.webhook(_label(session), "failed")
        raise RetryLater("The database cannot take this message right now.") from error
    metrics.messages.webhook(_label(session), result.outcome)
    about_lead(result.lead_id)
    annotate({"leadline.webhook.outcome": result.outcome.value, "messaging.system": "whatsapp"})
    return result


async def _store(raw: RawRow, session: SessionRef, headers: Mapping[str, str]) -> IntakeResult:
    events = use(Gateway).parse(session, raw.body, headers)
    try:
        return await _understood(raw, events)
    except (sqlalchemy.exc.OperationalError, sqlalchemy.exc.TimeoutError):
        raise
    except Exception as error:
        log.exception("webhook_not_handled", session=session.name, error=type(error).__name__)
        return await _keep_unhandled(raw, type(error).__name__)


async def _understood(raw: RawRow, events: list[Event]) -> IntakeResult:
    """The short way, else the long one."""

    async def either() -> IntakeResult:
        return await _short(raw, events) or await _long(raw, events)

    return await past_a_race(either, again=partial(_long, raw, events))


async def past_a_race(attempt: Callable[[], Awaitable[_T]], *, again: Callable[[], Awaitable[_T]] | None = None) -> _T:
    """Try a transaction once more, or ``again`` in its place, that the database refused: the race that it lost, for an
    address or a message that somebody else stored at this moment, is over then. Raises what the second attempt raises.
    """
    try:
        return await attempt()
    except sqlalchemy.exc.IntegrityError:
        return await (again or attempt)()


async def _short(raw: RawRow, events: list[Event]) -> IntakeResult | None:
    """Acks, echoes of our own sends, and messages of known leads; None when this webhook is something else."""
    now = use(Clock).now()
    match events:
        case [AckEvent() as event]:
            done = await short_way.ack(raw, event, now)
        case [MessageEvent(direction=MessageDirection.OUT) as event]:
            done = await short_way.echo(raw, event, now)
        case [MessageEvent() as event]:
            done = await short_way.arrival(raw, event, now)
        case _:
            return None
    if done is None:
        return None
    outcome = Outcome.DUPLICATE if done.duplicate else Outcome.STORED
    return IntakeResult(outcome, done.raw_id, done.lead_id)


async def _long(raw: RawRow, events: list[Event]) -> IntakeResult:
    now = use(Clock).now()
    async with transaction() as db:
        raw_id = await messages.keep_raw(db, raw, now)
        if raw_id is None:
            return IntakeResult(Outcome.DUPLICATE)
        handled = await handle(db, events, now)
        await messages.raw_done(db, raw_id, kind=handled.kind, lead_id=handled.lead_id, error=handled.error, now=now)
        if handled.erased:
            await messages.empty_raw(db, raw_id)
    return IntakeResult(_outcome(handled), raw_id, handled.lead_id)


async def _keep_unhandled(raw: RawRow, error: str) -> IntakeResult:
    async with transaction() as db:
        now = use(Clock).now()
        raw_id = await messages.keep_raw(db, raw, now)
        if raw_id is not None:
            await messages.raw_done(db, raw_id, kind=None, error=error, now=now)
    return IntakeResult(Outcome.UNPARSEABLE, raw_id)


async def handle(db: AsyncSession, events: list[Event], now: datetime) -> Handled:
    """Handle every event of a webhook, in its order, in the caller's transaction."""
    handled = Handled()
    for event in events:
        if isinstance(event, MessageEvent) and await arrivals.was_erased(db, event, now):
            handled.kind, handled.duplicate, handled.erased = "erased", True, True
        else:
            await _handle_one(db, event, now, handled)
    return handled


async def _handle_one(db: AsyncSession, event: Event, now: datetime, handled: Handled) -> None:
    match event:
        case MessageEvent(direction=MessageDirection.IN):
            handled.kind = "message"
            arrived = await arrivals.arrive(db, event, now)
            handled.lead_id, handled.duplicate = arrived.lead_id, arrived.duplicate
            handled.message_id = arrived.message_id
            if arrived.message_id is not None:
                left = arrivals.is_past_answering(event, now)
                await consent.heed(
                    db, arrived.lead_id, event.text, message_id=arrived.message_id, left_by_agent=left, now=now
                )
        case MessageEvent():
            handled.kind = "own_message"
            sent = await echoes.own_message(db, event, now)
            handled.lead_id, handled.message_id = sent.lead_id, sent.message_id
        case AckEvent():
            handled.kind = "ack"
            handled.lead_id = await acknowledged(db, event, now)
        case SessionStatusEvent():
            handled.kind = "session"
            await use(SessionWatch).noted(db, event, now)
        case EditedEvent() | RevokedEvent():
            handled.kind = "change"
            handled.lead_id = await echoes.changed(db, event, now)
        case ReactionEvent():
            handled.kind = "reaction"
        case DroppedEvent():
            handled.kind = "dropped"
        case UnknownEvent():
            handled.kind, handled.unknown, handled.error = "unknown", True, f"unknown:{event.reason}"


async def acknowledged(db: AsyncSession, event: AckEvent, now: datetime) -> int | None:
    """A message of ours went a step further; an ack that is ahead of its message waits for it."""
    status = DeliveryStatus(event.status.value)
    at = event.occurred_at or now
    climbed = await messages.climb(
        db, session=event.session, gateway_id=event.message_id, status=status, at=at, now=now, error=_reason(status)
    )
    if climbed is None:
        await messages.park_ack(db, session=event.session, gateway_id=event.message_id, status=status, at=at, now=now)
        return None
    arrivals.tell_message(db, climbed.lead_id, climbed.message_id)
    return climbed.lead_id


def _reason(status: DeliveryStatus) -> str | None:
    return short_way.NOT_DELIVERED if status is DeliveryStatus.FAILED else None


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers worth storing: none of them is a secret."""
    return {name.lower(): value[:200] for name, value in headers.items() if name.lower() in KEPT_HEADERS}


def _outcome(handled: Handled) -> Outcome:
    if handled.unknown:
        return Outcome.UNPARSEABLE
    if handled.duplicate:
        return Outcome.DUPLICATE
    return Outcome.IGNORED if handled.kind in {"none", "dropped", "reaction"} else Outcome.STORED


def _label(session: str) -> str:
    return session if session in {"agent", "consultant"} else "other"
