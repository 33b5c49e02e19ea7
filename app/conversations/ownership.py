"""Who owns a chat: the agent, a human, or nobody. Each change is a plain edit of a locked lead row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.leads.models import Lead
from app.leads.sla import allowed_wait
from app.messages.repository import preview_of
from app.registry import use
from app.settings import Settings
from app.telemetry.traces import traceparent
from app.vocabulary import Author, Automation, MessageKind


@dataclass(frozen=True)
class Behind:
    """What stands in the chat behind a message that the team wrote a while ago. ``answered_id`` is the last message
    that it may have answered; ``open_since`` when the first came that it cannot answer, ``unanswered_since`` the first
    of those that the agent would answer.
    """

    newer: bool = False
    unread: int = 0
    answered_id: int | None = None
    open_since: datetime | None = None
    unanswered_since: datetime | None = None


NOTHING = Behind()


def human_wrote(
    lead: Lead, *, preview: str, kind: MessageKind, now: datetime, at: datetime | None = None, behind: Behind = NOTHING
) -> None:
    """A member of the team wrote to the lead, now or ``at`` a time before: the agent falls silent, and nobody waits any
    more but for an answer to what is ``behind``.
    """
    pause(lead, now)
    if not behind.newer:
        lead.preview, lead.preview_author, lead.preview_kind = preview_of(preview), Author.HUMAN, kind
    lead.unread = min(lead.unread, behind.unread)
    lead.human_contact_at = lead.human_contact_at or at or now
    settle(lead)
    if behind.open_since is not None and lead.automation == Automation.HUMAN:
        lead.answered_id, lead.first_unanswered_at = behind.answered_id, behind.unanswered_since
        wait_for_human(lead, behind.open_since)
    touch(lead, now)
    if use(Settings).human_pause_minutes and lead.automation == Automation.HUMAN:
        lead.resume_due_at = now + timedelta(minutes=use(Settings).human_pause_minutes)


def pause(lead: Lead, now: datetime) -> None:
    """Let a human own the chat; an opted-out lead stays off."""
    if lead.automation == Automation.AGENT:
        lead.automation = Automation.HUMAN
    lead.turn_due_at = lead.abandon_due_at = lead.resume_due_at = None
    touch(lead, now)


def resume(lead: Lead, now: datetime) -> None:
    """Give the chat back to the agent; what is unanswered gets its turn, and who waits for a person goes on waiting."""
    lead.automation = Automation.AGENT
    lead.resume_due_at = None
    if not waits_for_person_alone(lead):
        lead.waiting_since = lead.due_at = None
    if lead.first_unanswered_at is not None:
        lead.turn_due_at, lead.turn_trace = now, traceparent()
    touch(lead, now)


def waits_for_person_alone(lead: Lead) -> bool:
    """Whether the lead waits for what the agent would not answer: a message that came too late for it, or a person."""
    return lead.waiting_since is not None and lead.first_unanswered_at is None


def wait_for_human(lead: Lead, since: datetime) -> None:
    """The lead waits for a member of the team from ``since``."""
    lead.waiting_since = since
    lead.due_at = since + allowed_wait(use(Settings), lead.temperature)


def settle(lead: Lead) -> None:
    """Nobody waits: the last word was ours."""
    lead.first_unanswered_at = None
    lead.answered_id = lead.last_inbound_id
    lead.waiting_since = lead.due_at = None
    lead.drafts_dropped = 0


def silence(lead: Lead, now: datetime) -> None:
    """The lead asked to be left alone: no message of any kind, on any path."""
    lead.automation = Automation.OFF
    lead.opted_out_at = lead.opted_out_at or now
    lead.turn_due_at = lead.abandon_due_at = lead.assign_due_at = lead.resume_due_at = lead.unassigned_why = None
    settle(lead)
    touch(lead, now)


def touch(lead: Lead, now: datetime) -> None:
    """Every change of what a card shows raises the version."""
    lead.version += 1
    lead.updated_at = now
