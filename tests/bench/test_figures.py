"""Latencies are told in milliseconds and percentiles."""

from __future__ import annotations

import pytest

from app.bench.figures import latencies, lines, ms, percentile, ratio


def test_percentiles_of_a_hundred_values():
    values = [number / 1000 for number in range(1, 101)]
    assert latencies(values, 50, 99) == {"p50_ms": 50.5, "p99_ms": 99.01}


@pytest.mark.parametrize(("values", "expected"), [([], None), ([0.2], 0.2), ([1.0, 1.0], 1.0)])
def test_few_values_have_percentiles_too(values: list[float], expected: float | None):
    assert percentile(values, 0.5) == expected


def test_what_was_not_measured_is_null_and_not_zero():
    assert ms(None) is None
    assert latencies([], 99) == {"p99_ms": None}
    assert ratio(None, 2.0) is None
    assert ratio(3.0, 0) is None
    assert ratio(3.0, 2.0) == 1.5


def test_a_person_reads_one_figure_a_line():
    told = lines("board", {"clients": 2, "floor": {"p50_ms": 1.5}})
    assert told == ["board", "  clients        2", "  floor", "    p50_ms         1.5"]
