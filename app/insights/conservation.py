"""Whether what was committed is still there. The ledger counted each message and lead when it was stored; what it
counted and the tables no longer hold was lost, unless the person was erased, which empties ``ledger.lead_id``.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
import structlog

from app.clock import Clock
from app.database import transaction
from app.leads import ledger
from app.registry import use

log = structlog.get_logger(__name__)

YOUNG = timedelta(days=7)
"""Leads that are looked after; older chats may be shortened by the rules of retention, which is no loss."""
LOOK_BACK = timedelta(hours=3)
"""How far back something must have happened to a lead, so that each lead is looked at some times and not for ever."""

# A loss that was counted before is in `known`, so that each is counted once.
_MESSAGES = sa.text("""
with touched as (
  select distinct l.lead_id from ledger l join lead on lead.id = l.lead_id
   where l.kind in ('message_persisted', 'message_status') and l.at > :recent and lead.created_at > :young
),
counted as (
  select l.lead_id, sum(l.amount) as n from ledger l join touched using (lead_id)
   where l.kind = 'message_persisted' group by 1
),
kept as (
  select m.lead_id, count(*) as n from message m join touched using (lead_id) where m.kind <> 'note' group by 1
),
known as (
  select l.lead_id, sum(l.amount) as n from ledger l join touched using (lead_id)
   where l.kind = 'data_loss' and l.labels ->> 'kind' = 'message' group by 1
)
select counted.lead_id, counted.n - coalesce(kept.n, 0) - coalesce(known.n, 0) as lost
from counted left join kept using (lead_id) left join known using (lead_id)
where counted.n > coalesce(kept.n, 0) + coalesce(known.n, 0)
""").execution_options(query_summary="conservation.messages")

_LEADS = sa.text("""
select made.lead_id from ledger made
 where made.kind = 'lead_created' and made.at > :young and made.lead_id is not null
   and not exists (select 1 from lead where lead.id = made.lead_id)
   and not exists (
     select 1 from ledger known where known.lead_id = made.lead_id and known.kind = 'data_loss'
       and known.labels ->> 'kind' = 'lead'
   )
""").execution_options(query_summary="conservation.leads")

_ONE_AT_A_TIME = sa.text("select pg_advisory_xact_lock(4713)")


async def audit() -> int:
    """Compare the ledger with the tables and count what is missing; returns how much that is."""
    now = use(Clock).now()
    values = {"young": now - YOUNG, "recent": now - LOOK_BACK}
    async with transaction() as db:
        await db.execute(_ONE_AT_A_TIME)
        messages = [(row.lead_id, float(row.lost)) for row in await db.execute(_MESSAGES, values)]
        leads = [row.lead_id for row in await db.execute(_LEADS, {"young": values["young"]})]
        for lead_id, lost in messages:
            ledger.record(db, ledger.Kind.DATA_LOSS, lead_id=lead_id, amount=lost, kind="message")
        for lead_id in leads:
            ledger.record(db, ledger.Kind.DATA_LOSS, lead_id=lead_id, kind="lead")
    if messages or leads:
        log.error("data_lost", leads=leads, messages=dict(messages))
    return int(sum(lost for _, lost in messages)) + len(leads)
