"""Who writes a turn now, and who waits until nobody does: what a turn writes holds locks that webhooks wait for.

Reading a burst takes the processor for some milliseconds, in which no turn of this worker gets on. So a turn begins to
read when none is being written, and few are written side by side: each would take as long as all together. When many
turns are due at once, there is a breath between two: on one machine the web goes first, and the leads have waited for
seconds anyway.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

AT_ONCE = 2
"""Turns that are written side by side; more than one, so that one that waits for a lock does not stop the rest."""
PATIENCE = 0.1
"""Seconds that one turn waits for those who write, at most."""
BREATH = 0.015
"""Seconds between two turns while more are waiting."""


@dataclass
class Writers:
    """The turns that are being written in one event loop."""

    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _reading_next: asyncio.Lock = field(default_factory=asyncio.Lock)
    _nobody: asyncio.Event = field(default_factory=asyncio.Event)
    _writing: int = 0
    _waiting: int = 0
    _breathe: Callable[[float], Awaitable[None]] = asyncio.sleep

    def __post_init__(self) -> None:
        self._nobody.set()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place to write one turn in, as soon as there is one."""
        async with self._places:
            self._writing += 1
            self._nobody.clear()
            try:
                yield
            finally:
                self._writing -= 1
                if not self._writing:
                    self._nobody.set()

    async def gone(self) -> None:
        """Wait until nobody writes. Those who wait go on one by one: the first of them may write next."""
        self._waiting += 1
        try:
            async with self._reading_next:
                await self._pause()
        finally:
            self._waiting -= 1

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._nobody.wait()
        if self._waiting > 1:
            await self._breathe(BREATH)


_OF_LOOP: WeakKeyDictionary[asyncio.AbstractEventLoop, Writers] = WeakKeyDictionary()


def writers() -> Writers:
    """Those of this event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _OF_LOOP:
        _OF_LOOP[loop] = Writers()
    return _OF_LOOP[loop]
