"""The short way in: acks and echoes of our own sends are most of the traffic and need one statement each, no job; a
message of a lead, known or new, needs two.

Each statement does everything or nothing: it keeps the raw event, climbs the status and counts; then the open
drawers are told. An echo whose message is unknown takes the long way instead: a person may have written it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app import notices
from app.conversations import arrivals, consent, strangers
from app.database import at_once, tell
from app.leads.erasures import is_late
from app.messages import steps
from app.messages.delivery import BELOW, overridden_by, times_reached
from app.messages.repository import RawRow
from app.telemetry import traces
from app.vocabulary import DeliveryStatus
from app.whatsapp.events import AckEvent, MessageEvent

NOT_DELIVERED = "WhatsApp reported that it could not deliver this message."

_RAW = """
with raw as (
  insert into raw_event (provider, session, sha256, body, headers, received_at, processed_at, kind, lead_id)
  select cast(:provider as varchar), cast(:session as varchar), cast(:sha256 as bytea), cast(:body as bytea),
    cast(:headers as jsonb), cast(:now as timestamptz), cast(:now as timestamptz), '{kind}',
    (select lead_id from message
      where session = cast(:session as varchar) and gateway_id = cast(:gateway_id as varchar))
  {condition}
  on conflict on constraint raw_event_once do nothing returning id, lead_id
),
before as materialized (
  select message.id, message.accepted_at, message.delivered_at from message, raw
   where message.session = cast(:session as varchar) and message.gateway_id = cast(:gateway_id as varchar)
    and message.direction = 'out' and message.status = any(cast(:below as varchar[])) for no key update of message
),
climbed as (
  update message set status = cast(:status as varchar), error = cast(:error as text), send_due_at = null, {times}
   from before where message.id = before.id
  returning {taken}, before.accepted_at is null as unaccepted, before.delivered_at is null as undelivered
),
{contact},
counted as (
  insert into ledger (kind, labels, lead_id, amount, at)
  select 'message_status', jsonb_build_object('session', cast(:session as varchar), 'message_type', climbed.kind,
    'status', step.status), climbed.lead_id, 1, cast(:at as timestamptz)
   from climbed cross join lateral (
     select cast(:status as varchar) as status
     union all select 'accepted' where cast(:status as varchar) = any(:past_accepted) and climbed.unaccepted
     union all select 'delivered' where cast(:status as varchar) = any(:past_delivered) and climbed.undelivered
   ) as step
)
"""
"""``before`` holds the row, so that of two reports at one instant the second sees what the first has changed; it tells
which steps nobody had reported: what was read was delivered too.
"""
_PAST_ACCEPTED = [status for status, below in BELOW.items() if DeliveryStatus.ACCEPTED in below]
_PAST_DELIVERED = [status for status, below in BELOW.items() if DeliveryStatus.DELIVERED in below]
_PARK = """, parked as (
  insert into pending_ack (session, gateway_id, status, at, received_at)
  select cast(:session as varchar), cast(:gateway_id as varchar), cast(:status as varchar), cast(:at as
    timestamptz), cast(:now as timestamptz) from raw where raw.lead_id is null
  on conflict on constraint pending_ack_once do nothing
)
"""
_FOUND = """
select raw.id as raw_id, raw.lead_id as of_lead, climbed.*, contact.first_inbound_at, contact.first_contact_at
from raw left join climbed on true left join contact on true
"""


@dataclass(frozen=True)
class Short:
    """What the short way came to: ``raw_id`` is None when the very same body was stored before."""

    raw_id: int | None
    lead_id: int | None
    duplicate: bool = False


async def ack(raw: RawRow, event: AckEvent, now: datetime) -> Short:
    """A message of ours went a step further; an ack that is ahead of its message is parked."""
    row = await _run(_ack_statement(event.status), raw, event, event.status, now=now)
    return Short(None, None, duplicate=True) if row is None else Short(row.raw_id, row.of_lead)


async def echo(raw: RawRow, event: MessageEvent, now: datetime) -> Short | None:
    """Our own send was seen in the chat: proof that the gateway took it. None when the message is not known."""
    row = await _run(_ECHO, raw, event, DeliveryStatus.ACCEPTED, now=now)
    if row is None:
        return None
    arrivals.seen_again(event)
    return Short(row.raw_id, row.of_lead)


async def _run(
    statement: sa.TextClause, raw: RawRow, event: AckEvent | MessageEvent, status: DeliveryStatus, *, now: datetime
) -> Any:
    at = event.occurred_at or now
    reached = steps.reached_at(at, now)
    values = {
        **raw.values,
        "gateway_id": event.message_id,
        "session": event.session,
        "status": status,
        "error": NOT_DELIVERED if status is DeliveryStatus.FAILED else None,
        "below": overridden_by(status),
        "at": at,
        "reached": reached,
        "now": now,
        "past_accepted": _PAST_ACCEPTED,
        "past_delivered": _PAST_DELIVERED,
    }
    rows = await at_once(statement, values)
    if not rows:
        return None
    if rows[0].id is not None:
        tell(notices.of_message(rows[0].id, rows[0].of_lead))
        traces.point_at(rows[0].trace)
        steps.measure(event.session, rows[0], reached)
    return rows[0]


@cache
def _ack_statement(status: DeliveryStatus) -> sa.TextClause:
    return sa.text(_climbing("ack", status) + _PARK + _FOUND)


def _climbing(kind: str, status: DeliveryStatus, condition: str = "") -> str:
    return _RAW.format(kind=kind, condition=condition, times=_times(status), taken=steps.TAKEN, contact=steps.CONTACT)


def _times(status: DeliveryStatus) -> str:
    columns = times_reached(status)
    return ", ".join(f"{column} = coalesce(message.{column}, cast(:at as timestamptz))" for column in columns)


_KNOWN = (
    "where exists (select 1 from message where session = cast(:session as varchar)"
    " and gateway_id = cast(:gateway_id as varchar))"
)
_ECHO = sa.text(_climbing("own_message", DeliveryStatus.ACCEPTED, _KNOWN) + _FOUND)


async def arrival(raw: RawRow, event: MessageEvent, now: datetime) -> Short | None:
    """A message of a stranger, or of a lead who is known by every address it carries. None when a person has to be
    made out first, or asks to be left alone.
    """
    if consent.is_stop_word(event.text):
        return None
    who = await _who(event)
    if who == _SOMEBODY or (who is None and is_late(event.occurred_at, now)):
        return None
    try:
        return await (_first_message(raw, event, now) if who is None else _message(raw, event, who, now))
    except IntegrityError:
        # The stranger came in, or the lead was merged into another, between two statements: the long way looks again.
        return None


async def _first_message(raw: RawRow, event: MessageEvent, now: datetime) -> Short:
    row = await strangers.welcome(raw, event, now)
    if row is None:
        return Short(None, None, duplicate=True)
    tell(*arrivals.notices_of(row.lead_id, row.message_id))
    arrivals.noted(event, row.lead_id, row.message_id)
    return Short(row.raw_id, row.lead_id)


async def _message(raw: RawRow, event: MessageEvent, lead_id: int, now: datetime) -> Short:
    values = {**arrivals.values_of(event, lead_id, now), **raw.values, "body": event.text, "raw_body": raw.body}
    rows = await at_once(arrivals.STORE_WITH_RAW, values)
    if not rows:
        return Short(None, lead_id, duplicate=True)
    if rows[0].message_id is not None:
        tell(*arrivals.notices_of(lead_id, rows[0].message_id))
    stored = arrivals.noted(event, lead_id, rows[0].message_id)
    return Short(rows[0].raw_id, lead_id, duplicate=stored.duplicate)


_WHO = sa.text(
    "select lead_id, count(*) as known from lead_identity where gateway = :gateway"
    " and (kind, value) in (select * from unnest(cast(:kinds as text[]), cast(:values as text[]))) group by lead_id"
)
_SOMEBODY = 0
"""No lead has this id: the addresses belong to more than one lead, or not all of them are known."""


async def _who(event: MessageEvent) -> int | None:
    """The lead with all of these addresses, None for a stranger, ``_SOMEBODY`` when it is not that simple."""
    identities = arrivals.identities_in(event.chat)
    values = {
        "gateway": event.provider,
        "kinds": [one.kind for one in identities],
        "values": [one.value for one in identities],
    }
    rows = await at_once(_WHO, values)
    if not rows:
        return None
    whole = len(rows) == 1 and rows[0].known == len(identities)
    return int(rows[0].lead_id) if whole else _SOMEBODY
