"""Whether a lead may be contacted. A withdrawal wins over everything, at the moment of every send."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.conversations import ownership
from app.conversations.team_notes import system_note
from app.leads import ledger
from app.leads import repository as leads
from app.leads.models import AuditEvent, Consent, Lead, StageChange
from app.leads.search import fold
from app.qualification.extraction.signals import opts_out
from app.qualification.extraction.text import read_text
from app.qualification.models import Qualification
from app.vocabulary import OPEN_STAGES, Automation, Outcome, QualificationStatus, Stage

MOST_WORDS, MOST_LETTERS = 2, 40
"""A stop word stands alone, or with a "please": in longer sentences to a person, the person decides what is meant."""


def is_stop_word(text: str) -> bool:
    """Whether a message is nothing but STOP, PARAR, BAJA or the like."""
    return len(text) <= MOST_LETTERS and len(text.split()) <= MOST_WORDS and opts_out(read_text(text))


_ERASE = re.compile(
    r"\b(?:delet|eras|remov|wip|forget|apag|exclu|elimin|delet|remov|borr|suprim)\w*\b.{0,40}"
    r"\b(?:data|information|details|everything|dados|informac\w*|tudo|datos|todo)\b"
)


def asks_for_erasure(texts: Iterable[str]) -> bool:
    """Whether somebody wants what is stored of them deleted, which is more than to be left alone."""
    return any(_ERASE.search(fold(text)) for text in texts)


async def note_wish_for_erasure(db: AsyncSession, lead: Lead, now: datetime) -> None:
    """Tell the team; erasing is for good, so a manager does it and no machine."""
    await system_note(
        db, lead, f"Asked for their data to be deleted. A manager does that: leadline erase --lead {lead.id}", now
    )
    db.add(AuditEvent(lead_id=lead.id, action="asked_for_erasure", at=now, details={}))


async def heed(
    db: AsyncSession, lead_id: int, text: str, *, message_id: int, left_by_agent: bool, now: datetime
) -> None:
    """Leave a lead alone who writes a stop word that the agent will not read: to a person, or so long ago that it came
    too late to be answered. What the agent reads it answers with a farewell.
    """
    if not is_stop_word(text):
        return
    lead = await leads.lock(db, lead_id)
    if left_by_agent or lead.automation == Automation.HUMAN:
        await withdraw(db, lead, how="asked_in_chat", now=now, message_id=message_id)
        await db.flush()


async def withdraw(db: AsyncSession, lead: Lead, *, how: str, now: datetime, message_id: int | None = None) -> None:
    """The lead asked to be left alone; the lead row is locked by the caller."""
    if lead.automation == Automation.OFF:
        return
    ownership.silence(lead, now)
    _close(db, lead, now)
    db.add(Consent(lead_id=lead.id or 0, granted=False, how=how, message_id=message_id, at=now))
    ledger.record(db, ledger.Kind.OPTED_OUT, lead_id=lead.id)


def _close(db: AsyncSession, lead: Lead, now: datetime) -> None:
    """Nobody can work on a lead that must not be contacted: it goes to the lost ones."""
    if lead.stage in OPEN_STAGES:
        db.add(StageChange(lead_id=lead.id or 0, before=lead.stage, after=Stage.LOST, by_name=_CLOSED_BY, at=now))
        lead.stage, lead.position = Stage.LOST, leads.top_position(now)


_CLOSED_BY, _OPENED_BY = "The opt-out", "The opt-in"
_CLOSED = sa.text(
    "select case when by_name = :by then before end as stage from stage_change where lead_id = :lead_id"
    " order by id desc limit 1"
)


async def _open(db: AsyncSession, lead: Lead, now: datetime) -> None:
    """Whom the opt-out had sent to the lost ones stands again where they stood; a person's later move holds."""
    before = (await db.execute(_CLOSED, {"lead_id": lead.id, "by": _CLOSED_BY})).scalar_one_or_none()
    if before is not None and lead.stage == Stage.LOST:
        db.add(StageChange(lead_id=lead.id or 0, before=Stage.LOST, after=before, by_name=_OPENED_BY, at=now))
        lead.stage, lead.position = before, leads.top_position(now)


async def grant(db: AsyncSession, lead: Lead, *, how: str, now: datetime) -> None:
    """The lead wants contact again; a human owns the chat first."""
    if lead.automation != Automation.OFF:
        return
    lead.automation = Automation.HUMAN
    lead.opted_out_at = None
    await _open(db, lead, now)
    if lead.qualified_at is not None and lead.owner_id is None and lead.stage in OPEN_STAGES:
        lead.assign_due_at = now
    await _take_up_again(db, lead)
    ownership.touch(lead, now)
    db.add(Consent(lead_id=lead.id or 0, granted=True, how=how, at=now))


async def _take_up_again(db: AsyncSession, lead: Lead) -> None:
    """The interview that the opt-out ended may go on; one that had come to its end before stays at that end."""
    newest = sa.select(Qualification).where(col(Qualification.lead_id) == lead.id).order_by(sa.desc("id")).limit(1)
    row = (await db.execute(newest.with_for_update())).scalar_one_or_none()
    if row is None or row.progress.get("finished") != Outcome.OPTED_OUT:
        return
    ended = row.status in {QualificationStatus.COMPLETED, QualificationStatus.HANDED_OVER}
    row.progress = {**row.progress, "finished": row.status if ended else None}
    if row.status == QualificationStatus.OPTED_OUT:
        row.status, row.finished_at = QualificationStatus.ACTIVE, None
        ledger.record(db, ledger.Kind.QUALIFICATION_RESUMED, lead_id=lead.id, outcome=Outcome.OPTED_OUT)
