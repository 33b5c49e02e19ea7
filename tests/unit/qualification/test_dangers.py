"""What says that a consultant's time is at risk, understood as concepts, and what a customer says in the same words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from app.qualification.extraction import ReadingContext, Signal, read
from app.qualification.extraction.concepts import expresses
from app.vocabulary import Language

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SAYINGS = yaml.safe_load(Path(__file__).with_name("dangers.yaml").read_text("utf-8"))
NO_CUSTOMERS = {
    Signal.SPAM,
    Signal.ASKS_MONEY,
    Signal.ILLEGAL,
    Signal.VENDOR,
    Signal.JOB_SEEKER,
    Signal.ABUSE,
    Signal.WRONG_NUMBER,
}


def _said(kind: str) -> list[tuple[str, str, str]]:
    return [
        (signal, language, said)
        for signal, kinds in SAYINGS.items()
        if signal != "customers"
        for language, sayings in kinds[kind].items()
        for said in sayings
    ]


def _signals(language: str, said: str) -> frozenset[Signal]:
    agent, lead = said.split(" >> ")
    return read([lead], ReadingContext(language=Language(language), agent_said=agent), NOW).signals


@pytest.mark.parametrize(("signal", "language", "said"), _said("heard"))
def test_a_danger_is_understood_in_words_that_nobody_foresaw(signal: str, language: str, said: str) -> None:
    assert Signal(signal) in _signals(language, said)


@pytest.mark.parametrize(("signal", "language", "said"), _said("not"))
def test_ordinary_words_are_no_danger(signal: str, language: str, said: str) -> None:
    assert Signal(signal) not in _signals(language, said)


@pytest.mark.parametrize(
    ("language", "said"),
    [(language, said) for language, sayings in SAYINGS["customers"].items() for said in sayings],
)
def test_a_customer_is_taken_for_no_swindler_seller_or_job_seeker(language: str, said: str) -> None:
    assert not read([said], ReadingContext(language=Language(language)), NOW).signals & NO_CUSTOMERS


@pytest.mark.parametrize("meaning", ["awaits", "missed", "keeps_back", "compares_first", "large_cut", "stays_away"])
def test_each_rule_speaks_of_concepts_that_exist(meaning: str) -> None:
    assert not expresses("", meaning)
