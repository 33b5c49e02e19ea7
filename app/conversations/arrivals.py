"""A message of a lead arrives: who is it, is it new, and does the agent owe an answer?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

import metrics.messages
from app import notices
from app.database import notify
from app.leads import erasures, ledger, merging
from app.leads import repository as leads
from app.leads.repository import Identity
from app.leads.search import searchable
from app.messages import repository as messages
from app.registry import use
from app.settings import Settings
from app.telemetry import traces
from app.vocabulary import Direction, MessageKind, SessionName
from app.whatsapp.address import Address, AddressKind
from app.whatsapp.events import MessageEvent, MessageType, Origin
from app.whatsapp.gateway import MediaRef

OLDER_TRACES = 7 * len("00-0123456789abcdef0123456789abcdef-0123456789abcdef-01 ") - 1
"""Letters of ``turn_trace`` that are kept when a further message comes: a burst points at eight messages at most."""
_KINDS = {
    MessageType.INTERACTIVE_REPLY: MessageKind.TEXT,
    MessageType.UNSUPPORTED: MessageKind.OTHER,
}


@dataclass(frozen=True)
class Arrival:
    """The rows that a message led to."""

    lead_id: int
    message_id: int | None
    duplicate: bool = False


async def arrive(db: AsyncSession, event: MessageEvent, now: datetime) -> Arrival:
    """Store a lead's message and, when the agent owns the chat, the turn that is due for it."""
    lead_id = await lead_of(db, event, now)
    rows = list(await db.execute(STORE, values_of(event, lead_id, now)))
    if rows:
        notify(db, *notices_of(lead_id, rows[0].message_id))
    return noted(event, lead_id, rows[0].message_id if rows else None)


def notices_of(lead_id: int, message_id: int) -> tuple[str, str]:
    """What a message of a lead changes: its card, and its chat."""
    return notices.of_lead(lead_id), notices.of_message(message_id, lead_id)


def noted(event: MessageEvent, lead_id: int, message_id: int | None) -> Arrival:
    """Count a message that came in; one that was there already is a duplicate."""
    if message_id is None:
        metrics.messages.duplicate(event.session, Direction.IN)
        return Arrival(lead_id, None, duplicate=True)
    metrics.messages.received(event.session, kind_of(event.type))
    return Arrival(lead_id, message_id)


def seen_again(event: MessageEvent) -> None:
    """Count a message of ours that was stored before. Of what we sent ourselves it is the echo, and no duplicate."""
    if event.origin is not Origin.API:
        metrics.messages.duplicate(event.session, Direction.OUT)


async def lead_of(db: AsyncSession, event: MessageEvent, now: datetime) -> int:
    """The lead behind a chat; a stranger becomes a lead, and two records of one person become one."""
    identities = identities_in(event.chat)
    found = await leads.find(db, event.provider, identities)
    if not found:
        await leads.guard_creation(db, event.provider, identities)
        found = await leads.find(db, event.provider, identities)
    if not found:
        return await _welcome(db, event, identities, now)
    if len(found) > 1:
        await merging.merge(db, keep=found[0], gone=found[1:], now=now)
    if len(identities) > 1:
        await leads.add_identities(db, found[0], event.provider, identities)
    return found[0]


async def _welcome(db: AsyncSession, event: MessageEvent, identities: list[Identity], now: datetime) -> int:
    name = (event.push_name or "").strip() if event.direction == "in" else ""
    phone = event.chat.phone
    lead_id = await leads.create(db, now=now, name=name, search=searchable(name, phone))
    await leads.first_identities(db, lead_id, event.provider, identities)
    ledger.record(db, ledger.Kind.LEAD_CREATED, lead_id=lead_id, source="whatsapp")
    return lead_id


async def was_erased(db: AsyncSession, event: MessageEvent, now: datetime) -> bool:
    """Whether the message comes from before an erasure: out of the history, after a long way, or as the echo of a send
    that was on its way when the lead was erased.
    """
    at = event.occurred_at or now
    ours = event.origin is Origin.API
    if not ours and not erasures.is_late(at, now):
        return False
    since = at - erasures.ON_ITS_WAY if ours else at
    return await erasures.covers(db, event.provider, identities_in(event.chat), since)


def identities_in(address: Address) -> list[Identity]:
    """The addresses that one chat address stands for: a lid may carry its phone."""
    identities = [Identity(address.kind, address.value)]
    if address.phone and address.kind is not AddressKind.PHONE:
        identities.append(Identity(AddressKind.PHONE, address.phone))
    return identities


def kind_of(kind: MessageType) -> MessageKind:
    """The stored kind of a gateway's kind."""
    return _KINDS[kind] if kind in _KINDS else MessageKind(kind.value)


def media_row(media: MediaRef | None) -> dict[str, Any] | None:
    """Where a message's file can be had, as JSON."""
    if media is None:
        return None
    return {"url": media.url, "mime_type": media.mime_type, "filename": media.filename, "error": media.error}


