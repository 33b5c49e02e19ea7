"""Doing something at a steady rate, whatever the answers take: slow answers must not slow the load."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

LATE_SECONDS = 10.0
"""How long stragglers may take after the last start."""


async def steadily(rate: float, seconds: float, act: Callable[[int], Awaitable[None]]) -> None:
    """Start ``act(0)``, ``act(1)`` ... ``rate`` times a second for ``seconds``, and wait for all of them."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with asyncio.timeout(seconds + LATE_SECONDS), asyncio.TaskGroup() as group:
        for number in range(count(rate, seconds)):
            await asyncio.sleep(begun + number / rate - loop.time())
            group.create_task(_plain(act, number))


async def _plain(act: Callable[[int], Awaitable[None]], number: int) -> None:
    await act(number)


def count(rate: float, seconds: float) -> int:
    """How many times ``steadily`` acts."""
    return max(round(rate * seconds), 1)


@contextmanager
def no_collections() -> Iterator[None]:
    """Keep the garbage collector out of the measurement."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
