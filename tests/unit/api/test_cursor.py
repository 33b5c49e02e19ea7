import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.cursor import LARGEST_ID, BadCursor, Cursor


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, LARGEST_ID))
def test_a_cursor_comes_back_as_it_went(at, last):
    cursor = Cursor(at, last)
    word = cursor.encode()
    assert Cursor.decode(word) == cursor
    assert len(word) <= 64


@given(st.text(max_size=64))
def test_any_other_word_is_refused_or_a_cursor(word):
    try:
        cursor = Cursor.decode(word)
    except BadCursor:
        return
    assert 0 <= cursor.id <= LARGEST_ID


@pytest.mark.parametrize("plain", ["", "1", "1.", ".1", "a.b", "1.-1", f"1.{2**63}", f"{10**30}.1", "1.²"])
def test_a_forged_cursor_is_refused(plain):
    word = base64.urlsafe_b64encode(plain.encode()).decode()
    with pytest.raises(BadCursor):
        Cursor.decode(word)


def test_a_cursor_shows_nothing_of_its_row():
    assert "2026" not in Cursor(datetime(2026, 11, 23, tzinfo=UTC), 7).encode()
