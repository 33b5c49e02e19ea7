"""A circuit breaker: whoever fails again and again is left alone for a while, then tried once.

It knows nothing of WhatsApp and keeps no lock: use one breaker from one event loop, or one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TypeAlias


class BreakerState(StrEnum):
    """CLOSED lets everything through, OPEN nothing, HALF_OPEN one call that decides."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


OnChange: TypeAlias = Callable[[str, BreakerState], None]


class BreakerOpen(Exception):
    """The other side failed too often; ``retry_after`` are the seconds until it is tried again."""

    def __init__(self, name: str, retry_after: float) -> None:
        self.name = name
        self.retry_after = retry_after
        super().__init__(f"{name} rests for {retry_after:.1f} s")


class Breaker:
    """Counts the failures in a row of one peer.

    After ``failures`` of them it opens for ``open_seconds``; then a single call is let through, which closes
    it or opens it again. ``on_change`` hears each new state; ``now`` is a monotonic clock in seconds.
    """

    def __init__(
        self,
        name: str,
        *,
        failures: int = 5,
        open_seconds: float = 30.0,
        now: Callable[[], float] = time.monotonic,
        on_change: OnChange | None = None,
    ) -> None:
        self.name = name
        self._allowed = failures
        self._open_seconds = open_seconds
        self._now = now
        self._on_change = on_change
        self._state = BreakerState.CLOSED
        self._in_a_row = 0
        self._open_until = 0.0
        self._probing = False

    @property
    def state(self) -> BreakerState:
        """The state now; an open breaker whose time is over is HALF_OPEN."""
        if self._state is BreakerState.OPEN and self._now() >= self._open_until:
            self._become(BreakerState.HALF_OPEN)
        return self._state

    @contextmanager
    def guard(self, is_failure: Callable[[Exception], bool]) -> Iterator[None]:
        """Let a call through and learn from how it ends; an exception that is no failure counts as an answer.

        Raises:
            BreakerOpen: the peer is left alone, or another call is just trying it.
        """
        probe = self._admit()
        try:
            yield
        except Exception as error:
            self._learn(probe=probe, failed=is_failure(error))
            raise
        except BaseException:
            # Cancelled: nothing was learnt, the next call may try.
            self._probing = self._probing and not probe
            raise
        else:
            self._learn(probe=probe, failed=False)

    def _admit(self) -> bool:
        if self.state is BreakerState.CLOSED:
            return False
        if self._state is BreakerState.OPEN or self._probing:
            raise BreakerOpen(self.name, max(0.0, self._open_until - self._now()))
        self._probing = True
        return True

    def _learn(self, *, probe: bool, failed: bool) -> None:
        self._probing = self._probing and not probe
        self._in_a_row = self._in_a_row + 1 if failed else 0
        if not failed:
            self._become(BreakerState.CLOSED)
        elif probe or (self._state is BreakerState.CLOSED and self._in_a_row >= self._allowed):
            self._open_until = self._now() + self._open_seconds
            self._become(BreakerState.OPEN)

    def _become(self, state: BreakerState) -> None:
        if state is self._state:
            return
        self._state = state
        if self._on_change is not None:
            self._on_change(self.name, state)
