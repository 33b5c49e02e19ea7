"""The chat of a lead as the team sees and leads it: reading, writing, notes, taking over and giving back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

import metrics.assignment
from app.clock import Clock, epoch_ms
from app.conversations import arrivals, consent, ownership
from app.database import reading, transaction
from app.distribution import service as distribution
from app.errors import Invalid, NotFound, Stale
from app.leads.desk import owned_lead
from app.leads.models import AuditEvent, Lead
from app.messages import outbox
from app.messages.models import Message
from app.messages.outbox import Draft
from app.registry import use
from app.team.viewer import Viewer
from app.vocabulary import Author, Automation, DeliveryStatus, Direction, MessageKind, SessionName

LONGEST_TEXT = 4096
MOST_BUBBLES = 200


@dataclass(frozen=True)
class Bubble:
    """One message of a chat as it is shown. ``sent_at`` is in milliseconds since 1970."""

    id: int
    author: str
    author_name: str
    kind: str
    text: str
    status: str
    error: str | None
    sent_at: int
    session: str
    revoked: bool = False
    edited: bool = False
    draft_id: str | None = None


_THREAD = sa.text("""
select m.id, m.author, coalesce(u.name, '') as author_name, m.kind, m.body as text, m.status, m.error, m.at, m.session,
  m.revoked_at, m.edited_at, m.draft_id from message m left join team_user u on u.id = m.author_id
 where m.lead_id = :lead_id and m.id < :before order by m.id desc limit :limit
""")
_NO_LIMIT = 2**62


async def thread(viewer: Viewer, lead_id: int, *, before_id: int | None = None, limit: int = 60) -> list[Bubble]:
    """The newest messages of a chat in the order of writing; ``before_id``, the least id so far, reads further back.

    A webhook that is tried again stores its message behind younger ones. WhatsApp tells whole seconds: within one, the
    order of arrival is the order.
    """
    async with reading() as db:
        await owned_lead(db, viewer, lead_id)
        values = {"lead_id": lead_id, "before": before_id or _NO_LIMIT, "limit": min(limit, MOST_BUBBLES)}
        rows = list((await db.execute(_THREAD, values)).mappings())
    return [_bubble(row) for row in sorted(rows, key=lambda row: (row["at"].replace(microsecond=0), row["id"]))]


def _bubble(row: Mapping[Any, Any]) -> Bubble:
    values = dict(row)
    revoked, edited, at = values.pop("revoked_at"), values.pop("edited_at"), values.pop("at")
    text = "" if revoked is not None else values.pop("text")
    values.pop("text", None)
    return Bubble(
        **values, text=text, sent_at=epoch_ms(at) or 0, revoked=revoked is not None, edited=edited is not None
    )


async def write(
    viewer: Viewer, lead_id: int, text: str, *, session: SessionName | None = None, draft_id: str | None = None
) -> Bubble:
    """Write to the lead, on the session that ``session_for`` names unless told otherwise; the agent falls silent.

    What a ``draft_id`` names is written once: the same draft again, whose answer was lost, changes nothing.
    Raises Invalid, Stale, NotFound.
    """
    body = checked_text(text)
    now = use(Clock).now()
    async with transaction() as db:
        lead = await owned_lead(db, viewer, lead_id, lock=True)
        if before := await _written(db, viewer, draft_id, body):
            return _own(before, viewer)
        _may_write(lead)
        await distribution.claim(db, lead, viewer, now)
        draft = Draft(
            lead_id=lead_id,
            session=session or session_for(lead),
            author=Author.HUMAN,
            body=body,
            author_id=viewer.user_id or None,
            draft_id=draft_id,
        )
        row = await db.get_one(Message, await outbox.enqueue(db, draft, now))
        ownership.human_wrote(lead, preview=body, kind=MessageKind.TEXT, now=now)
        waited = await distribution.human_answered(db, lead_id, now)
        await db.flush()
        arrivals.tell_lead(db, lead_id)
        arrivals.tell_message(db, lead_id, row.id or 0)
    if waited is not None:
        metrics.assignment.responded(waited)
    return _own(row, viewer)


def session_for(lead: Lead) -> str:
    """The number on which the team answers: the consultants' own at first, then the one the lead last wrote to."""
    if lead.human_contact_at is None:
        return SessionName.CONSULTANT
    return lead.last_session or SessionName.CONSULTANT


def checked_text(text: str) -> str:
    """The text as it is stored; raises Invalid for none and for more than a message holds."""
    body = text.strip()
    if not body:
        raise Invalid("There is nothing to send.")
    if len(body) > LONGEST_TEXT:
        raise Invalid(f"WhatsApp takes {LONGEST_TEXT} characters at most; this has {len(body)}.")
    return body


