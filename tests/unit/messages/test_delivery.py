"""The status of a message only climbs."""

from __future__ import annotations

import pytest

from app.messages.delivery import overridden_by, times_reached
from app.vocabulary import DeliveryStatus as S


def test_read_gives_way_to_nothing_but_played() -> None:
    steps = (S.ACCEPTED, S.SENT, S.DELIVERED, S.READ, S.PLAYED, S.FAILED)
    assert [status for status in steps if "read" in overridden_by(status)] == [S.PLAYED]


def test_failed_counts_only_below_delivered() -> None:
    assert "sent" in overridden_by(S.FAILED)
    assert "delivered" not in overridden_by(S.FAILED)


@pytest.mark.parametrize("status", [S.DELIVERED, S.READ])
def test_a_later_success_overrides_a_failure(status: S) -> None:
    assert "failed" in overridden_by(status)


def test_any_ack_settles_what_nobody_could_tell() -> None:
    assert all("unknown" in overridden_by(status) for status in (S.ACCEPTED, S.SENT, S.FAILED))


def test_a_read_message_was_delivered_too() -> None:
    assert times_reached(S.READ) == ["accepted_at", "sent_at", "delivered_at", "read_at"]
    assert times_reached(S.FAILED) == ["failed_at"]
