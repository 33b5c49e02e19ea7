"""The whole way at a rate: simulated leads by the thousand an hour, and the memory that it takes."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

import psutil

from app.bench import scraped
from app.bench.figures import Object
from app.bench.target import Target
from app.errors import LeadlineError

ASSIGNMENT = "leadline_assignment_duration_seconds"
SAMPLE_SECONDS = 1.0
SEED = 7
LATE_SECONDS = 600.0
MEGABYTE = 1024 * 1024


class SimulationFailed(LeadlineError):
    """The simulation ended without figures."""


@dataclass
class Memory:
    """The memory of some processes and their children, sampled; peaks are kept, in bytes."""

    processes: Mapping[str, int]
    peaks: dict[str, int] = field(default_factory=dict[str, int])

    async def watch(self) -> None:
        """Sample until cancelled."""
        while True:
            for name, pid in self.processes.items():
                self.peaks[name] = max(self.peaks.get(name, 0), resident(pid))
            await asyncio.sleep(SAMPLE_SECONDS)

    def megabytes(self, *names: str) -> Object:
        """The peaks of some of them, in MB."""
        return {name: round(self.peaks.get(name, 0) / MEGABYTE, 1) for name in names}


def resident(pid: int) -> int:
    """Resident bytes of a process and everything it started; 0 when it is gone."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return sum(_resident(each) for each in [process, *process.children(recursive=True)])
    return 0


def _resident(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess):
        return process.memory_info().rss
    return 0


async def measure(target: Target, *, per_hour: float, minutes: float) -> Object:
    """Play leads at ``per_hour`` for ``minutes``; returns the figures of the simulation, ``assigned_after`` (from
    qualified to assigned and committed, as the worker's metrics have it) and ``rss_mb``.
    """
    memory = Memory(target.running.processes)
    watching = asyncio.create_task(memory.watch())
    leads = max(round(per_hour * minutes / 60), 1)
    before = await _assigned(target)
    try:
        figures = await _simulate(target, leads, per_hour, timeout=minutes * 60 + LATE_SECONDS)
    finally:
        watching.cancel()
    assigned_after = scraped.told(scraped.between(before, await _assigned(target)))
    return {**figures, "assigned_after": assigned_after, "rss_mb": memory.megabytes("web", "worker")}


async def _assigned(target: Target) -> scraped.Buckets:
    return await scraped.buckets(target.running.worker_metrics, ASSIGNMENT, outcome="assigned")


async def _simulate(target: Target, leads: int, per_hour: float, *, timeout: float) -> Object:
    options = ("--leads", str(leads), "--per-hour", str(per_hour), "--seed", str(SEED), "--json")
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli", "simulate", *options),
        env={**os.environ, "LEADLINE_DATA_DIR": str(target.folder)},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(timeout):
            said, _ = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return figures_in(said)


def figures_in(said: bytes) -> Object:
    """The object that the simulation printed last; raises SimulationFailed."""
    with suppress(ValueError):
        figures = json.loads(said[said.index(b"{") :])
        if isinstance(figures, dict):
            return cast("Object", figures)
    raise SimulationFailed
