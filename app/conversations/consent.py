"""Whether a lead may be contacted. A withdrawal wins over everything, at the moment of every send."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations import ownership
from app.leads import ledger
from app.leads.models import Consent, Lead
from app.vocabulary import Automation


async def withdraw(db: AsyncSession, lead: Lead, *, how: str, now: datetime, message_id: int | None = None) -> None:
    """The lead asked to be left alone; the lead row is locked by the caller."""
    if lead.automation == Automation.OFF:
        return
    ownership.silence(lead, now)
    db.add(Consent(lead_id=lead.id or 0, granted=False, how=how, message_id=message_id, at=now))
    await ledger.record(db, ledger.Kind.OPTED_OUT, lead_id=lead.id)


async def grant(db: AsyncSession, lead: Lead, *, how: str, now: datetime) -> None:
    """The lead wants contact again; a human owns the chat first."""
    if lead.automation != Automation.OFF:
        return
    lead.automation = Automation.HUMAN
    lead.opted_out_at = None
    ownership.touch(lead, now)
    db.add(Consent(lead_id=lead.id or 0, granted=True, how=how, at=now))
