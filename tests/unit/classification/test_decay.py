"""What silence does to a rating."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.classification.decay import cooled, worth_noting
from app.classification.rubric import BANDS, Classification, Reason
from app.vocabulary import Risk, Temperature

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ORDER = [Temperature.COLD, Temperature.WARM, Temperature.HOT]


def rated(temperature: Temperature, score: int) -> Classification:
    return Classification(temperature, Risk.MEDIUM, score, (Reason("decided_by", score, "All of it"),), 0.8)


def after(days: float, made: Classification) -> Classification:
    return cooled(made, NOW - timedelta(days=days), NOW)


def test_the_first_day_costs_nothing() -> None:
    made = rated(Temperature.HOT, 78)
    assert after(1.9, made) is made


def test_a_hot_lead_who_is_silent_for_four_days_is_warm_and_the_reason_says_so() -> None:
    made = after(4, rated(Temperature.HOT, 78))
    assert (made.temperature, made.score) == (Temperature.WARM, 67)
    assert made.reasons[-1] == Reason("silence", -11, "Silent for 4 days")


def test_the_score_of_a_hot_lead_halves_in_fourteen_days_until_it_is_warm() -> None:
    assert after(1 + 7, rated(Temperature.HOT, 100)).score == 70


def test_warm_cools_more_slowly_and_cold_stays_cold() -> None:
    assert after(7, rated(Temperature.WARM, 50)).temperature is Temperature.WARM
    assert after(21, rated(Temperature.WARM, 50)).temperature is Temperature.COLD
    assert after(61, rated(Temperature.COLD, 20)) == after(61.5, rated(Temperature.COLD, 20))
    assert after(61, rated(Temperature.COLD, 20)).score == 10


def test_only_another_temperature_or_three_points_are_worth_a_new_rating() -> None:
    made = rated(Temperature.WARM, 60)
    assert not worth_noting(made, "WARM", 62)
    assert worth_noting(made, "WARM", 63)
    assert worth_noting(made, "HOT", 60)


@st.composite
def ratings(draw: st.DrawFn) -> Classification:
    temperature = draw(st.sampled_from(ORDER))
    return rated(temperature, draw(st.integers(*BANDS[temperature])))


@given(ratings(), st.floats(0, 400), st.floats(0, 60))
def test_silence_never_raises_and_the_score_never_contradicts_the_temperature(
    made: Classification, days: float, more: float
) -> None:
    once, later = after(days, made), after(days + more, made)
    low, high = BANDS[later.temperature]
    assert low <= later.score <= high
    assert later.score <= once.score <= made.score
    assert ORDER.index(later.temperature) <= ORDER.index(once.temperature) <= ORDER.index(made.temperature)
    assert sum(reason.points for reason in later.reasons) == later.score
    assert later.risk is made.risk
