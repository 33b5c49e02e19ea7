"""The ledger: one row for each business event, written in the transaction of the change that it counts."""

from __future__ import annotations

import json
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession


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


_INSERT = sa.text(
    "insert into ledger (kind, labels, lead_id, amount, at)"
    " values (:kind, cast(:labels as jsonb), :lead_id, :amount, coalesce(:at, now()))"
)


async def record(
    db: AsyncSession,
    kind: Kind,
    *,
    lead_id: int | None,
    amount: float = 1.0,
    at: object = None,
    **labels: str,
) -> None:
    """Count one event. ``labels`` hold values of enums, never texts, names or numbers of people."""
    await db.execute(
        _INSERT, {"kind": kind, "labels": json.dumps(labels), "lead_id": lead_id, "amount": amount, "at": at}
    )
