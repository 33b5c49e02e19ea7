"""Whether a lead may be contacted. A withdrawal wins over everything, at the moment of every send."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations import ownership
from app.leads import ledger
from app.leads import repository as leads
from app.leads.models import Consent, Lead, StageChange
from app.vocabulary import OPEN_STAGES, Automation, Stage


async def withdraw(db: AsyncSession, lead: Lead, *, how: str, now: datetime, message_id: int | None = None) -> None:
    """The lead asked to be left alone; the lead row is locked by the caller."""
    if lead.automation == Automation.OFF:
        return
    ownership.silence(lead, now)
    _close(db, lead, now)
    db.add(Consent(lead_id=lead.id or 0, granted=False, how=how, message_id=message_id, at=now))
    await ledger.record(db, ledger.Kind.OPTED_OUT, lead_id=lead.id)


def _close(db: AsyncSession, lead: Lead, now: datetime) -> None:
    """Nobody can work on a lead that must not be contacted: it goes to the lost ones."""
    if lead.stage in OPEN_STAGES:
        db.add(StageChange(lead_id=lead.id or 0, before=lead.stage, after=Stage.LOST, by_name="The opt-out", at=now))
        lead.stage, lead.position = Stage.LOST, leads.top_position(now)


async def grant(db: AsyncSession, lead: Lead, *, how: str, now: datetime) -> None:
    """The lead wants contact again; a human owns the chat first."""
    if lead.automation != Automation.OFF:
        return
    lead.automation = Automation.HUMAN
    lead.opted_out_at = None
    ownership.touch(lead, now)
    db.add(Consent(lead_id=lead.id or 0, granted=True, how=how, at=now))
