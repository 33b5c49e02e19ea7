"""Time as a port: production reads the system clock, tests decide what time it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, always with the UTC zone."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class FixedClock:
    """A clock that stands still until it is moved."""

    at: datetime = field(default=datetime(2026, 11, 23, 9, 0, tzinfo=UTC))

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> datetime:
        """Move forward, with the keywords of ``timedelta``; returns the new time."""
        self.at += timedelta(**by)
        return self.at


def epoch_ms(moment: datetime | None) -> int | None:
    """Milliseconds since 1970, as browsers count them; None stays None."""
    return None if moment is None else int(moment.timestamp() * 1000)
