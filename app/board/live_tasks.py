"""Work that goes on as long as the process does, whatever fails meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic

from app.board.live_listener import LONGEST_PAUSE, backoff

log = logging.getLogger(__name__)

Act = Callable[[], Awaitable[None]]


async def whenever(event: asyncio.Event, act: Act) -> None:
    """Act each time ``event`` is set, until cancelled. What fails is tried again, after 0.1 s at first and 5 s at
    most.
    """
    failures = 0
    while True:
        await event.wait()
        event.clear()
        try:
            await act()
            failures = 0
        except Exception:
            if failures == 0:  # the tries after it say nothing new
                log.exception("board_read_failed")
            failures += 1
            event.set()
            await asyncio.sleep(backoff(failures))


async def lasting(name: str, act: Act, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Keep ``act``, which is not to end, going until cancelled: one that ends for whatever reason is begun again, the
    sooner the longer it went.
    """
    failures = 0
    while True:
        begun = monotonic()
        try:
            await act()
        except Exception:
            log.exception("board_task_failed", extra={"task": name})
        went = monotonic() - begun > LONGEST_PAUSE
        failures = 1 if went else failures + 1
        await pause(backoff(failures))
