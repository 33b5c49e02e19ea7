"""What a moment that nobody asked for is of: the lead's own start, a deadline, an appointment, or something else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from app.qualification.extraction import ReadingContext, read
from app.qualification.facts import FactName
from app.vocabulary import Language

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SAYINGS = yaml.safe_load(Path(__file__).with_name("moments.yaml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("language", "said", "meant"),
    [
        (language, *saying.rsplit(" = ", 1))
        for languages in SAYINGS.values()
        for language, sayings in languages.items()
        for saying in sayings
    ],
)
def test_a_moment_told_unasked_is_taken_for_what_it_is_of(language: str, said: str, meant: str) -> None:
    fact = read([said], ReadingContext(language=Language(language)), NOW).fact(FactName.TIMELINE)

    assert (str(fact.value) if fact else "-") == meant
