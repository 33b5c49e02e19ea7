"""What Leadline itself tells the team inside a chat: a line that is never sent to the lead."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.leads.models import Lead
from app.messages.models import Message
from app.vocabulary import Author, DeliveryStatus, Direction, MessageKind, SessionName


async def system_note(db: AsyncSession, lead: Lead, text: str, now: datetime) -> int:
    """Leave a line for the team in the chat of a lead; returns the message's id."""
    row = Message(
        lead_id=lead.id or 0,
        session=lead.last_session or SessionName.AGENT,
        direction=Direction.OUT,
        author=Author.SYSTEM,
        kind=MessageKind.NOTE,
        body=text,
        status=DeliveryStatus.RECEIVED,
        at=now,
        created_at=now,
    )
    db.add(row)
    await db.flush()
    return row.id or 0
