"""Leads want what the business has that they write to."""

from __future__ import annotations

import pytest

from app.simulator.personas import LANGUAGES, Kind, Persona, persona
from app.simulator.trades import CLINIC, SCHOOL, SOLAR, Trade, trade_of

GYM = {"en": "gym, pilates classes, massage", "pt": "ginásio, aulas de pilates", "es": "gimnasio"}


def opening(trade: Trade, number: int) -> str:
    played = persona(7, number, trade)
    return " ".join(Persona(Kind.EAGER, played.language, played.facts, 1, trade).opening())


@pytest.mark.parametrize(
    ("said", "trade"),
    [
        ("clínica odontológica e de estética", CLINIC),
        ("Doctor's office", CLINIC),
        ("paneles solares y baterías", SOLAR),
        ("language school, English and Spanish courses", SCHOOL),
    ],
)
def test_a_trade_is_known_by_what_the_business_says_that_it_does(said: str, trade: Trade):
    assert trade_of(dict.fromkeys(LANGUAGES, said)) is trade


@pytest.mark.parametrize("trade", [CLINIC, SOLAR, trade_of(GYM)])
def test_nobody_asks_another_business_for_a_course(trade: Trade):
    for number in range(60):
        said = opening(trade, number)
        assert persona(7, number, trade).facts.interest in said
        assert not [
            word
            for word in ("English", "Spanish", "inglês", "inglés", "español", "curso", "cupo", "vaga")
            if word in said
        ]


def test_of_an_unknown_business_they_want_what_it_offers_itself():
    trade = trade_of(GYM)

    assert trade.interests == {"en": ("pilates classes", "massage"), "pt": ("aulas de pilates",), "es": ("gimnasio",)}
    assert trade_of({}).interests["en"] == ("your services",)


def test_a_trade_speaks_every_language():
    for trade in (SCHOOL, CLINIC, SOLAR, trade_of(GYM)):
        for words in (trade.interests, trade.openings, trade.asks_back, trade.starts, trade.amounts):
            assert set(words) == set(LANGUAGES)
            assert all(words.values())
