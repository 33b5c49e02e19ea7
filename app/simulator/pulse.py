"""Time as the simulator feels it, so that tests need not wait."""

import asyncio
import time
from typing import Protocol


class Pulse(Protocol):
    """Tells the time and waits."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        ...


class WallPulse:
    """The machine's own time."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        await asyncio.sleep(seconds)


def millis(seconds: float) -> int:
    """Seconds since the epoch as whole milliseconds."""
    return int(seconds * 1000)
