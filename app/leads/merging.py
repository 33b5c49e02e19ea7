"""Two records turn out to be one person: the older one keeps everything, with a trace of what was joined.

Each record knows up to which of its messages it was answered. Joined, the chat is answered up to the first message that
is open in either; what was answered behind it is marked, so that no turn answers it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app import notices
from app.database import notify
from app.vocabulary import Stage

_OPEN = """
with open as (
  select min(message.id) as first, min(message.created_at) as since
  from message join lead on lead.id = message.lead_id
  where lead.id in (:keep, :gone) and lead.automation <> 'off' and message.direction = 'in'
    and not message.past_answering and message.id > coalesce(lead.answered_id, 0)
)
"""
_ANSWERED = sa.text(
    _OPEN
    + """
update message set past_answering = true from lead, open
 where lead.id in (:keep, :gone) and message.lead_id = lead.id and message.direction = 'in'
  and message.id > open.first and message.id <= coalesce(lead.answered_id, 0)
"""
)
_MOVE = (
    "update lead_identity set lead_id = :keep where lead_id = :gone",
    # Jobs know the old record: what still waits to be sent is looked for anew.
    """
    update message set lead_id = :keep, send_due_at = case when status = 'queued' then :now else send_due_at end
     where lead_id = :gone
    """,
    "update classification set lead_id = :keep where lead_id = :gone",
    # What was said of the other record does not stand for the person they prove to be.
    "update verdict set lead_id = :keep, withdrawn_at = coalesce(withdrawn_at, :now) where lead_id = :gone",
    "update stage_change set lead_id = :keep where lead_id = :gone",
    "update consent set lead_id = :keep where lead_id = :gone",
    "update audit_event set lead_id = :keep where lead_id = :gone",
    "update ledger set lead_id = :keep where lead_id = :gone",
    "update raw_event set lead_id = :keep where lead_id = :gone",
    "update brief set lead_id = :keep where lead_id = :gone",
    # A follow-up that was only meant is off: the person wrote. One of the same number stays that of the kept record.
    """
    delete from follow_up as other using follow_up as kept where other.lead_id = :gone and kept.lead_id = :keep
      and (kept.interview, kept.stage, kept.number) = (other.interview, other.stage, other.number)
    """,
    """
    update follow_up set lead_id = :keep, reason = case status when 'reserved' then 'replied' else reason end,
      status = case status when 'reserved' then 'cancelled' else status end where lead_id = :gone
    """,
    # Whoever has the lead now keeps the assignment, and with it the clock of their first answer.
    """
    update assignment set lead_id = :keep, released_at = case when id = (
      select id from assignment where released_at is null and lead_id in (:keep, :gone)
       order by lead_id <> :keep, id limit 1
    ) then null else coalesce(released_at, :now) end where lead_id = :gone
    """,
    # Either record may hold the interview; where both do, the facts that only one of them has are joined.
    """
    update qualification as kept set facts = other.facts || kept.facts from qualification as other
     where kept.id = (select max(id) from qualification where lead_id = :keep)
      and other.id = (select max(id) from qualification where lead_id = :gone)
    """,
    """
    update qualification set lead_id = :keep
     where lead_id = :gone and not exists (select 1 from qualification where lead_id = :keep)
    """,
)
_JOIN = sa.text(
    _OPEN
    + """
update lead set
  name = case when lead.name = '' then other.name else lead.name end,
  search = trim(lead.search || ' ' || other.search),
  unread = lead.unread + other.unread,
  first_inbound_at = least(lead.first_inbound_at, other.first_inbound_at),
  last_inbound_id = greatest(lead.last_inbound_id, other.last_inbound_id),
  last_inbound_at = greatest(lead.last_inbound_at, other.last_inbound_at),
  first_contact_at = least(lead.first_contact_at, other.first_contact_at),
  human_contact_at = least(lead.human_contact_at, other.human_contact_at),
  answered_id = case when who.leads = 'off' then greatest(lead.last_inbound_id, other.last_inbound_id)
    else coalesce(open.first - 1, greatest(lead.answered_id, other.answered_id)) end,
  first_unanswered_at = case when who.leads <> 'off' then open.since end,
  drafts_dropped = 0,
  turn_due_at = case when who.leads = 'agent' and open.since is not null
    then coalesce(least(lead.turn_due_at, other.turn_due_at), :now) end,
  turn_trace = coalesce(lead.turn_trace, other.turn_trace),
  abandon_due_at = case when who.leads = 'agent' then least(lead.abandon_due_at, other.abandon_due_at) end,
  resume_due_at = case when who.leads = 'human' then least(lead.resume_due_at, other.resume_due_at) end,
  assign_due_at = case when coalesce(lead.owner_id, other.owner_id) is null and who.leads <> 'off'
    then least(lead.assign_due_at, other.assign_due_at) end,
  follow_up_due_at = case when who.leads <> 'off' then least(lead.follow_up_due_at, other.follow_up_due_at) end,
  waiting_since = case who.leads when 'agent' then least(lead.waiting_since, other.waiting_since)
    when 'human' then least(lead.waiting_since, other.waiting_since, open.since) end,
  due_at = case when who.leads <> 'off' then least(lead.due_at, other.due_at) end,
  opted_out_at = coalesce(lead.opted_out_at, other.opted_out_at),
  automation = who.leads,
  owner_id = coalesce(lead.owner_id, other.owner_id),
  stage = case when array_position(cast(:stages as varchar[]), other.stage)
    > array_position(cast(:stages as varchar[]), lead.stage) then other.stage else lead.stage end,
  qualified_at = least(lead.qualified_at, other.qualified_at),
  interest = case when lead.interest = '' then other.interest else lead.interest end,
  language = coalesce(lead.language, other.language),
  temperature = coalesce(lead.temperature, other.temperature), risk = coalesce(lead.risk, other.risk),
  score = coalesce(lead.score, other.score), facts_known = greatest(lead.facts_known, other.facts_known),
  version = lead.version + 1, updated_at = :now
from lead as kept, lead as other, open, lateral (select case
    when 'off' in (kept.automation, other.automation) then 'off'
    when 'human' in (kept.automation, other.automation) then 'human' else 'agent' end as leads) as who
where lead.id = :keep and kept.id = :keep and other.id = :gone
"""
)
_LOCK = sa.text("select id from lead where id = any(:ids) order by id for update")
_DELETE = sa.text("delete from lead where id = :gone")
_TRACE = sa.text(
    "insert into audit_event (lead_id, action, details, at) values (:keep, 'merged', cast(:details as jsonb), :now)"
)


async def merge(db: AsyncSession, *, keep: int, gone: Sequence[int], now: datetime) -> None:
    """Join the leads ``gone`` into ``keep``: messages, history and addresses move, and an opt-out of either holds."""
    await db.execute(_LOCK, {"ids": [keep, *gone]})
    for one in gone:
        await _join(db, {"keep": keep, "gone": one, "now": now})
    await db.execute(_TRACE, {"keep": keep, "now": now, "details": json.dumps({"joined": list(gone)})})


async def _join(db: AsyncSession, values: Mapping[str, Any]) -> None:
    await db.execute(_ANSWERED, values)
    await db.execute(_JOIN, {**values, "stages": list(Stage)})
    for statement in _MOVE:
        await db.execute(sa.text(statement), values)
    await db.execute(_DELETE, values)
    notify(db, notices.of_lead(values["gone"]))
