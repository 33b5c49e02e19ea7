"""What happens when a message of ours goes a step further, whoever tells it first: the gateway's answer, the echo, an
ack, or the chat's history. Each step is measured once, by the statement that took it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

import metrics.qualification
import metrics.turns
import metrics.whatsapp
from app.vocabulary import Author, Method, SessionName

JUST_NOW = timedelta(seconds=2)

CONTACT = """
contact as (
  update lead set first_contact_at = greatest(cast(:reached as timestamptz), lead.first_inbound_at) from climbed
   where lead.id = climbed.lead_id and climbed.unaccepted and climbed.accepted_at is not null
    and lead.first_contact_at is null and lead.first_inbound_at is not null
  returning lead.first_inbound_at, lead.first_contact_at
)
"""
"""The lead's first contact is the first message that the gateway took; wants ``climbed`` before it, and ``reached``."""

TAKEN = """message.id, message.lead_id, message.kind, message.author, message.method, message.quiet_until,
  message.trace, message.accepted_at, message.delivered_at"""
"""What ``climbed`` returns of the message, beside ``unaccepted`` and ``undelivered``: how it stood before."""


def reached_at(at: datetime, now: datetime) -> datetime:
    """When a step was reached of which the gateway says that it was ``at``: it names whole seconds, so what has just
    happened happened now, and nothing happens later than that.
    """
    return now if now - at < JUST_NOW else at


def measure(session: str, step: sa.Row[Any], reached: datetime) -> None:
    """Observe what this step was the first to bring; ``step`` is the row of ``climbed`` and ``contact``. Call it after
    the commit.
    """
    if step.unaccepted and step.accepted_at is not None:
        _accepted(step, reached)
    if step.undelivered and step.delivered_at is not None:
        known = session if session in set(SessionName) else "other"
        metrics.whatsapp.delivered(known, _seconds(step.accepted_at, step.delivered_at))


def _accepted(step: sa.Row[Any], reached: datetime) -> None:
    if step.first_contact_at is not None:
        first_contact(step.author, step.first_inbound_at, step.first_contact_at)
    if step.quiet_until is not None:
        metrics.turns.answered(step.method or Method.RULES, _seconds(step.quiet_until, reached))


def first_contact(author: str, since: datetime | None, at: datetime) -> None:
    """Observe the first message that a lead got, by the agent or by a person, ``since`` it wrote first."""
    metrics.qualification.first_contact("human" if author == Author.HUMAN else "agent", _seconds(since, at))


def _seconds(since: datetime | None, until: datetime) -> float:
    return (until - (since or until)).total_seconds()
