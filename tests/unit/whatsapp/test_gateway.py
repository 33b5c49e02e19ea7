from __future__ import annotations

import pytest

from app.whatsapp.errors import AccountRestricted, AmbiguousSend, GatewayResting, RateLimited, SessionNotReady
from app.whatsapp.gateway import OutboundMessage, Pairing, SessionRef


@pytest.mark.parametrize("name", ["", "a/b", "../admin", "a b", "x" * 55, "agent\n", "ágent"])
def test_a_session_name_fits_into_an_address(name):
    with pytest.raises(ValueError, match="1 to 54"):
        SessionRef(name)


def test_what_must_not_be_logged_does_not_show_itself():
    shown = repr([OutboundMessage.text("Hello Ana"), Pairing(qr_png=b"2@secret", code="ABCD-EFGH")])

    assert "Ana" not in shown
    assert "secret" not in shown
    assert "ABCD" not in shown


def test_an_error_says_what_it_means_and_carries_its_facts():
    error = SessionNotReady(raw_status="STARTING", expected=("WORKING",), provider_code="422", detail="wait")

    assert str(error) == "The session exists, but it is not in the state that this needs."
    assert error.facts == {
        "provider_code": "422",
        "detail": "wait",
        "raw_status": "STARTING",
        "expected": ("WORKING",),
    }


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (RateLimited(retry_after=3), True),
        (GatewayResting(retry_after=3), True),
        (AmbiguousSend(), False),
        (AccountRestricted(), False),
    ],
)
def test_only_a_call_that_sent_nothing_may_be_repeated(error, retryable):
    assert error.retryable is retryable
