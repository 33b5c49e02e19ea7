"""Two records turn out to be one person: the older one keeps everything, with a trace of what was joined."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.vocabulary import Stage

_MOVE = (
    "update lead_identity set lead_id = :keep where lead_id = any(:gone)",
    "update message set lead_id = :keep where lead_id = any(:gone)",
    "update classification set lead_id = :keep where lead_id = any(:gone)",
    # What was said of the other record does not stand for the person they prove to be.
    "update verdict set lead_id = :keep, withdrawn_at = coalesce(withdrawn_at, :now) where lead_id = any(:gone)",
    "update stage_change set lead_id = :keep where lead_id = any(:gone)",
    "update consent set lead_id = :keep where lead_id = any(:gone)",
    "update ledger set lead_id = :keep where lead_id = any(:gone)",
    "update raw_event set lead_id = :keep where lead_id = any(:gone)",
    # Whoever has the lead now keeps the assignment, and with it the clock of their first answer.
    """
    update assignment set lead_id = :keep, released_at = case when id = (
      select id from assignment where released_at is null
       and lead_id = any(cast(:gone as bigint[]) || cast(:keep as bigint)) order by lead_id <> :keep, id limit 1
    ) then null else coalesce(released_at, :now) end where lead_id = any(:gone)
    """,
    # Either record may hold the interview; where both do, the facts that only one of them has are joined.
    """
    update qualification as kept set facts = other.facts || kept.facts from qualification as other
     where kept.id = (select max(id) from qualification where lead_id = :keep)
      and other.id = (select max(id) from qualification where lead_id = any(:gone))
    """,
    """
    update qualification set lead_id = :keep
     where lead_id = any(:gone) and not exists (select 1 from qualification where lead_id = :keep)
    """,
)
_JOIN = sa.text("""
update lead set
  name = case when lead.name = '' then other.name else lead.name end,
  search = trim(lead.search || ' ' || other.search),
  unread = lead.unread + other.unread,
  last_inbound_id = greatest(lead.last_inbound_id, other.last_inbound_id),
  last_inbound_at = greatest(lead.last_inbound_at, other.last_inbound_at),
  first_unanswered_at = least(lead.first_unanswered_at, other.first_unanswered_at),
  turn_due_at = least(lead.turn_due_at, other.turn_due_at),
  opted_out_at = coalesce(lead.opted_out_at, other.opted_out_at),
  automation = case when 'off' in (lead.automation, other.automation) then 'off'
    when 'human' in (lead.automation, other.automation) then 'human' else 'agent' end,
  owner_id = coalesce(lead.owner_id, other.owner_id),
  stage = case when array_position(cast(:stages as varchar[]), other.stage)
    > array_position(cast(:stages as varchar[]), lead.stage) then other.stage else lead.stage end,
  qualified_at = coalesce(lead.qualified_at, other.qualified_at),
  interest = case when lead.interest = '' then other.interest else lead.interest end,
  language = coalesce(lead.language, other.language),
  temperature = coalesce(lead.temperature, other.temperature), risk = coalesce(lead.risk, other.risk),
  score = coalesce(lead.score, other.score), facts_known = greatest(lead.facts_known, other.facts_known),
  version = lead.version + 1, updated_at = :now
from lead as other where lead.id = :keep and other.id = any(:gone)
""")
_LOCK = sa.text("select id from lead where id = any(:ids) order by id for update")
_DELETE = sa.text("delete from lead where id = any(:gone)")
_TRACE = sa.text(
    "insert into audit_event (lead_id, action, details, at) values (:keep, 'merged', cast(:details as jsonb), :now)"
)
_GONE = sa.text("select pg_notify('leadline', json_build_object('k', 'lead', 'id', id)::text) from unnest(:gone) as id")


async def merge(db: AsyncSession, *, keep: int, gone: Sequence[int], now: datetime) -> None:
    """Join the leads ``gone`` into ``keep``: messages, history and addresses move, and an opt-out of either holds."""
    values = {"keep": keep, "gone": list(gone), "now": now}
    await db.execute(_LOCK, {"ids": [keep, *gone]})
    await db.execute(_JOIN, {**values, "stages": list(Stage)})
    for statement in _MOVE:
        await db.execute(sa.text(statement), values)
    await db.execute(_DELETE, values)
    await db.execute(_TRACE, {"keep": keep, "now": now, "details": json.dumps({"joined": list(gone)})})
    await db.execute(_GONE, {"gone": list(gone)})
