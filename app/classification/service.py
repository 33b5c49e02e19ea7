"""Rating a lead: the rubric's judgement of what is known, or a model's, stored whenever it says something new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

import metrics.turns
from app.classification.llm import Judgement
from app.classification.models import ClassificationRow
from app.classification.rubric import Classification, Evidence, classify, within
from app.classification.sampling import is_drawn
from app.leads import ledger
from app.leads.models import Lead
from app.llm.account import Bill, Charge, FallbackReason, Purpose
from app.registry import use
from app.settings import Settings
from app.vocabulary import Method, Temperature

_RULED = sa.text(
    "select temperature, risk, score from classification where lead_id = :id and method = 'rules'"
    " and lowered_from is null order by id desc limit 1"
)


@dataclass(frozen=True)
class _Rating:
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
    _append(db, lead, _Rating(made, Method.LLM if judged.made else Method.RULES, judged), now)
    note_model_use(db, lead.id, judged.charges, judged.fallback)
    return _show(lead, made)


async def _by_rules(db: AsyncSession, lead: Lead, made: Classification, now: datetime) -> Classification:
    if await _nothing_new(db, lead, made):
        return made
    _append(db, lead, _Rating(made, Method.RULES), now)
    return _show(lead, made)


async def _nothing_new(db: AsyncSession, lead: Lead, made: Classification) -> bool:
    """Whether the rules said the same last time: usually the lead shows that, without a question to the database.

    Otherwise it may show what a model or a person said, or what silence made of a rating; all of these stand.
    """
    if lead.rated_by is None and lead.silent_since is None and _same(lead, made):
        return True
    ruled = (await db.execute(_RULED, {"id": lead.id})).one_or_none()
    return ruled is not None and _same(ruled, made)


def _same(shown: Any, made: Classification) -> bool:
    return (shown.temperature, shown.risk, shown.score) == (made.temperature, made.risk, made.score)


def note_model_use(
    db: AsyncSession, lead_id: int | None, charges: Iterable[Charge], fallback: FallbackReason | None
) -> None:
    """Count in the ledger what calls to a model cost, or that nobody knows it, and why the rules stepped in."""
    for charge in charges:
        _note(db, lead_id, charge)
    if fallback is not None:
        ledger.record(db, ledger.Kind.CLASSIFICATION_FALLBACK, lead_id=lead_id, reason=fallback.value)


def note_trial(db: AsyncSession, paid: Iterable[Bill]) -> None:
    """Count in the ledger what trying models cost, apart from what leads cost."""
    for bill in paid:
        labels = {"gen_ai_request_model": bill.model, "gen_ai_prompt_name": Purpose.EVALUATE.value}
        if bill.usd:
            ledger.record(db, ledger.Kind.LLM_COST, lead_id=None, amount=float(bill.usd), **labels)
        if bill.unpriced:
            ledger.record(db, ledger.Kind.LLM_UNPRICED, lead_id=None, amount=float(bill.unpriced), **labels)


def _note(db: AsyncSession, lead_id: int | None, charge: Charge) -> None:
    labels = {"gen_ai_request_model": charge.model, "gen_ai_prompt_name": charge.purpose.value}
    if charge.usd is None:
        ledger.record(db, ledger.Kind.LLM_UNPRICED, lead_id=lead_id, amount=1.0, **labels)
    else:
        ledger.record(db, ledger.Kind.LLM_COST, lead_id=lead_id, amount=float(charge.usd), **labels)


def _show(lead: Lead, made: Classification) -> Classification:
    """Let the lead show the rating, unless a person's verdict stands: then only the score follows, inside its band."""
    lead.silent_since = None
    if lead.rated_by is None:
        lead.temperature, lead.risk, lead.score = made.temperature, made.risk, made.score
    elif lead.temperature is not None:
        lead.score = within(made.score, Temperature(lead.temperature))
    if lead.sampled is None:
        lead.sampled = lead.blind = is_drawn(lead.id or 0, use(Settings).review_share)
    return made


def _append(db: AsyncSession, lead: Lead, rating: _Rating, now: datetime) -> None:
    made, judgement = rating.made, rating.judgement
    db.add(
        ClassificationRow(
            lead_id=lead.id or 0,
            temperature=made.temperature,
            risk=made.risk,
            score=made.score,
            confidence=made.confidence,
            reasons=[{"factor": one.factor, "points": one.points, "text": one.text} for one in made.reasons],
            method=rating.method,
            fallback_reason=judgement.fallback if judgement else None,
            model=judgement.model if judgement else None,
            tokens=judgement.tokens if judgement else None,
            cost_usd=judgement.usd if judgement else None,
            latency_ms=_milliseconds(judgement),
            made_at=now,
        )
    )
    ledger.record(db, ledger.Kind.CLASSIFIED, lead_id=lead.id, method=rating.method, temperature=made.temperature)


def _milliseconds(judgement: Judgement | None) -> float | None:
    return None if judgement is None or judgement.seconds is None else round(judgement.seconds * 1000, 1)
