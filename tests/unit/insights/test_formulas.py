"""The arithmetic of the reports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.insights.formulas import change, jain, share

GOT_AND_DUE = st.lists(st.tuples(st.integers(0, 500), st.floats(0.1, 500)), min_size=1, max_size=30)


def test_a_share_of_nothing_is_unknown():
    assert share(3, 4) == 0.75
    assert share(0, 0) is None


def test_a_change_needs_something_to_compare_with():
    assert change(6.0, 8.0) == pytest.approx(-0.25)
    assert change(6.0, None) is None
    assert change(None, 8.0) is None
    assert change(6.0, 0.0) is None


def test_who_gets_what_is_due_makes_it_perfectly_fair():
    assert jain([10, 20, 5], [10.0, 20.0, 5.0]) == pytest.approx(1)


def test_all_to_one_of_four_is_a_quarter_fair():
    assert jain([8, 0, 0, 0], [2.0, 2.0, 2.0, 2.0]) == pytest.approx(0.25)


def test_who_was_due_nothing_does_not_count():
    assert jain([4, 4, 0], [4.0, 4.0, 0.0]) == pytest.approx(1)
    assert jain([0], [0.0]) is None
    assert jain([0, 0], [1.0, 1.0]) is None


@given(GOT_AND_DUE)
def test_fairness_lies_between_all_to_one_and_even(pairs: list[tuple[int, float]]):
    fair = jain([got for got, _ in pairs], [due for _, due in pairs])
    assert fair is None or 1 / len(pairs) - 1e-9 <= fair <= 1 + 1e-9


@given(GOT_AND_DUE, st.floats(0.5, 20))
def test_fairness_does_not_depend_on_how_many_leads_there_were(pairs: list[tuple[int, float]], times: float):
    got, due = [got for got, _ in pairs], [due for _, due in pairs]
    once, often = jain(got, due), jain([one * times for one in got], due)
    assert (once is None) is (often is None)
    assert once is None or often is None or once == pytest.approx(often)