_STORE = """
added as (
  insert into message (lead_id, session, direction, author, kind, body, media, gateway_id, reply_to, past_answering,
    status, at, created_at)
  select cast(:lead_id as bigint), cast(:session as varchar), 'in', 'lead', cast(:kind as varchar), cast(:body as text),
    cast(:media as jsonb), cast(:gateway_id as varchar), cast(:reply_to as varchar), :past, 'received',
    cast(:at as timestamptz), cast(:now as timestamptz) {source}
  on conflict (session, gateway_id) where gateway_id is not null do nothing returning id
),
touched as (
  update lead set
    preview = :preview, preview_author = 'lead', preview_kind = :kind, unread = unread + 1, version = version + 1,
    last_session = :session, last_inbound_id = added.id, last_inbound_at = :now, abandon_due_at = null,
    first_inbound_at = coalesce(first_inbound_at, :now), updated_at = :now,
    name = case when name = '' then :name else name end,
    search = case when name = '' and :name <> '' then trim(search || ' ' || :folded) else search end,
    automation = case when :pauses and automation = 'agent' then 'human' else automation end,
    first_unanswered_at = case when :past then first_unanswered_at else coalesce(first_unanswered_at, :now) end,
    turn_due_at = case when automation = 'agent' and :answerable
      then least(coalesce(first_unanswered_at, cast(:now as timestamptz)) + :longest, cast(:now as timestamptz) +
        :quiet)
      when :pauses then null else turn_due_at end,
    turn_trace = nullif(concat_ws(' ', cast(:trace as text),
      case when turn_due_at is not null then left(turn_trace, :traces) end), ''),
    waiting_since = case when automation <> 'off' and (automation = 'human' or :pauses or not :answerable)
      then coalesce(waiting_since, :now) else waiting_since end,
    due_at = case when automation <> 'off' and (automation = 'human' or :pauses or not :answerable)
      then coalesce(due_at, cast(:now as timestamptz) + case temperature when 'HOT' then cast(:hot as interval)
        when 'WARM' then cast(:warm as interval) else cast(:cold as interval) end) else due_at end
  from added where lead.id = :lead_id
),
counted as (
  insert into ledger (kind, labels, lead_id, amount, at)
  select 'message_persisted', jsonb_build_object('session', cast(:session as varchar), 'direction', 'in'),
    cast(:lead_id as bigint), 1, cast(:now as timestamptz) from added
)
select {what} added.id as message_id from {origin}
"""
STORE = sa.text("with " + _STORE.format(source="", what="", origin="added"))
"""The message, the lead's card and due turn, and the count: one round trip, no row when it was there
already."""

STORE_WITH_RAW = sa.text(
    """
with raw as (
  insert into raw_event (provider, session, sha256, body, headers, received_at, processed_at, kind, lead_id)
  select :provider, cast(:session as varchar), :sha256, :raw_body, cast(:headers as jsonb), cast(:now as timestamptz),
    cast(:now as timestamptz), 'message', cast(:lead_id as bigint)
  on conflict on constraint raw_event_once do nothing returning id
),
"""
    + _STORE.format(source="from raw", what="raw.id as raw_id,", origin="raw left join added on true")
)
"""The same with the raw event in front of it: no row when the very same body was stored before."""


def is_past_answering(event: MessageEvent, now: datetime) -> bool:
    """Whether a message is so old when it comes that a person should look at it, not the agent."""
    return now - (event.occurred_at or now) > timedelta(minutes=use(Settings).backlog_minutes)


def values_of(event: MessageEvent, lead_id: int, now: datetime) -> dict[str, Any]:
    """What the statements above need to know."""
    settings = use(Settings)
    past = is_past_answering(event, now)
    on_agent = event.session == SessionName.AGENT
    name = (event.push_name or "").strip()
    media = media_row(event.media)
    return {
        "lead_id": lead_id,
        "session": event.session,
        "kind": kind_of(event.type),
        "body": event.text,
        "media": None if media is None else json.dumps(media),
        "gateway_id": event.message_id,
        "reply_to": event.reply_to,
        "at": event.occurred_at or now,
        "past": past,
        "preview": messages.preview_of(event.text),
        "name": name,
        "folded": searchable(name),
        "now": now,
        "answerable": on_agent and not past,
        "pauses": not on_agent,
        "longest": timedelta(seconds=settings.longest_wait_seconds),
        "quiet": timedelta(seconds=settings.quiet_seconds),
        "hot": timedelta(minutes=settings.sla_hot_minutes),
        "warm": timedelta(minutes=settings.sla_warm_minutes),
        "cold": timedelta(minutes=settings.sla_cold_minutes),
        "trace": traces.traceparent(),
        "traces": OLDER_TRACES,
    }


def tell_lead(db: AsyncSession, lead_id: int) -> None:
    """Tell the boards, when this is committed, that a card changed."""
    notify(db, notices.of_lead(lead_id))


def tell_message(db: AsyncSession, lead_id: int, message_id: int) -> None:
    """Tell the open drawers, when this is committed, that a chat changed."""
    notify(db, notices.of_message(message_id, lead_id))
