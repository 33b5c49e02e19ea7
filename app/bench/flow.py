"""The whole way at a rate: simulated leads by the thousand an hour, and the memory that it takes."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import cast

import psutil

from app.bench import scraped
from app.bench.figures import Object
from app.bench.target import Target
from app.errors import LeadlineError
from app.installation import NotRunning, running_in

ASSIGNMENT = "leadline_assignment_duration_seconds"
SAMPLE_SECONDS = 1.0
SEED = 7
LATE_SECONDS = 600.0
MINUTE = 60.0
MEGABYTE = 1024 * 1024


class SimulationFailed(LeadlineError):
    """The simulation ended without figures."""


Pids = Callable[[], Mapping[str, int]]
"""The process ids of now, by name."""


@dataclass
class Life:
    """The memory of one part of Leadline while it was watched: samples as (seconds, bytes), and its starts."""

    samples: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    pids: list[int] = field(default_factory=list[int])

    def told(self) -> Object:
        """In MB: the medians of the first and of the last minute, and the peak; how often it was started again."""
        began, ended = self.samples[0][0], self.samples[-1][0]
        return {
            "first_minute": _megabytes(median(size for at, size in self.samples if at <= began + MINUTE)),
            "last_minute": _megabytes(median(size for at, size in self.samples if at >= ended - MINUTE)),
            "peak": _megabytes(max(size for _, size in self.samples)),
            "restarts": len(self.pids) - 1,
        }


@dataclass
class Memory:
    """The memory of some processes and their children, sampled; a process that was started again is followed."""

    pids: Pids
    lives: defaultdict[str, Life] = field(default_factory=lambda: defaultdict[str, Life](Life))

    async def watch(self) -> None:
        """Sample until cancelled."""
        while True:
            self.sample(time.monotonic())
            await asyncio.sleep(SAMPLE_SECONDS)

    def sample(self, at: float) -> None:
        """Look at each process once, ``at`` seconds; one that is gone just now is left out."""
        for name, pid in self.pids().items():
            if size := resident(pid):
                life = self.lives[name]
                life.samples.append((at, size))
                life.pids += [pid] if pid not in life.pids else []

    def told(self, *names: str) -> dict[str, Object]:
        """The figures of those of them that were seen."""
        return {name: self.lives[name].told() for name in names if name in self.lives}


def pids_in(folder: Path) -> Mapping[str, int]:
    """The processes of the Leadline in ``folder``, as its run.json has them now; none when nothing runs."""
    with suppress(NotRunning):
        return running_in(folder).processes
    return {}


def _megabytes(size: float) -> float:
    return round(size / MEGABYTE, 1)


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
    qualified to assigned and committed, as the worker's metrics have it), ``rss_mb``: the peaks of web and worker, and
    ``memory``: of each the first and the last minute, so that a leak is seen, and the restarts.
    """
    memory = Memory(lambda: pids_in(target.folder))
    watching = asyncio.create_task(memory.watch())
    leads = max(round(per_hour * minutes / 60), 1)
    before = await _assigned(target)
    try:
        figures = await _simulate(target, leads, per_hour, timeout=minutes * 60 + LATE_SECONDS)
    finally:
        watching.cancel()
    assigned_after = scraped.told(scraped.between(before, await _assigned(target)))
    told = memory.told("web", "worker")
    peaks = {name: life["peak"] for name, life in told.items()}
    return {**figures, "assigned_after": assigned_after, "rss_mb": peaks, "memory": told}


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
