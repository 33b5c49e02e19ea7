"""A stranger's first message: the lead, the addresses, the message, the due turn and the counts in one statement.

A campaign brings strangers by the hundred within seconds. The long way takes a dozen statements for each of them; this
one does everything, or raises IntegrityError because the person or the message came in at the same instant, and
changes nothing: the long way then sorts it out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.conversations import arrivals
from app.database import at_once
from app.leads import repository as leads
from app.leads.search import searchable
from app.messages.repository import RawRow
from app.qualification.facts import FactName
from app.whatsapp.events import MessageEvent

_WELCOME = sa.text("""
with ids as (
  select nextval(pg_get_serial_sequence('lead', 'id')) as lead_id,
    nextval(pg_get_serial_sequence('message', 'id')) as message_id
),
raw as (
  insert into raw_event (provider, session, sha256, body, headers, received_at, processed_at, kind, lead_id)
  select :provider, :session, :sha256, :raw_body, cast(:headers as jsonb), :now, :now, 'message', lead_id from ids
  on conflict on constraint raw_event_once do nothing returning id
),
person as (
  insert into lead (id, name, search, source, automation, position, facts_total, preview, preview_author,
    preview_kind, unread, last_session, last_inbound_id, last_inbound_at, first_inbound_at, first_unanswered_at,
    turn_due_at, turn_trace, waiting_since, due_at, created_at, updated_at)
  select lead_id, :name, :search, 'whatsapp', case when :pauses then 'human' else 'agent' end, :position, :facts_total,
    :preview, 'lead', :kind, 1, :session, message_id, :now, :now,
    case when not :past then cast(:now as timestamptz) end,
    case when :answerable then cast(:now as timestamptz) + least(cast(:quiet as interval), cast(:longest as interval))
      end, cast(:trace as text),
    case when not :answerable then cast(:now as timestamptz) end,
    case when not :answerable then cast(:now as timestamptz) + cast(:cold as interval) end, :now, :now
  from ids, raw
),
addresses as (
  insert into lead_identity (lead_id, gateway, kind, value)
  select lead_id, :provider, kind, value from ids, raw,
    unnest(cast(:kinds as text[]), cast(:values as text[])) as address (kind, value)
),
written as (
  insert into message (id, lead_id, session, direction, author, kind, body, media, gateway_id, reply_to, past_answering,
    status, at, created_at)
  select message_id, lead_id, :session, 'in', 'lead', :kind, :body, cast(:media as jsonb), :gateway_id, :reply_to,
    :past, 'received', :at, :now from ids, raw
),
counted as (
  insert into ledger (kind, labels, lead_id, amount, at)
  select kind, labels, lead_id, 1, :now from ids, raw, (values
    ('lead_created', jsonb_build_object('source', 'whatsapp')),
    ('message_persisted', jsonb_build_object('session', cast(:session as text), 'direction', 'in'))
  ) as event (kind, labels)
)
select raw.id as raw_id, lead_id, message_id from ids, raw
""")


async def welcome(raw: RawRow, event: MessageEvent, now: datetime) -> Any | None:
    """Store the first message of somebody new; returns ``raw_id``, ``lead_id`` and ``message_id``, None when the very
    same body was stored before. Raises IntegrityError when somebody else was quicker.
    """
    identities = arrivals.identities_in(event.chat)
    values = {
        **arrivals.values_of(event, 0, now),
        **raw.values,
        "body": event.text,
        "raw_body": raw.body,
        "search": searchable((event.push_name or "").strip(), event.chat.phone),
        "position": leads.top_position(now),
        "facts_total": len(FactName),
        "kinds": [one.kind for one in identities],
        "values": [one.value for one in identities],
    }
    rows = await at_once(_WELCOME, values)
    return rows[0] if rows else None
