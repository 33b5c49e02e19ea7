from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.whatsapp.wire import decode, first_text, header, inside, instant, number, rows, table, text

NOON = datetime(2026, 1, 16, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"\xff\xfe\x00", b"[" * 200_000, b'{"a":' + b"9" * 5000 + b"}"],
)
def test_what_is_no_json_is_nothing(raw):
    assert decode(raw) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (NOON.timestamp(), 0),
        (NOON.timestamp() * 1000, 0),
        (str(int(NOON.timestamp())), 0),
        (NOON.timestamp() + 0.5, 0.5),
    ],
)
def test_a_moment_comes_in_seconds_or_milliseconds(value, seconds):
    moment = instant(value)

    assert moment is not None
    assert (moment - NOON).total_seconds() == seconds


@pytest.mark.parametrize("value", [None, True, "soon", 0, -5, float("nan"), float("inf"), 10**400, 1e300, [], {}])
def test_an_impossible_moment_is_none(value):
    assert instant(value) is None


@pytest.mark.parametrize("value", [False, None, "x", "", [1]])
def test_what_is_no_number_is_none(value):
    assert number(value) is None


def test_characters_that_cannot_be_stored_are_replaced():
    assert text("a\x00b\ud800c") == "a\ufffdb\ufffdc"


def test_anything_may_be_asked_for_anything():
    assert text(5) == ""
    assert table([1]) == {}
    assert rows({"a": 1}) == ()
    assert inside({"a": {"b": 1}}, "a", "b") == 1
    assert inside({"a": 5}, "a", "b") is None
    assert first_text(None, "", 5, "x", "y") == "x"
    assert first_text() is None


def test_a_header_is_found_however_it_is_spelled():
    assert header({"X-Webhook-Hmac": "ab"}, "x-webhook-hmac") == "ab"
    assert header({}, "x-webhook-hmac") == ""
