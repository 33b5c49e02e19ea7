"""Temperature, risk and score by the rubric."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.classification.rubric import BANDS, Classification, Evidence, Reason, classify, guard
from app.qualification.extraction import Signal
from app.qualification.facts import Budget, DecisionMaker, Fact, FactName, Timeline
from app.vocabulary import Outcome, Risk, Temperature

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
VALUES = {
    FactName.NAME: "Ana",
    FactName.EMAIL: "ana@example.com",
    FactName.INTEREST: "english course",
    FactName.CITY: "Leeds",
    FactName.BUDGET: Budget(Decimal(200), "EUR"),
}


def known(*names: str, **values: object) -> dict[FactName, Fact]:
    """Facts by name: the usual value, or the one given."""
    chosen = {FactName(name): VALUES[FactName(name)] for name in names} | {FactName(n): v for n, v in values.items()}
    return {name: Fact(name, value, 0.9, "") for name, value in chosen.items()}


def judged(facts: dict[FactName, Fact], *signals: Signal, outcome: Outcome | None = None) -> Classification:
    return classify(Evidence(facts, dict.fromkeys(signals, 1), outcome), NOW)


@pytest.mark.parametrize("timeline", [Timeline.NOW, Timeline.DAYS_30])
def test_a_need_within_a_month_is_hot(timeline):
    assert judged(known("interest", timeline=timeline)).temperature is Temperature.HOT


def test_a_plain_wish_to_buy_is_hot_without_a_date():
    assert judged(known("interest"), Signal.BUY_INTENT).temperature is Temperature.HOT


@pytest.mark.parametrize(
    ("facts", "signals"),
    [
        (known("interest"), ()),
        (known("interest", timeline=Timeline.DAYS_90), (Signal.BUY_INTENT,)),
        (known("interest", timeline=Timeline.DAYS_180), ()),
        (known("interest", timeline=Timeline.NOW, decision_maker=DecisionMaker.OTHER), ()),
        (known("interest", timeline=Timeline.NOW), (Signal.THIRD_PERSON,)),
        (known("interest", timeline=Timeline.NOW), (Signal.COMPARES_FIRST,)),
    ],
)
def test_a_need_that_something_holds_back_is_warm(facts, signals):
    assert judged(facts, *signals).temperature is Temperature.WARM


@pytest.mark.parametrize(
    ("facts", "signals"),
    [
        ({}, ()),
        (known("interest", timeline=Timeline.LATER), ()),
        (known("interest", timeline=Timeline.NONE), ()),
        (known("interest"), (Signal.PRICE_REFUSED,)),
        (known("interest"), (Signal.CURIOUS_ONLY,)),
        (known("interest", timeline=Timeline.NOW), (Signal.VENDOR,)),
        (known("interest", timeline=Timeline.NOW), (Signal.WRONG_NUMBER,)),
    ],
)
def test_no_need_no_plans_or_no_customer_is_cold(facts, signals):
    assert judged(facts, *signals).temperature is Temperature.COLD


def test_an_opt_out_is_cold_whatever_else_is_known():
    facts = known("interest", timeline=Timeline.NOW)

    assert judged(facts, Signal.BUY_INTENT, outcome=Outcome.OPTED_OUT).temperature is Temperature.COLD


def test_comparing_alone_blocks_nothing():
    assert judged(known("interest", timeline=Timeline.NOW), Signal.COMPARES).temperature is Temperature.HOT


def test_someone_who_agreed_already_is_no_danger():
    facts = known("interest", timeline=Timeline.NOW, decision_maker=DecisionMaker.SHARED)

    made = judged(facts, Signal.THIRD_PERSON, Signal.APPROVED)

    assert (made.temperature, made.risk) == (Temperature.HOT, Risk.LOW)


def test_a_shared_decision_that_is_pending_is_a_danger_and_holds_nobody_back():
    facts = known("interest", timeline=Timeline.NOW, decision_maker=DecisionMaker.SHARED)

    made = judged(facts, Signal.THIRD_PERSON)

    assert (made.temperature, made.risk) == (Temperature.HOT, Risk.MEDIUM)


@pytest.mark.parametrize(
    "signal", [Signal.PRICE_OBJECTION, Signal.LARGE_DISCOUNT, Signal.CONTRADICTION, Signal.MISSED_APPOINTMENTS]
)
def test_one_danger_is_a_medium_risk(signal):
    assert judged(known("interest"), signal).risk is Risk.MEDIUM


def test_two_dangers_are_a_high_risk():
    assert judged(known("interest"), Signal.PRICE_OBJECTION, Signal.MISSED_APPOINTMENTS).risk is Risk.HIGH


def test_evading_once_is_no_danger_and_twice_is():
    assert classify(Evidence(known("interest"), {Signal.EVASIVE: 1}), NOW).risk is Risk.LOW
    assert classify(Evidence(known("interest"), {Signal.EVASIVE: 2}), NOW).risk is Risk.MEDIUM


@pytest.mark.parametrize(
    "signal", [Signal.SPAM, Signal.ABUSE, Signal.JOB_SEEKER, Signal.ASKS_MONEY, Signal.REFUSES, Signal.ILLEGAL]
)
def test_whoever_is_no_honest_customer_is_a_high_risk(signal):
    assert judged({}, signal).risk is Risk.HIGH


def test_a_polite_wrong_number_is_a_low_risk():
    assert judged({}, Signal.WRONG_NUMBER).risk is Risk.LOW


facts_strategy = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.just(Fact(name, value, 0.8, "")) for name, value in VALUES.items()},
        FactName.TIMELINE: st.sampled_from(list(Timeline)).map(lambda v: Fact(FactName.TIMELINE, v, 0.8, "")),
        FactName.DECISION_MAKER: st.sampled_from(list(DecisionMaker)).map(
            lambda v: Fact(FactName.DECISION_MAKER, v, 0.8, "")
        ),
    },
)
signals_strategy = st.dictionaries(st.sampled_from(list(Signal)), st.integers(1, 3))
evidence_strategy = st.builds(Evidence, facts_strategy, signals_strategy, st.none() | st.sampled_from(list(Outcome)))


@given(evidence_strategy)
def test_the_score_is_the_sum_of_its_reasons_and_never_contradicts_the_temperature(evidence):
    made = classify(evidence, NOW)

    low, high = BANDS[made.temperature]
    assert made.score == sum(reason.points for reason in made.reasons)
    assert low <= made.score <= high
    assert 0 <= made.confidence <= 1
    assert all(reason.text for reason in made.reasons)


@given(evidence_strategy)
def test_the_rules_own_judgement_passes_the_guard_unchanged(evidence):
    made = classify(evidence, NOW)

    assert guard(made, evidence) == made


@given(evidence_strategy, st.sampled_from(list(Temperature)), st.sampled_from(list(Risk)), st.integers(-50, 150))
def test_whatever_a_model_proposes_leaves_the_guard_possible(evidence, temperature, risk, points):
    proposed = Classification(temperature, risk, points, (Reason("model", points, "said so"),), 0.5)

    made = guard(proposed, evidence)

    low, high = BANDS[made.temperature]
    assert low <= made.score == sum(reason.points for reason in made.reasons) <= high
    if evidence.outcome is Outcome.OPTED_OUT or evidence.has(Signal.SPAM):
        assert made.temperature is Temperature.COLD
