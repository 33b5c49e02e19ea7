"""Sweeps go on in their rhythm, whatever happens to one of them."""

from __future__ import annotations

import asyncio

from app.errors import RetryLater
from app.jobs.due import Sweep, sweep_for_ever


async def test_a_full_batch_is_swept_again_at_once_and_stop_ends_it() -> None:
    stop, seen = asyncio.Event(), 0

    async def run() -> int:
        nonlocal seen
        seen += 1
        if seen == 3:
            stop.set()
        return 10

    await sweep_for_ever([Sweep("full", 3600, run, batch=10)], stop)
    assert seen == 3


async def test_a_failing_sweep_does_not_end_the_others() -> None:
    stop = asyncio.Event()

    async def fails() -> int:
        raise RetryLater

    async def works() -> int:
        stop.set()
        return 0

    await sweep_for_ever([Sweep("fails", 0.01, fails), Sweep("works", 0.01, works)], stop)
