"""What came of follow-ups: answered within a day, called off before they were sent, or left without an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import Clock
from app.conversations import arrivals
from app.conversations.followup_rules import Reason, Status
from app.database import transaction
from app.leads import ledger
from app.registry import use

RECOVERED_WITHIN = timedelta(hours=24)
"""An answer within this time counts as owed to the follow-up."""

_OPEN = sa.text("""
select f.id, f.lead_id, f.audience, f.stage, f.sent_at, m.status as message, l.stage as stage_now, l.automation,
  coalesce(l.last_inbound_id, 0) > f.message_id as replied,
  case f.audience
    when 'lead' then (select min(created_at) from message
      where lead_id = f.lead_id and direction = 'in' and id > f.message_id)
    else (select min(created_at) from message
      where lead_id = f.lead_id and direction = 'out' and author = 'human' and kind <> 'note' and id > f.message_id)
  end as answered_at
from follow_up f join lead l on l.id = f.lead_id left join message m on m.id = f.message_id
where f.status = 'sent' and (f.sent_at < :over or m.id is null or m.status in ('cancelled', 'failed')
  or exists (select 1 from message r where r.lead_id = f.lead_id and r.id > f.message_id and case f.audience
    when 'lead' then r.direction = 'in'
    else r.direction = 'out' and r.author = 'human' and r.kind <> 'note' end))
order by f.sent_at limit :batch for update of f skip locked
""")
_SETTLE = sa.text("update follow_up set status = :status, reason = :reason, answered_at = :answered_at where id = :id")


async def sweep_results(batch: int = 500) -> int:
    """Settle the follow-ups of which it is clear what came of them; returns how many."""
    async with transaction() as db:
        over = use(Clock).now() - RECOVERED_WITHIN
        rows = list(await db.execute(_OPEN, {"batch": batch, "over": over}))
        for row in rows:
            await _settle(db, row)
    return len(rows)


async def _settle(db: AsyncSession, row: Any) -> None:
    status, reason = _result(row)
    answered_at = row.answered_at if status is Status.ANSWERED else None
    await db.execute(_SETTLE, {"id": row.id, "status": status, "reason": reason, "answered_at": answered_at})
    if status is Status.ANSWERED:
        ledger.record(db, ledger.Kind.FOLLOW_UP_ANSWERED, lead_id=row.lead_id, audience=row.audience)
    elif reason is not None:
        ledger.record(db, ledger.Kind.FOLLOW_UP_SKIPPED, lead_id=row.lead_id, reason=reason)
    arrivals.tell_lead(db, row.lead_id)


def _result(row: Any) -> tuple[Status, Reason | None]:
    if row.message in {"cancelled", "failed", None}:
        return Status.CANCELLED, _why(row)
    if row.answered_at is not None and row.answered_at <= row.sent_at + RECOVERED_WITHIN:
        return Status.ANSWERED, None
    return Status.UNANSWERED, None


def _why(row: Any) -> Reason:
    """Why the message was not sent in the end: the claim refused it for one of these."""
    if row.message != "cancelled":
        return Reason.NOT_DELIVERED
    if row.automation == "off":
        return Reason.OPTED_OUT
    if row.replied:
        return Reason.REPLIED
    if row.automation == "human":
        return Reason.TAKEN_OVER
    return Reason.MOVED if row.stage_now != row.stage else Reason.WINDOW_CLOSED
