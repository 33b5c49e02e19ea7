"""SQL about raw events, messages and acks, in as few round trips as the webhook path can do with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.database import once_committed
from app.leads import ledger
from app.messages.delivery import BELOW, overridden_by, times_reached
from app.messages.models import Message
from app.messages.steps import CONTACT, TAKEN, measure, reached_at
from app.vocabulary import Author, DeliveryStatus, Direction, MessageKind

PREVIEW_LENGTH = 160

_KEEP_RAW = sa.text(
    "insert into raw_event (provider, session, sha256, body, headers, received_at)"
    " values (:provider, :session, :sha256, :body, cast(:headers as jsonb), :now)"
    " on conflict on constraint raw_event_once do nothing returning id"
)
_RAW_DONE = sa.text(
    "update raw_event set processed_at = :now, kind = :kind, lead_id = :lead_id, error = :error where id = :id"
)


@dataclass(frozen=True)
class RawRow:
    """A webhook as it came, ready to be stored. The body does not show in ``repr``."""

    provider: str
    session: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @cached_property
    def values(self) -> dict[str, Any]:
        """The columns of the row."""
        return {
            "provider": self.provider,
            "session": self.session[:64],
            "sha256": hashlib.sha256(self.body).digest(),
            "body": self.body,
            "headers": json.dumps(dict(self.headers)),
        }


async def keep_raw(db: AsyncSession, raw: RawRow, now: datetime) -> int | None:
    """Store a webhook as it came; None when the very same body was stored before."""
    return (await db.execute(_KEEP_RAW, {**raw.values, "now": now})).scalar_one_or_none()


async def raw_done(
    db: AsyncSession,
    raw_id: int,
    *,
    kind: str | None,
    now: datetime | None,
    lead_id: int | None = None,
    error: str | None = None,
) -> None:
    """Say what came of a raw event; with an error it stays open for ``leadline replay``."""
    await db.execute(
        _RAW_DONE,
        {"id": raw_id, "kind": kind, "lead_id": lead_id, "error": error, "now": None if error else now},
    )


_EMPTY_RAW = sa.text("update raw_event set body = '', headers = '{}'::jsonb where id = :id")


async def empty_raw(db: AsyncSession, raw_id: int) -> None:
    """Keep of a raw event only that it came: what it says was erased before."""
    await db.execute(_EMPTY_RAW, {"id": raw_id})


@dataclass(frozen=True)
class Arrived:
    """A message as it goes into the table; ``at`` is the gateway's time of it."""

    lead_id: int
    session: str
    direction: Direction
    author: Author
    kind: MessageKind
    body: str
    gateway_id: str | None
    status: DeliveryStatus
    at: datetime
    media: dict[str, Any] | None = None
    reply_to: str | None = None


_ADD = sa.text(
    "insert into message (lead_id, session, direction, author, kind, body, media, gateway_id, reply_to, status, at,"
    " accepted_at) values (:lead_id, :session, :direction, :author, :kind, :body, cast(:media as jsonb), :gateway_id,"
    " :reply_to, cast(:status as varchar), cast(:at as timestamptz),"
    " case when cast(:status as varchar) = 'accepted' then cast(:at as timestamptz) end)"
    " on conflict (session, gateway_id) where gateway_id is not null do nothing returning id"
)


async def add(db: AsyncSession, message: Arrived) -> int | None:
    """Store a message; None when a message with this gateway id is there already."""
    values = {**message.__dict__, "media": None if message.media is None else json.dumps(message.media)}
    return (await db.execute(_ADD, values)).scalar_one_or_none()


async def by_gateway_id(db: AsyncSession, session: str, gateway_id: str, *, lock: bool = False) -> Message | None:
    """The message with this id of the gateway, locked if asked."""
    query = sa.select(Message).where(col(Message.session) == session, col(Message.gateway_id) == gateway_id)
    if lock:
        query = query.with_for_update(key_share=True)
    return (await db.execute(query)).scalar_one_or_none()


@dataclass(frozen=True)
class Climbed:
    """A message that reached a new status."""

    message_id: int
    lead_id: int


