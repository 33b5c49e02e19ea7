"""Nothing private leaves through logs and spans."""

from __future__ import annotations

import pytest

from app.telemetry.redaction import REDACTED, clean, clean_fields, clean_text, forbidden


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("call +1 555 010-0123 now", "0123"),
        ("chat 15550100123@c.us is gone", "15550100123"),
        ("GET /api/agent/chats/15550100123%40c.us/messages", "15550100123"),
        ("lid 99887766554433@lid", "99887766554433"),
        ("number 15550100123 unknown", "15550100123"),
        ("number (555) 010-0123", "0123"),
        ("number 555-010-0123", "0123"),
        ("write to lia.lead+x@example.com please", "lia.lead"),
        ("Authorization: Bearer abc.DEF-123", "abc.DEF-123"),
        ("key gsk_0123456789abcdef", "0123456789abcdef"),
        (f"bad token leadline_{'aB-_' * 10}xyz", "aB-_"),
        ("postgresql://leadline:hunter2@db:5432/leadline", "hunter2"),
        ("GET https://gateway/files?token=hunter2&x=1", "hunter2"),
        ("(psycopg.Error) oops [SQL: insert] [parameters: {'text': 'I am Lia'}]", "Lia"),
        ("1 validation error: input_value='I am Lia', input_type=str", "Lia"),
    ],
)
def test_the_shape_of_a_private_thing_is_masked_in_any_string(text: str, secret: str):
    assert secret not in clean_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "lead 12345 moved to qualified at 2026-11-23T09:00:00Z",
        "job 77 took 12.345 s on 127.0.0.1:3001",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "leadline_qualifications_finished_total",
        "what happened?",
    ],
)
def test_ids_times_and_plain_words_stay(text: str):
    assert clean_text(text) == text


@pytest.mark.parametrize("name", ["text", "Phone", "user.email", "message_text", "db.query.parameter", "api_token"])
def test_a_field_that_is_named_like_something_private_is_forbidden(name: str):
    assert forbidden(name)


@pytest.mark.parametrize("name", ["lead_id", "event", "status", "http.route", "message_id", "texture"])
def test_other_fields_are_not(name: str):
    assert not forbidden(name)


def test_forbidden_fields_are_dropped_at_any_depth():
    fields = {
        "event": "stored",
        "outer": {"text": "I am Lia", "ids": [1, 2]},
        "list": [{"phone": "x"}],
        "n": 3,
    }
    assert clean_fields(fields) == {
        "event": "stored",
        "outer": {"text": REDACTED, "ids": [1, 2]},
        "list": [{"phone": REDACTED}],
        "n": 3,
    }


def test_our_own_ids_are_left_alone():
    fields = {"trace_id": "12345678901234567890123456789012", "timestamp": "2026-11-23T09:00:00.123456Z"}
    assert clean_fields(fields) == fields


def test_objects_are_read_as_their_text_and_bytes_never():
    assert clean(ValueError("call +1 555 010-0123")) == "call [phone]"
    assert clean(b"I am Lia") == REDACTED
    assert clean(None) is None
