"""The ledger: one row for each business event, written in the transaction of the change that it counts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.leads.models import LedgerEvent


class Kind(StrEnum):
    """What happened. Dashboards and the Insights page are folded from these."""

    LEAD_CREATED = "lead_created"
    QUALIFICATION_STARTED = "qualification_started"
    QUALIFICATION_FINISHED = "qualification_finished"
    QUALIFICATION_RESUMED = "qualification_resumed"
    FACTS_EXPECTED = "facts_expected"
    FACTS_COLLECTED = "facts_collected"
    CLASSIFIED = "classified"
    ASSIGNED = "assigned"
    MESSAGE_PERSISTED = "message_persisted"
    MESSAGE_STATUS = "message_status"
    MESSAGE_RECOVERED = "message_recovered"
    STAGE_CHANGED = "stage_changed"
    OPTED_OUT = "opted_out"
    LLM_COST = "llm_cost"
    """US dollars, of calls whose price is known."""
    LLM_UNPRICED = "llm_unpriced"
    """Calls to a model whose cost nobody knows, so that what is spent is at least the sum of the others."""
    EVALUATION_REFUSED = "evaluation_refused"
    """A trial of a method on the labelled chats whose figures were not kept."""
    CLASSIFICATION_FALLBACK = "classification_fallback"
    FOLLOW_UP_SENT = "follow_up_sent"
    FOLLOW_UP_SKIPPED = "follow_up_skipped"
    FOLLOW_UP_ANSWERED = "follow_up_answered"
    CLASSIFICATION_REVIEW = "classification_review"
    VERDICT_WITHDRAWN = "verdict_withdrawn"
    LEAD_PROCESSED = "lead_processed"
    SHUTDOWN = "shutdown"
    DATA_LOSS = "data_loss"


def record(
    db: AsyncSession,
    kind: Kind,
    /,
    *,
    lead_id: int | None,
    amount: float = 1.0,
    at: object = None,
    **labels: str,
) -> None:
    """Count one event when ``db`` is flushed, all events of a transaction in one statement. ``at`` is now unless given;
    ``labels`` hold values of enums, never texts, names or numbers of people.
    """
    event = LedgerEvent(kind=kind, labels=labels, lead_id=lead_id, amount=amount)
    if isinstance(at, datetime):
        event.at = at
    db.add(event)


_KNOWN = sa.text("select 1 from ledger where lead_id = :lead_id and kind = :kind limit 1")


async def happened(db: AsyncSession, kind: Kind, *, lead_id: int) -> bool:
    """Whether the ledger holds an event of this kind for a lead, from an earlier flush."""
    return (await db.execute(_KNOWN, {"lead_id": lead_id, "kind": kind})).first() is not None


async def record_once(db: AsyncSession, kind: Kind, /, *, lead_id: int, **labels: str) -> None:
    """Count what happens to a lead once in its life; the caller holds the lead's lock."""
    if not await happened(db, kind, lead_id=lead_id):
        db.add(LedgerEvent(kind=kind, labels=labels, lead_id=lead_id, amount=1.0))
