from __future__ import annotations

import pytest

from app.whatsapp.errors import SignatureError
from app.whatsapp.signature import sign, verify
from tests.unit.whatsapp.fixtures import KEY, raw, read, webhooks

BODY = b'{"event":"message"}'


def test_the_documented_example_is_right():
    example = read("hmac_vector")

    verify(example["key"], example["raw_body"].encode(), example["headers"])


@pytest.mark.parametrize("name", [name for name in webhooks() if "x-webhook-hmac" in read(name)["headers"]])
def test_every_signed_fixture_is_right(name):
    fixture = read(name)

    verify(KEY, raw(fixture["body"]), fixture["headers"])


def test_headers_may_be_spelled_in_any_case():
    verify(KEY, BODY, {"X-WEBHOOK-HMAC": sign(KEY, BODY).upper(), "X-Webhook-Hmac-Algorithm": "SHA512"})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-webhook-hmac": ""},
        {"x-webhook-hmac": "0" * 128},
        {"x-webhook-hmac": sign(KEY, BODY)[:-1]},
        {"x-webhook-hmac": sign(KEY, BODY), "x-webhook-hmac-algorithm": "sha1"},
        {"x-webhook-hmac": sign("another key", BODY)},
        {"x-webhook-hmac": "é\ud800"},
    ],
)
def test_anything_else_is_refused(headers):
    with pytest.raises(SignatureError):
        verify(KEY, BODY, headers)


def test_without_a_key_nothing_is_right_not_even_the_signature_of_the_empty_key():
    with pytest.raises(SignatureError):
        verify("", BODY, {"x-webhook-hmac": sign("", BODY)})
