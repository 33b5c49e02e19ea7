"""What becomes due when nothing happens: a silent lead is abandoned, a paused agent comes back."""

from __future__ import annotations

from app.clock import Clock
from app.conversations import arrivals, interviews, ownership
from app.database import transaction
from app.leads import repository as leads
from app.registry import use
from app.vocabulary import Automation


async def sweep_abandoned(batch: int = 100) -> int:
    """End the interviews of leads that fell silent; returns how many were due."""
    now = use(Clock).now()
    async with transaction() as db:
        due = await leads.claim_due(db, "abandon_due_at", now=now, batch=batch)
        for lead_id, _ in due:
            await interviews.abandon(db, lead_id, now)
            await arrivals.tell_lead(db, lead_id)
    return len(due)


async def sweep_returned(batch: int = 100) -> int:
    """Give chats back to the agent whose human pause is over; returns how many were due."""
    now = use(Clock).now()
    async with transaction() as db:
        due = await leads.claim_due(db, "resume_due_at", now=now, batch=batch)
        for lead_id, _ in due:
            lead = await leads.lock(db, lead_id)
            if lead.automation == Automation.HUMAN:
                ownership.resume(lead, now)
                await db.flush()
                await arrivals.tell_lead(db, lead_id)
    return len(due)
