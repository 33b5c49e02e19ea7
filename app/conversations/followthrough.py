"""What becomes due when nothing happens: a silent lead is abandoned, a paused agent comes back.

Each lead is a transaction of its own: one that cannot be handled is tried again later and holds up no other.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from app.clock import Clock
from app.conversations import arrivals, interviews, ownership
from app.database import transaction
from app.jobs.due import each
from app.leads import repository as leads
from app.registry import use
from app.vocabulary import Automation

TRY_AGAIN = timedelta(minutes=1)


async def sweep_abandoned(batch: int = 100) -> int:
    """End the interviews of leads that fell silent; returns how many were due."""
    now = use(Clock).now()
    due = await _claim("abandon_due_at", now, batch)
    await each(due, partial(_abandon, now=now), failed="abandoning_failed")
    return len(due)


async def _abandon(lead_id: int, *, now: datetime) -> None:
    async with transaction() as db:
        lead = await leads.lock(db, lead_id)
        if lead.abandon_due_at != now + TRY_AGAIN:
            return  # it wrote since
        lead.abandon_due_at = None
        await db.flush()
        await interviews.abandon(db, lead_id, now)
        arrivals.tell_lead(db, lead_id)


async def sweep_returned(batch: int = 100) -> int:
    """Give chats back to the agent whose human pause is over; returns how many were due. A chat in which somebody waits
    for what the agent would not answer stays with the team: the pause begins anew when one of them has written.
    """
    now = use(Clock).now()
    due = await _claim("resume_due_at", now, batch)
    await each(due, partial(_give_back, now=now), failed="giving_back_failed")
    return len(due)


async def _give_back(lead_id: int, *, now: datetime) -> None:
    async with transaction() as db:
        lead = await leads.lock(db, lead_id)
        if lead.resume_due_at != now + TRY_AGAIN:
            return  # a person wrote since
        lead.resume_due_at = None
        if lead.automation == Automation.HUMAN and not ownership.waits_for_person_alone(lead):
            ownership.resume(lead, now)
            await db.flush()
            arrivals.tell_lead(db, lead_id)


async def _claim(column: str, now: datetime, batch: int) -> list[int]:
    async with transaction() as db:
        due = await leads.claim_due(db, column, now=now, batch=batch, later=now + TRY_AGAIN)
    return [lead_id for lead_id, _ in due]
