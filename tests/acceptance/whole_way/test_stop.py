"""Leadline is stopped in the middle of its work, and goes on with it at the next start."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from app.simulator.clients import PartMissing
from tests.acceptance.whole_way.conftest import PORTS, QUIET
from tests.acceptance.whole_way.town import LONG_POLL, Lead, Town, town_of
from tests.support.leadline import RunningLeadline, start_leadline
from tests.support.ports import free_ports

pytestmark = pytest.mark.timeout(240)

STOPS_WITHIN = 65.0
"""The sum of the limits: web 15 s, worker 20 s, simulator 5 s, database 25 s."""


async def watch_sends(town: Town, after: int, seen: list[str]) -> None:
    """Note every message that the gateway takes, until it stops."""
    with suppress(PartMissing):
        while True:
            entries, after = await town.entries("send", "repeat", after=after, wait=LONG_POLL)
            seen += [entry["message"] for entry in entries]


async def stopped_in_the_middle(town: Town, crowd: list[Lead], sign: signal.Signals) -> list[str]:
    """Send ``sign`` while many replies are under way; returns the ids of all messages that were sent until the end."""
    seen: list[str] = []
    watching = asyncio.create_task(watch_sends(town, crowd[0].met_at, seen))
    await town.trouble("slow_send", rate=0.5, seconds=2.0)
    await town.everybody_writes(crowd, "Hello, I would like to learn English", "in Porto")
    await town.sees("delivered", crowd, times=2 * len(crowd))
    await town.sees("send", crowd)
    await ends(town.leadline, sign)
    await watching
    return seen


async def ends(leadline: RunningLeadline, sign: signal.Signals) -> None:
    """Leadline ends by itself, within its bound, and leaves no process behind."""
    processes = [psutil.Process(pid) for pid in leadline.now.processes.values()]
    leadline.process.send_signal(sign)
    assert await asyncio.to_thread(leadline.process.wait, STOPS_WITHIN) == 0
    assert leadline.said().rstrip().endswith("leadline: stopped")
    assert "killed" not in leadline.said()
    assert [process for process in processes if process.is_running()] == []


async def test_work_that_a_stop_interrupts_goes_on_at_the_next_start(tmp_path: Path):
    ports = free_ports(4, **PORTS)
    with start_leadline(tmp_path / "data", ports=ports, LEADLINE_QUIET_SECONDS=QUIET) as leadline:
        async with town_of(leadline) as town:
            crowd = await town.crowd(16)
            sent = await stopped_in_the_middle(town, crowd, signal.SIGTERM)
    with start_leadline(tmp_path / "data", ports=ports, LEADLINE_QUIET_SECONDS=QUIET) as leadline:
        async with town_of(leadline) as town:
            # The simulator keeps its journal in memory: what was sent before the stop is in `sent` alone.
            for lead in crowd:
                lead.town, lead.met_at = town, 0
            await town.settled(crowd)
            entries, _ = await town.entries("send", "repeat")
            sent += [entry["message"] for entry in entries]
            stored = [row[0] for row in await town.rows("select gateway_id from message where direction = 'out'")]
            assert Counter(sent) == Counter(stored)
            assert max(Counter(stored).values()) == 1
            (words,) = await town.rows("select count(*) from message where direction = 'in'")
            assert words == (2 * len(crowd),)
            again = await town.crowd(4)
            await stopped_in_the_middle(town, again, signal.SIGINT)
