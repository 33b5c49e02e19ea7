"""Rating a lead: the rubric's judgement of what is known, stored whenever it says something new."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

import metrics.turns
from app.classification.models import ClassificationRow
from app.classification.rubric import Classification, Evidence, classify
from app.leads import ledger
from app.leads.models import Lead
from app.vocabulary import Method

async def rate(db: AsyncSession, lead: Lead, evidence: Evidence, now: datetime) -> Classification:
    """Judge the evidence and, when it differs from the last judgement, append a new one and show it on the lead."""
    with metrics.turns.stage("classify"):
        made = classify(evidence, now)
    if (lead.temperature, lead.risk, lead.score) != (made.temperature, made.risk, made.score):
        await _append(db, lead, made, now)
    lead.temperature, lead.risk, lead.score = made.temperature, made.risk, made.score
    return made


async def _append(db: AsyncSession, lead: Lead, made: Classification, now: datetime) -> None:
    db.add(
        ClassificationRow(
            lead_id=lead.id or 0,
            temperature=made.temperature,
            risk=made.risk,
            score=made.score,
            confidence=made.confidence,
            reasons=[{"factor": one.factor, "points": one.points, "text": one.text} for one in made.reasons],
            method=Method.RULES,
            made_at=now,
        )
    )
    await ledger.record(
        db, ledger.Kind.CLASSIFIED, lead_id=lead.id, method=Method.RULES, temperature=made.temperature
    )