@cache
def _climb_statement(status: DeliveryStatus) -> sa.TextClause:
    times = ", ".join(f"{column} = coalesce(message.{column}, :at)" for column in times_reached(status))
    return sa.text(f"""
with before as materialized (
  select id, accepted_at, delivered_at from message where session = :session and gateway_id = :gateway_id
    and direction = 'out' and status = any(:below) for no key update
),
climbed as (
  update message set status = :status, error = :error, send_due_at = null, {times} from before
   where message.id = before.id
  returning {TAKEN}, before.accepted_at is null as unaccepted, before.delivered_at is null as undelivered
),
{CONTACT}
select climbed.*, contact.first_inbound_at, contact.first_contact_at from climbed left join contact on true
""")  # noqa: S608 - columns come from a constant table


async def climb(
    db: AsyncSession,
    *,
    session: str,
    gateway_id: str,
    status: DeliveryStatus,
    at: datetime,
    now: datetime,
    error: str | None = None,
) -> Climbed | None:
    """Let a message out rise to ``status``, count the step and measure it once it is committed; None when it is not
    there or stands higher already. ``at`` is the gateway's time of it.
    """
    reached = reached_at(at, now)
    values = {
        "reached": reached,
        "session": session,
        "gateway_id": gateway_id,
        "status": status,
        "at": at,
        "error": error,
        "below": overridden_by(status),
    }
    row = (await db.execute(_climb_statement(status), values)).one_or_none()
    if row is None:
        return None
    for step in _steps(status, row):
        ledger.record(
            db,
            ledger.Kind.MESSAGE_STATUS,
            lead_id=row.lead_id,
            at=at,
            session=session,
            message_type=str(row.kind),
            status=step.value,
        )
    once_committed(db, lambda: measure(session, row, reached))
    return Climbed(row.id, row.lead_id)


def _steps(status: DeliveryStatus, row: Any) -> Iterator[DeliveryStatus]:
    """The steps that count: what was read was delivered and accepted too, even when nobody said so."""
    if row.unaccepted and DeliveryStatus.ACCEPTED in BELOW.get(status, ()):
        yield DeliveryStatus.ACCEPTED
    if row.undelivered and DeliveryStatus.DELIVERED in BELOW.get(status, ()):
        yield DeliveryStatus.DELIVERED
    yield status


_PARK = sa.text(
    "insert into pending_ack (session, gateway_id, status, at, received_at)"
    " select cast(:session as varchar), cast(:gateway_id as varchar), cast(:status as varchar), :at, :now"
    " where not exists (select 1 from message where session = cast(:session as varchar)"
    " and gateway_id = cast(:gateway_id as varchar))"
    " on conflict on constraint pending_ack_once do nothing returning id"
)
_TAKE_PARKED = sa.text(
    "delete from pending_ack where session = :session and gateway_id = :gateway_id returning status, at"
)
_DROP_PARKED = sa.text("delete from pending_ack where received_at < :before")


async def park_ack(
    db: AsyncSession, *, session: str, gateway_id: str, status: DeliveryStatus, at: datetime, now: datetime
) -> bool:
    """Keep an ack whose message is unknown so far; False when the message exists after all."""
    values = {"session": session, "gateway_id": gateway_id, "status": status, "at": at, "now": now}
    return (await db.execute(_PARK, values)).scalar_one_or_none() is not None


async def apply_parked(db: AsyncSession, session: str, gateway_id: str, now: datetime) -> list[Climbed]:
    """Apply the acks that came before their message did."""
    rows = list(await db.execute(_TAKE_PARKED, {"session": session, "gateway_id": gateway_id}))
    climbed = [
        await climb(db, session=session, gateway_id=gateway_id, status=DeliveryStatus(status), at=at, now=now)
        for status, at in rows
    ]
    return [one for one in climbed if one is not None]


async def drop_parked(db: AsyncSession, *, before: datetime) -> int:
    """Forget acks that nobody claimed; returns how many."""
    return int(getattr(await db.execute(_DROP_PARKED, {"before": before}), "rowcount", 0))


def preview_of(body: str) -> str:
    """The one line that a card shows of a message."""
    return " ".join(body.split())[:PREVIEW_LENGTH]
