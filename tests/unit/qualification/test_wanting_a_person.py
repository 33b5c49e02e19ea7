"""A lead who tells a name is not asking for a call."""

from __future__ import annotations

import pytest

from app.qualification.extraction.signals import wants_human
from app.qualification.extraction.text import read_text


@pytest.mark.parametrize("said", ["call me Bob", "Hi, call me Dave!", "you can call me Ana", "llámame Juan"])
def test_a_name_to_be_called_by_is_no_wish_for_a_call(said: str) -> None:
    assert not wants_human(read_text(said))


@pytest.mark.parametrize(
    "said",
    [
        "call me",
        "please call me tomorrow",
        "call me back",
        "call me on this number",
        "call me urgently",
        "can you call me, I am Bob",
        "llámame mañana",
        "llámame por favor",
    ],
)
def test_a_wish_for_a_call_is_understood(said: str) -> None:
    assert wants_human(read_text(said))
