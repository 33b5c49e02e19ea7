"""Follow-ups for silent leads: reserved, written, and what came of them.

A follow-up is a row before it is a message. The sweep takes leads whose ``follow_up_due_at`` has come and commits a
reserved row for what is due; a second transaction locks the lead, decides again, and writes the message and its send.
Two workers cannot reserve the same one, and one that was reserved and never written is taken up a minute later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import Clock
from app.conversations import arrivals, followup_rules, interviews, ownership
from app.conversations.followup_rules import Audience, Made, Reason, Silence, Skip, Status, Wait, Write
from app.conversations.team_notes import system_note
from app.conversations.waking import Waking, waking_of
from app.database import transaction
from app.errors import NotFound
from app.jobs.due import each
from app.leads import ledger
from app.leads import repository as leads
from app.leads.models import Lead
from app.messages import outbox
from app.messages.outbox import Draft, Purpose
from app.messages.repository import preview_of
from app.qualification import dialogue
from app.qualification.playbook import Playbook
from app.registry import use
from app.settings import Settings
from app.vocabulary import Author, MessageKind, SessionName, Stage

TRY_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Reserved:
    """A follow-up that is to be written."""

    id: int
    lead_id: int
    stage: str


async def sweep_due(batch: int = 50) -> int:
    """Follow up the leads whose time has come; returns how many were due."""
    now = use(Clock).now()
    async with transaction() as db:
        due = await leads.claim_due(db, "follow_up_due_at", now=now, batch=batch, later=now + TRY_AGAIN)
    await each([lead_id for lead_id, _ in due], follow_up, failed="follow_up_failed")
    return len(due)


async def follow_up(lead_id: int) -> None:
    """Do what is due for one silent lead."""
    reserved = await reserve(lead_id)
    if reserved is not None:
        await carry_out(reserved)


async def reserve(lead_id: int) -> Reserved | None:
    """Commit what is due as a row, or note when to look again; None when nothing is to be written now."""
    now = use(Clock).now()
    async with transaction() as db:
        found = await _silence(db, lead_id)
        if found is None:
            return None
        lead, interview, silence = found
        decision = followup_rules.decide(silence, use(Settings), now)
        match decision:
            case Write(number, audience):
                lead.follow_up_due_at = now + TRY_AGAIN
                row_id = await _row(db, lead, interview, Status.RESERVED, number=number, audience=audience, now=now)
            case Skip(number, reason):
                lead.follow_up_due_at = row_id = None
                await _skip(db, lead, interview, number, reason, now=now)
            case Wait(until):
                lead.follow_up_due_at, row_id = until, None
            case None:
                lead.follow_up_due_at = row_id = None
        await db.flush()
    return None if row_id is None else Reserved(row_id, lead_id, silence.stage)


async def carry_out(reserved: Reserved) -> None:
    """Write a reserved follow-up, unless it is not wanted any more."""
    now = use(Clock).now()
    async with transaction() as db:
        found = await _silence(db, reserved.lead_id)
        if found is None or not await _is_reserved(db, reserved.id):
            return
        lead, _, silence = found
        decision = followup_rules.decide(silence, use(Settings), now)
        lead.follow_up_due_at = now
        match decision:
            case Write() if silence.stage == reserved.stage:
                await _write(db, lead, silence, decision, row_id=reserved.id, now=now)
            case Wait(until) if silence.stage == reserved.stage:
                lead.follow_up_due_at = until
            case Skip(_, reason) if silence.stage == reserved.stage:
                await _call_off(db, lead, reserved.id, reason)
            case _:
                await _call_off(db, lead, reserved.id, followup_rules.because(silence, reserved.stage))
        await db.flush()


_STATE = sa.text("""
select q.id as interview, q.status, q.progress, q.facts,
  (select max(created_at) from message where lead_id = l.id and author = 'agent' and purpose = 'reply') as asked_at,
  greatest(
    (select max(created_at) from message where lead_id = l.id and author <> 'system' and kind <> 'note'
      and purpose is distinct from 'follow_up'),
    (select max(assigned_at) from assignment where lead_id = l.id and released_at is null)) as quiet_since,
  array(select value from lead_identity where lead_id = l.id and kind = 'phone' order by id) as phones
from lead l left join lateral (
  select id, status, progress, facts from qualification where lead_id = l.id order by id desc limit 1) q on true
where l.id = :lead_id
""")
_MADE = sa.text(
    "select number, status, coalesce(sent_at, made_at) as at from follow_up"
    " where lead_id = :lead_id and interview = :interview and stage = :stage order by number"
)


async def _silence(db: AsyncSession, lead_id: int) -> tuple[Lead, int, Silence] | None:
    """The locked lead, its interview, and how it stands; None when it was erased."""
    try:
        lead = await leads.lock(db, lead_id)
    except NotFound:
        return None
    row = (await db.execute(_STATE, {"lead_id": lead_id})).one()
    interview = row.interview or 0
    made = await db.execute(_MADE, {"lead_id": lead_id, "interview": interview, "stage": lead.stage})
    silence = Silence(
        lead_id=lead_id,
        stage=lead.stage,
        automation=lead.automation,
        owner_id=lead.owner_id,
        status=row.status,
        progress=interviews.progress_of(row.progress, row.facts),
        asked_at=row.asked_at,
        gives_up_at=lead.abandon_due_at,
        written_at=lead.last_inbound_at,
        quiet_since=row.quiet_since,
        made=tuple(Made(one.number, Status(one.status), one.at) for one in made),
        waking=_waking(row.phones),
        waking_of_team=_waking(()),
    )
    return lead, interview, silence


def _waking(phones: Any) -> Waking:
    settings = use(Settings)
    business = ZoneInfo(settings.time_zone)
    return waking_of(phones, start=settings.waking_from, end=settings.waking_until, business=business)


_RESERVE = sa.text("""
insert into follow_up (lead_id, interview, stage, number, audience, status, reason, made_at)
values (:lead_id, :interview, :stage, :number, :audience, :status, :reason, :now)
on conflict on constraint follow_up_once do update set audience = excluded.audience
  where follow_up.status = 'reserved' returning id