async def _written(db: AsyncSession, viewer: Viewer, draft_id: str | None, body: str) -> Message | None:
    """What this draft became when it was sent before. The lead is locked, so the same draft cannot come between."""
    if draft_id is None:
        return None
    known = sa.select(Message).where(
        col(Message.draft_id) == draft_id, col(Message.author_id) == (viewer.user_id or None)
    )
    row = (await db.execute(known)).scalar_one_or_none()
    if row is not None and row.body != body:
        raise Stale("Your first version was sent already, as the chat shows. What is in the box was not.")
    return row


def _may_write(lead: Lead) -> None:
    if lead.automation == Automation.OFF:
        raise Stale(
            "This lead asked not to be contacted. When they want to hear from us again, say so under More actions.",
            lead=lead.id,
        )


async def note(viewer: Viewer, lead_id: int, text: str, *, draft_id: str | None = None) -> Bubble:
    """Leave a note that only the team sees; the same ``draft_id`` again changes nothing."""
    body = checked_text(text)
    now = use(Clock).now()
    async with transaction() as db:
        lead = await owned_lead(db, viewer, lead_id, lock=True)
        if before := await _written(db, viewer, draft_id, body):
            return _own(before, viewer)
        row = Message(
            lead_id=lead_id,
            session=session_for(lead),
            direction=Direction.OUT,
            author=Author.HUMAN,
            author_id=viewer.user_id or None,
            draft_id=draft_id,
            kind=MessageKind.NOTE,
            body=body,
            status=DeliveryStatus.RECEIVED,
            at=now,
        )
        db.add(row)
        await db.flush()
        arrivals.tell_message(db, lead_id, row.id or 0)
    return _own(row, viewer)


def _own(row: Message, viewer: Viewer) -> Bubble:
    return Bubble(
        id=row.id or 0,
        author=row.author,
        author_name=viewer.name,
        kind=row.kind,
        text=row.body,
        status=row.status,
        error=None,
        sent_at=epoch_ms(row.at) or 0,
        session=row.session,
        draft_id=row.draft_id,
    )


_RETRY = sa.text("""
update message set status = 'queued', error = null, gateway_id = null, send_due_at = null, send_before = null,
  failed_at = null
 where id = :id and status in ('failed', 'unknown', 'cancelled') returning lead_id, session
""")


async def retry(viewer: Viewer, message_id: int) -> None:
    """Send a message again that failed, or of which nobody can tell; a person has looked at it."""
    async with transaction() as db:
        row = await db.get(Message, message_id)
        if row is None:
            raise NotFound(message=message_id)
        lead = await owned_lead(db, viewer, row.lead_id, lock=True)
        _may_write(lead)
        again = (await db.execute(_RETRY, {"id": message_id})).one_or_none()
        if again is None:
            raise Stale("This message is on its way already.", message=message_id)
        # A person decided to send it: from here on it counts as theirs, also when the agent once drafted it.
        row.author, row.author_id, row.purpose = Author.HUMAN, viewer.user_id or None, None
        await db.flush()
        await outbox.defer(db, outbox.send_job(again[0], again[1]))
        arrivals.tell_message(db, again[0], message_id)


async def return_to_agent(viewer: Viewer, lead_id: int) -> None:
    """Let the agent answer again."""
    await _change(viewer, lead_id, "returned_to_agent", Automation.AGENT)


async def pause_agent(viewer: Viewer, lead_id: int) -> None:
    """Silence the agent; the team answers from now on."""
    await _change(viewer, lead_id, "took_over", Automation.HUMAN)


async def _change(viewer: Viewer, lead_id: int, action: str, to: Automation) -> None:
    now = use(Clock).now()
    async with transaction() as db:
        lead = await owned_lead(db, viewer, lead_id, lock=True)
        if lead.automation == Automation.OFF:
            raise Stale("This lead asked not to be contacted.", lead=lead_id)
        if to is Automation.AGENT:
            ownership.resume(lead, now)
        else:
            ownership.pause(lead, now)
        _note(db, lead, viewer, action, now)
        await db.flush()
        arrivals.tell_lead(db, lead_id)


async def opt_out(viewer: Viewer, lead_id: int) -> None:
    """Note that the lead asked to be left alone, by whatever way they said it."""
    await _heard(viewer, lead_id, "opted_out", consent.withdraw)


async def opt_in(viewer: Viewer, lead_id: int) -> None:
    """The lead wants contact again; only they can say so, the team notes it and answers for it in the audit."""
    await _heard(viewer, lead_id, "opted_in", consent.grant)


async def _heard(viewer: Viewer, lead_id: int, action: str, change: Callable[..., Awaitable[None]]) -> None:
    now = use(Clock).now()
    async with transaction() as db:
        lead = await owned_lead(db, viewer, lead_id, lock=True)
        await change(db, lead, how="noted_by_team", now=now)
        _note(db, lead, viewer, action, now)
        await db.flush()
        arrivals.tell_lead(db, lead_id)


def _note(db: AsyncSession, lead: Lead, viewer: Viewer, action: str, now: datetime) -> None:
    db.add(AuditEvent(lead_id=lead.id, user_id=viewer.user_id or None, action=action, at=now, details={}))
