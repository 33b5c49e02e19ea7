"""Which leads are asked about blindly."""

from __future__ import annotations

from app.classification.sampling import is_drawn


def test_a_lead_is_drawn_or_not_for_good() -> None:
    assert [is_drawn(lead, 0.05) for lead in range(1, 500)] == [is_drawn(lead, 0.05) for lead in range(1, 500)]


def test_about_the_share_is_drawn() -> None:
    drawn = sum(is_drawn(lead, 0.05) for lead in range(1, 20_001))
    assert 900 < drawn < 1100


def test_none_and_all_are_shares_too() -> None:
    assert not any(is_drawn(lead, 0.0) for lead in range(1, 100))
    assert all(is_drawn(lead, 1.0) for lead in range(1, 100))


def test_a_larger_share_keeps_those_drawn_before() -> None:
    assert all(is_drawn(lead, 0.2) for lead in range(1, 1000) if is_drawn(lead, 0.05))
