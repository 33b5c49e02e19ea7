"""The ledger: one row for each business event, written in the transaction of the change that it counts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from app.leads.models import LedgerEvent


class Kind(StrEnum):
    """What happened. Dashboards and the Insights page are folded from these."""

    LEAD_CREATED = "lead_created"
    QUALIFICATION_STARTED = "qualification_started"
    QUALIFICATION_FINISHED = "qualification_finished"
    FACTS_EXPECTED = "facts_expected"
    FACTS_COLLECTED = "facts_collected"
    CLASSIFIED = "classified"
    ASSIGNED = "assigned"
    MESSAGE_PERSISTED = "message_persisted"
    MESSAGE_STATUS = "message_status"
    MESSAGE_LOST = "message_lost"
    STAGE_CHANGED = "stage_changed"
    OPTED_OUT = "opted_out"
    LLM_COST = "llm_cost"
    CLASSIFICATION_FALLBACK = "classification_fallback"
    CLASSIFICATION_REVIEW = "classification_review"
    VERDICT_WITHDRAWN = "verdict_withdrawn"


def record(
    db: AsyncSession,
    kind: Kind,
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
