"""Shares and their 95 % interval."""

from __future__ import annotations

import pytest

from app.classification.intervals import Share, wilson


@pytest.mark.parametrize(
    ("agreed", "n", "low", "high"),
    # From Wilson's formula as Brown, Cai and DasGupta (2001) print it.
    [(8, 10, 0.4902, 0.9433), (80, 100, 0.7112, 0.8666), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0)],
)
def test_the_interval_is_wilsons(agreed: int, n: int, low: float, high: float) -> None:
    assert wilson(agreed, n) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_nothing_asked_says_nothing() -> None:
    empty = Share(0, 0)
    assert (empty.value, empty.low, empty.high) == (None, 0.0, 1.0)


def test_more_cases_make_it_narrower_around_the_same_share() -> None:
    few, many = Share(8, 10), Share(800, 1000)
    assert few.value == many.value == 0.8
    assert few.low < many.low < 0.8 < many.high < few.high
