"""The net under everything: a lead whose turn nobody takes, a message that nobody sends, are found and set going
again.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
import structlog

from app.clock import Clock
from app.conversations import arrivals, ownership
from app.database import transaction
from app.leads import repository as leads
from app.registry import use

log = structlog.get_logger(__name__)

FORGOTTEN_AFTER = timedelta(minutes=2)

_TURNS = sa.text("""
update lead set turn_due_at = :now where automation = 'agent' and turn_due_at is null
  and (waiting_since is null or waiting_since < first_unanswered_at)
  and first_unanswered_at < :before and exists (select 1 from message m where m.lead_id = lead.id
    and m.id > coalesce(lead.answered_id, 0) and m.direction = 'in' and not m.past_answering)
  and not exists (select 1 from procrastinate_jobs j where j.lock = 'turn:' || lead.id and j.status in ('todo',
    'doing'))
returning id
""")
_SENDS = sa.text("""
update message set send_due_at = :now where status in ('queued', 'sending') and send_due_at is null and created_at
  < :before
  and not exists (select 1 from procrastinate_jobs j
    where j.lock = 'send:' || message.session || ':' || message.lead_id and j.status in ('todo', 'doing'))
returning id
""")


async def find_forgotten() -> int:
    """Make due again what has waited two minutes without a job; returns how much that was."""
    now = use(Clock).now()
    values = {"now": now, "before": now - FORGOTTEN_AFTER}
    async with transaction() as db:
        turns = len(list(await db.execute(_TURNS, values)))
        sends = len(list(await db.execute(_SENDS, values)))
    if turns or sends:
        log.warning("forgotten_work_found", turns=turns, sends=sends)
    return turns + sends


async def call_a_person(lead_id: int) -> None:
    """The agent cannot answer this lead: the team is shown that somebody waits."""
    now = use(Clock).now()
    async with transaction() as db:
        lead = await leads.lock(db, lead_id)
        ownership.pause(lead, now)
        ownership.wait_for_human(lead, lead.first_unanswered_at or now)
        await db.flush()
        arrivals.tell_lead(db, lead_id)
    log.error("turn_given_up", lead_id=lead_id)
