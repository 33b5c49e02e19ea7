"""The browser may send anything."""

from __future__ import annotations

from typing import Any

import pytest

from app.board.state import BoardState, Wish, refusal, whole
from app.errors import Invalid, NotFound, Stale
from app.vocabulary import Stage


@pytest.mark.parametrize("wish", [None, "7", 7, [], {}, {"id": None}, {"id": "7"}, {"id": True}, {"id": -1}, {"id": 0}])
def test_a_wish_that_names_no_lead_is_refused(wish: Any):
    with pytest.raises(Invalid):
        Wish.read(wish)


@pytest.mark.parametrize("stage", [None, "", "attic", 1, ["won"], {"won": 1}])
def test_a_column_that_is_none_is_refused(stage: Any):
    with pytest.raises(Invalid):
        assert Wish.read({"id": 7, "stage": stage}).stage


def test_a_wish_names_a_lead_and_a_column():
    wish = Wish.read({"id": 7, "stage": "won"})

    assert (wish.lead_id, wish.stage) == (7, Stage.WON)


@pytest.mark.parametrize("value", ["1", 1.5, True, -1, 2**53, [1]])
def test_what_is_no_whole_number_is_refused(value: Any):
    with pytest.raises(Invalid):
        whole({"version": value}, "version")


def test_a_missing_number_is_none():
    assert whole({}, "before") is None


def test_a_stale_move_says_who_was_first_and_where_the_card_is():
    error = Stale("Bruno changed this card a moment ago.", moved_by="Bruno Costa", stage="won")

    assert refusal(error) == {
        "ok": False,
        "why": "stale",
        "by": "Bruno Costa",
        "stage": "won",
        "text": "Bruno changed this card a moment ago.",
    }


def test_any_other_refusal_is_a_sentence():
    assert refusal(NotFound())["text"] == "There is nothing here that you may see."


def test_the_state_declares_nothing_of_value():
    assert set(BoardState.base_vars) == {"carries"}
    assert not BoardState.computed_vars
