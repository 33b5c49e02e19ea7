"""Facts in storage and on the screen."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.qualification.facts import (
    Budget,
    DecisionMaker,
    Fact,
    FactName,
    Period,
    Timeline,
    UnreadableFact,
    display,
    fact_from_json,
    fact_to_json,
    facts_from_json,
    facts_to_json,
    label,
    value_from_json,
)
from app.vocabulary import Language

FACTS = [
    Fact(FactName.NAME, "Ana Lima", 0.9, "sou a Ana Lima"),
    Fact(FactName.BUDGET, Budget(Decimal(18000), "BRL", Period.MONTH), 0.8, "18 mil", locked_by="Mara"),
    Fact(FactName.BUDGET, Budget(Decimal("99.90"), None), 0.8, "99,90"),
    Fact(FactName.TIMELINE, Timeline.DAYS_90, 0.7, "em janeiro"),
    Fact(FactName.DECISION_MAKER, DecisionMaker.SHARED, 0.7, "nós dois"),
]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name.value)
def test_a_stored_fact_comes_back_the_same(fact):
    assert fact_from_json(fact.name, fact_to_json(fact)) == fact


def test_all_facts_of_a_lead_come_back_the_same():
    facts = {fact.name: fact for fact in FACTS}

    assert facts_from_json(facts_to_json(facts)) == facts


def test_keys_that_others_store_beside_a_fact_are_left_alone():
    stored = {**fact_to_json(FACTS[0]), "message_id": 7}

    assert fact_from_json(FactName.NAME, stored) == FACTS[0]


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        (FactName.BUDGET, {"amount": "much"}),
        (FactName.BUDGET, "2000"),
        (FactName.TIMELINE, "soonish"),
        (FactName.DECISION_MAKER, None),
        (FactName.NAME, 5),
    ],
)
def test_a_value_of_the_wrong_shape_is_refused(name, stored):
    with pytest.raises(UnreadableFact):
        value_from_json(name, stored)


def test_a_fact_without_a_value_is_refused():
    with pytest.raises(UnreadableFact):
        fact_from_json(FactName.NAME, {})


@pytest.mark.parametrize(
    ("value", "language", "shown"),
    [
        (FACTS[1].value, Language.PT, "BRL 18.000 por mês"),
        (FACTS[1].value, Language.EN, "BRL 18,000 a month"),
        (FACTS[2].value, Language.ES, "99,90"),
        (Timeline.NOW, Language.EN, "this week"),
        (DecisionMaker.OTHER, Language.ES, "decide otra persona"),
        ("Ana", Language.EN, "Ana"),
    ],
)
def test_values_are_shown_as_people_write_them(value, language, shown):
    assert display(value, language) == shown


def test_every_fact_has_a_label_in_every_language():
    assert all(label(name, language) for name in FactName for language in Language)
