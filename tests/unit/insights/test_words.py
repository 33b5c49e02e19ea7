"""Figures as people read them."""

from __future__ import annotations

from datetime import datetime

import pytest

from app.insights.words import count, decimal, duration, percent, signed, step_label


@pytest.mark.parametrize(
    ("share", "places", "said"),
    [
        (None, 0, "–"),
        (0, 0, "0%"),
        (1, 0, "100%"),
        (0.624, 0, "62%"),
        (0.9999, 0, "99%"),
        (0.0001, 0, "1%"),
        (0.99942, 2, "99.94%"),
        (0.999999, 2, "99.99%"),
    ],
)
def test_all_and_nothing_are_said_only_when_it_is_so(share: float | None, places: int, said: str):
    assert percent(share, places) == said


def test_thousands_are_separated_and_large_figures_lose_their_decimals():
    assert count(1284) == "1,284"
    assert decimal(6.94) == "6.9"
    assert decimal(1234.5) == "1,234"
    assert decimal(None) == "–"


def test_what_rounds_to_nought_has_no_sign():
    assert signed(-22.3, "%") == "\N{MINUS SIGN}22%"
    assert signed(4.2, " pts", 1) == "+4.2 pts"
    assert signed(-0.2, "%") == "0%"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "–"), (41.6, "42 s"), (298, "4 m 58 s"), (120, "2 m"), (3900, "1 h 5 m"), (7200, "2 h")],
)
def test_durations_have_two_units_at_most(seconds: float | None, said: str):
    assert duration(seconds) == said


def test_a_step_is_a_day_or_an_hour():
    assert step_label(datetime.fromisoformat("2026-11-03"), "day") == "3 Nov"
    assert step_label(datetime.fromisoformat("2026-11-03T07:00"), "hour") == "07:00"
