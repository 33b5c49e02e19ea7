"""A report as tests want it: two weeks up to a Monday, with something in each panel."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.classification.intervals import Share
from app.classification.verdicts import Agreement
from app.insights.figures import (
    Cohort,
    Collected,
    Consultant,
    CostStep,
    Entitled,
    Entitlement,
    Interviews,
    Judged,
    Line,
    MinutesStep,
    Report,
    Responses,
    Totals,
)
from app.insights.period import Reach, period_of
from app.vocabulary import Method, Sample

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
TWO_WEEKS = period_of(Reach.TWO_WEEKS, NOW, ZoneInfo("UTC"))
MINUTES = tuple(
    MinutesStep(at, 10, 6.1, 13.6, 1.7) if number % 2 else MinutesStep(at) for number, at in enumerate(TWO_WEEKS.steps)
)


def report(**changes: Any) -> Report:
    """The mock's figures, with whatever is changed."""
    made: dict[str, Any] = {
        "period": TWO_WEEKS,
        "now": Totals(Cohort(1284, 1107, 689, 604, 131, 9.4), Interviews(689, 800, 6.94), 8.06),
        "before": Totals(Cohort(1000, 900, 540, 500, 110, 9.0), Interviews(540, 700, 8.9), 7.5),
        "consultants": (Consultant(2, "Ana Ribeiro", True, True), Consultant(3, "Bruno Costa", True, False)),
        "minutes": MINUTES,
        "entitlement": Entitlement((Entitled(2, "Ana Ribeiro", 41, 40.6), Entitled(3, "Bruno Costa", 38, 38.9))),
        "responses": Responses((96, 238, 141, 72, 58, 31, 16, 9, 5), 298.0, 4),
        "costs": tuple(CostStep(step.at, 0.1, step.completed) for step in MINUTES),
        "collected": (Collected("high", 90, 100), Collected("medium", 3, 4), Collected("low")),
        "judged": Judged({"llm": 300, "rules": 100}, {"timeout": 7, "budget": 9}),
        "lines": (Line("agent", 500, 400, 396, 2, 1, 0.99942),),
        "agreed": (
            Agreement(Method.LLM, Sample.RANDOM, Share(193, 212), Share(189, 212)),
            Agreement(Method.RULES, Sample.RANDOM, Share(0, 0), Share(0, 0)),
        ),
    }
    return Report(**{**made, **changes})