""")


async def _row(
    db: AsyncSession,
    lead: Lead,
    interview: int,
    status: Status,
    *,
    number: int,
    audience: Audience,
    now: datetime,
    reason: Reason | None = None,
) -> int | None:
    """Commit to a follow-up; one that is reserved already is the same one, and None means that it was made."""
    values = {
        "lead_id": lead.id,
        "interview": interview,
        "stage": lead.stage,
        "number": number,
        "audience": audience,
        "status": status,
        "reason": reason,
        "now": now,
    }
    return (await db.execute(_RESERVE, values)).scalar_one_or_none()


async def _skip(db: AsyncSession, lead: Lead, interview: int, number: int, reason: Reason, *, now: datetime) -> None:
    made = await _row(
        db, lead, interview, Status.RESERVED, number=number, audience=Audience.LEAD, now=now, reason=reason
    )
    if made is not None:
        await _end(db, lead.id or 0, made, Status.SKIPPED, reason)


_IS_RESERVED = sa.text("select 1 from follow_up where id = :id and status = 'reserved' for update")


async def _is_reserved(db: AsyncSession, follow_up_id: int) -> bool:
    return (await db.execute(_IS_RESERVED, {"id": follow_up_id})).first() is not None


async def _call_off(db: AsyncSession, lead: Lead, follow_up_id: int, reason: Reason) -> None:
    await _end(db, lead.id or 0, follow_up_id, Status.CANCELLED, reason)


_END = sa.text("update follow_up set status = :status, reason = :reason where id = :id")


async def _end(db: AsyncSession, lead_id: int, follow_up_id: int, status: Status, reason: Reason) -> None:
    await db.execute(_END, {"id": follow_up_id, "status": status, "reason": reason})
    ledger.record(db, ledger.Kind.FOLLOW_UP_SKIPPED, lead_id=lead_id, reason=reason)
    arrivals.tell_lead(db, lead_id)


_SENT = sa.text(
    "update follow_up set status = 'sent', sent_at = :now, message_id = :message_id, audience = :audience"
    " where id = :id"
)


async def _write(
    db: AsyncSession, lead: Lead, silence: Silence, decision: Write, *, row_id: int, now: datetime
) -> None:
    text = _said(silence, decision, now)
    if text is None:
        await _call_off(db, lead, row_id, Reason.REPLIED)
        return
    if decision.audience is Audience.LEAD:
        message_id = await _to_lead(db, lead, text, decision.before, now)
    else:
        message_id = await _to_consultant(db, lead, text, now)
    values = {"id": row_id, "now": now, "message_id": message_id, "audience": decision.audience}
    await db.execute(_SENT, values)
    ledger.record(db, ledger.Kind.FOLLOW_UP_SENT, lead_id=lead.id, audience=decision.audience, stage=silence.stage)
    ownership.touch(lead, now)
    await db.flush()
    arrivals.tell_lead(db, silence.lead_id)
    arrivals.tell_message(db, silence.lead_id, message_id)


def _said(silence: Silence, decision: Write, now: datetime) -> str | None:
    if decision.audience is Audience.CONSULTANT:
        return f"Nobody has written for {_long(now - (silence.quiet_since or now))}: a word may keep this lead."
    if silence.stage == Stage.QUALIFYING:
        return dialogue.follow_up(silence.progress, use(Playbook), decision.number)
    return dialogue.with_consultant(silence.progress, use(Playbook))


def _long(silence: timedelta) -> str:
    hours = max(round(silence / timedelta(hours=1)), 1)
    if hours >= 48:
        return f"{hours // 24} days"
    return "an hour" if hours == 1 else f"{hours} hours"


async def _to_lead(db: AsyncSession, lead: Lead, text: str, before: datetime | None, now: datetime) -> int:
    draft = Draft(
        lead_id=lead.id or 0,
        session=SessionName.AGENT,
        author=Author.AGENT,
        body=text,
        purpose=Purpose.FOLLOW_UP,
        send_before=before,
    )
    lead.preview, lead.preview_author, lead.preview_kind = preview_of(text), Author.AGENT, MessageKind.TEXT
    return await outbox.enqueue(db, draft, now)


async def _to_consultant(db: AsyncSession, lead: Lead, text: str, now: datetime) -> int:
    if lead.waiting_since is None:
        ownership.wait_for_human(lead, now)
    return await system_note(db, lead, text, now)
