"""Messages that went out: our own sends seen again, and what a person typed on the phone itself."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

import metrics.assignment
from app.conversations import arrivals, ownership
from app.conversations.ownership import Behind
from app.database import once_committed
from app.distribution import service as distribution
from app.leads import ledger
from app.leads import repository as leads
from app.messages import repository as messages
from app.messages.repository import Arrived
from app.messages.steps import first_contact, reached_at
from app.vocabulary import Author, DeliveryStatus, Direction
from app.whatsapp.events import EditedEvent, MessageEvent, Origin, RevokedEvent

_CLAIM_SENDING = sa.text(
    "update message set gateway_id = :gateway_id where id = (select id from message where lead_id = :lead_id"
    " and session = :session and status = 'sending' and body = :body order by id limit 1) returning id"
)
_EDIT = sa.text(
    "update message set body = :body, edited_at = coalesce(:at, now()) where session = :session"
    " and gateway_id = :target returning id, lead_id"
)
_REVOKE = sa.text("""
with taken as (
  update message set revoked_at = coalesce(:at, now()) where session = :session and gateway_id = :target
  returning id, lead_id
),
hidden as (
  update lead set preview = '', version = version + 1 from taken
   where lead.id = taken.lead_id and not exists (select 1 from message as later
    where later.lead_id = taken.lead_id and later.kind <> 'note' and later.id > taken.id)
)
select id, lead_id from taken
""")


async def own_message(db: AsyncSession, event: MessageEvent, now: datetime) -> arrivals.Arrival:
    """A message of ours was seen in the chat. Known by its id it only confirms the send; else a person wrote it, and it
    is stored.
    """
    known = await messages.by_gateway_id(db, event.session, event.message_id)
    if known is not None:
        arrivals.seen_again(event)
        return await _confirm(db, event, now, known.lead_id)
    lead_id = await arrivals.lead_of(db, event, now)
    if await _was_being_sent(db, event, lead_id):
        return await _confirm(db, event, now, lead_id)
    message_id = await messages.add(db, _written_by_human(event, lead_id, now))
    if message_id is None:
        return arrivals.Arrival(lead_id, None)
    ledger.record(db, ledger.Kind.MESSAGE_PERSISTED, lead_id=lead_id, session=event.session, direction=Direction.OUT)
    ledger.record(
        db,
        ledger.Kind.MESSAGE_STATUS,
        lead_id=lead_id,
        session=event.session,
        message_type=arrivals.kind_of(event.type).value,
        status=DeliveryStatus.ACCEPTED.value,
    )
    await _note_human(db, event, lead_id, now)
    for climbed in await messages.apply_parked(db, event.session, event.message_id, now):
        arrivals.tell_message(db, climbed.lead_id, climbed.message_id)
    await db.flush()
    arrivals.tell_lead(db, lead_id)
    arrivals.tell_message(db, lead_id, message_id)
    return arrivals.Arrival(lead_id, message_id)


_BEHIND = sa.text("""
with chat as (
  select id, direction = 'in' as theirs, at > :at as later, created_at, past_answering,
    direction = 'in' and at > :at and id > coalesce((select answered_id from lead where id = :lead_id), 0) as open
   from message where lead_id = :lead_id and kind <> 'note'
)
select bool_or(later) as newer, count(*) filter (where theirs and later) as unread,
  max(id) filter (where theirs and id < (select min(id) from chat where open)) as answered_id,
  min(created_at) filter (where open) as open_since,
  min(created_at) filter (where open and not past_answering) as unanswered_since,
  coalesce(bool_or(theirs and not later), false) as answers
from chat
""")


async def _note_human(db: AsyncSession, event: MessageEvent, lead_id: int, now: datetime) -> None:
    """The lead has heard from a person. When this comes late, it answers what the lead wrote before, and no more."""
    lead = await leads.lock(db, lead_id)
    at = reached_at(event.occurred_at or now, now)
    chat = (await db.execute(_BEHIND, {"lead_id": lead_id, "at": event.occurred_at or now})).one()
    behind = Behind(chat.newer, chat.unread, chat.answered_id, chat.open_since, chat.unanswered_since)
    kind = arrivals.kind_of(event.type)
    ownership.human_wrote(lead, preview=event.text, kind=kind, now=now, at=at, behind=behind)
    if chat.answers and lead.first_contact_at is None and (since := lead.first_inbound_at) is not None:
        lead.first_contact_at = contact = max(at, since)
        once_committed(db, lambda: first_contact(Author.HUMAN, since, contact))
    waited = await distribution.human_answered(db, lead_id, at)
    if waited is not None:
        once_committed(db, lambda: metrics.assignment.responded(waited))


async def _confirm(db: AsyncSession, event: MessageEvent, now: datetime, lead_id: int) -> arrivals.Arrival:
    """The echo is proof that the gateway took the message, even when its answer got lost."""
    climbed = await messages.climb(
        db,
        session=event.session,
        gateway_id=event.message_id,
        status=DeliveryStatus.ACCEPTED,
        at=event.occurred_at or now,
        now=now,
    )
    if climbed is not None:
        arrivals.tell_message(db, lead_id, climbed.message_id)
    return arrivals.Arrival(lead_id, None)


async def _was_being_sent(db: AsyncSession, event: MessageEvent, lead_id: int) -> bool:
    """Whether this is a send of ours to which the gateway gave another id than the one we proposed."""
    if event.origin is not Origin.API:
        return False
    values = {
        "gateway_id": event.message_id,
        "lead_id": lead_id,
        "session": event.session,
        "body": event.text,
    }
    return (await db.execute(_CLAIM_SENDING, values)).first() is not None


def _written_by_human(event: MessageEvent, lead_id: int, now: datetime) -> Arrived:
    return Arrived(
        lead_id=lead_id,
        session=event.session,
        direction=Direction.OUT,
        author=Author.HUMAN,
        kind=arrivals.kind_of(event.type),
        body=event.text,
        gateway_id=event.message_id,
        status=DeliveryStatus.ACCEPTED,
        at=event.occurred_at or now,
        media=arrivals.media_row(event.media),
        reply_to=event.reply_to,
    )


async def changed(db: AsyncSession, event: EditedEvent | RevokedEvent, now: datetime) -> int | None:
    """A message was edited or taken back; the original body stays in the raw events."""
    at = event.occurred_at or now
    if isinstance(event, EditedEvent):
        values = {"session": event.session, "target": event.target_id, "at": at, "body": event.text}
        row = (await db.execute(_EDIT, values)).one_or_none()
    else:
        row = (await db.execute(_REVOKE, {"session": event.session, "target": event.target_id, "at": at})).one_or_none()
    if row is None:
        return None
    arrivals.tell_lead(db, row[1])
    arrivals.tell_message(db, row[1], row[0])
    return int(row[1])
