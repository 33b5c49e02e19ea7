"""The registry: who plays which role."""

from __future__ import annotations

import pytest

from app.clock import Clock, FixedClock, epoch_ms
from app.registry import NothingProvided, override, provided, use


def test_nobody_plays_a_role_until_it_is_provided() -> None:
    class Role: ...

    assert not provided(Role)
    with pytest.raises(NothingProvided, match="Role"):
        use(Role)


def test_an_override_ends_with_its_block() -> None:
    with override(Clock, first := FixedClock()):
        with override(Clock, second := FixedClock()):
            assert use(Clock) is second
        assert use(Clock) is first


def test_a_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock()
    before = clock.now()
    assert (clock.move(seconds=90) - before).total_seconds() == 90
    assert epoch_ms(clock.now()) == (epoch_ms(before) or 0) + 90_000
    assert epoch_ms(None) is None
