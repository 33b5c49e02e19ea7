"""Ends of months, seasons of next year, dated weekdays, limits per year, and who "it's me and ..." means."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.qualification.extraction.reader import read
from app.qualification.extraction.reading import ReadingContext
from app.qualification.facts import Budget, DecisionMaker, FactName, Period, Timeline

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WHEN = "When would you like to start? Quando quer começar? ¿Cuándo quiere empezar?"


def _read(said: str, agent_said: str, now: datetime = NOW) -> dict[FactName, object]:
    context = ReadingContext(agent_said=agent_said, business="gym")
    return {fact.name: fact.value for fact in read([said], context, now).facts}


@pytest.mark.parametrize("said", ["at the end of the month", "só no fim do mês, tá?", "a fin de mes"])
def test_the_end_of_the_month_is_as_far_away_as_the_calendar_has_it(said: str) -> None:
    early = datetime(2026, 11, 2, 12, tzinfo=UTC)
    assert _read(said, WHEN)[FactName.TIMELINE] == Timeline.NOW
    assert _read(said, WHEN, early)[FactName.TIMELINE] == Timeline.DAYS_30


@pytest.mark.parametrize(
    "said", ["autumn next year", "acho que no outono do ano que vem", "en otoño del año que viene"]
)
def test_a_season_of_next_year_is_not_the_beginning_of_that_year(said: str) -> None:
    assert _read(said, WHEN)[FactName.TIMELINE] == Timeline.LATER


def test_a_weekday_with_its_date_is_that_date() -> None:
    assert _read("el martes 1", "¿Cuándo quiere empezar?")[FactName.TIMELINE] == Timeline.DAYS_30
    assert _read("el martes", "¿Cuándo quiere empezar?")[FactName.TIMELINE] == Timeline.NOW


def test_a_limit_per_year_is_a_budget() -> None:
    budget = _read("our ceiling is 2k a year all in", "What matters most to you?")[FactName.BUDGET]
    assert isinstance(budget, Budget)
    assert (budget.amount, budget.period) == (2000, Period.YEAR)


@pytest.mark.parametrize("said", ["it's me and my wife", "sou eu e minha esposa", "soy yo y mi esposa"])
def test_me_and_somebody_decide_together(said: str) -> None:
    assert _read(said, "Who decides?")[FactName.DECISION_MAKER] == DecisionMaker.SHARED
