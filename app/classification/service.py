"""Rating a lead: the rubric's judgement of what is known, or a model's, stored whenever it says something new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

import metrics.turns
from app.classification.llm import Judgement
from app.classification.models import ClassificationRow
from app.classification.rubric import Classification, Evidence, classify
from app.leads import ledger
from app.leads.models import Lead
from app.llm.account import Charge, FallbackReason
from app.vocabulary import Method

_NEWEST = sa.text(
    "select distinct on (method) id, method, temperature, risk, score from classification"
    " where lead_id = :id order by method, id desc"
)


@dataclass(frozen=True)
class _Verdict:
    """Who judged how."""

    made: Classification
    method: Method
    judgement: Judgement | None = None


async def rate(
    db: AsyncSession, lead: Lead, evidence: Evidence, now: datetime, judged: Judgement | None = None
) -> Classification:
    """Judge the evidence and, when it differs from the last judgement, append a new one and show it on the lead.

    The rules judge, unless ``judged`` holds what a model said. A model's judgement stands until the rules see a change.
    """
    with metrics.turns.stage("classify"):
        ruled = classify(evidence, now)
    if judged is None:
        return await _by_rules(db, lead, ruled, now)
    made = judged.made or ruled
    await _append(db, lead, _Verdict(made, Method.LLM if judged.made else Method.RULES, judged), now)
    await note_model_use(db, lead.id, judged.charges, judged.fallback)
    return _show(lead, made)


async def _by_rules(db: AsyncSession, lead: Lead, made: Classification, now: datetime) -> Classification:
    """Usually nothing changed, and that is seen without a question to the database."""
    if _same(lead, made) or await _model_stands(db, lead, made):
        return made
    await _append(db, lead, _Verdict(made, Method.RULES), now)
    return _show(lead, made)


async def _model_stands(db: AsyncSession, lead: Lead, made: Classification) -> bool:
    """Whether what the lead shows is a model's judgement, made when the rules said the same as now."""
    newest = {row.method: row for row in await db.execute(_NEWEST, {"id": lead.id})}
    ruled, judged = newest.get(Method.RULES), newest.get(Method.LLM)
    return ruled is not None and judged is not None and judged.id > ruled.id and _same(ruled, made)


def _same(shown: Any, made: Classification) -> bool:
    return (shown.temperature, shown.risk, shown.score) == (made.temperature, made.risk, made.score)


async def note_model_use(
    db: AsyncSession, lead_id: int | None, charges: tuple[Charge, ...], fallback: FallbackReason | None
) -> None:
    """Count in the ledger what calls to a model cost, where that is known, and why the rules stepped in."""
    for charge in charges:
        if charge.usd is not None:
            labels = {"gen_ai_request_model": charge.model, "gen_ai_prompt_name": charge.purpose.value}
            await ledger.record(db, ledger.Kind.LLM_COST, lead_id=lead_id, amount=float(charge.usd), **labels)
    if fallback is not None:
        await ledger.record(db, ledger.Kind.CLASSIFICATION_FALLBACK, lead_id=lead_id, reason=fallback.value)


def _show(lead: Lead, made: Classification) -> Classification:
    lead.temperature, lead.risk, lead.score = made.temperature, made.risk, made.score
    return made


async def _append(db: AsyncSession, lead: Lead, verdict: _Verdict, now: datetime) -> None:
    made, judgement = verdict.made, verdict.judgement
    db.add(
        ClassificationRow(
            lead_id=lead.id or 0,
            temperature=made.temperature,
            risk=made.risk,
            score=made.score,
            confidence=made.confidence,
            reasons=[{"factor": one.factor, "points": one.points, "text": one.text} for one in made.reasons],
            method=verdict.method,
            fallback_reason=judgement.fallback if judgement else None,
            model=judgement.model if judgement else None,
            tokens=judgement.tokens if judgement else None,
            cost_usd=judgement.usd if judgement else None,
            latency_ms=_milliseconds(judgement),
            made_at=now,
        )
    )
    await ledger.record(
        db, ledger.Kind.CLASSIFIED, lead_id=lead.id, method=verdict.method, temperature=made.temperature
    )


def _milliseconds(judgement: Judgement | None) -> float | None:
    return None if judgement is None or judgement.seconds is None else round(judgement.seconds * 1000, 1)
