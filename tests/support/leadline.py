"""The whole program, started as an operator starts it, on ports and in a folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.installation import NotRunning, Running, running_in
from tests.support.ports import free_ports

START_SECONDS = 240.0
STOP_SECONDS = 70.0


@dataclass
class RunningLeadline:
    """A Leadline that runs: where it listens, and how to hurt it."""

    folder: Path
    process: subprocess.Popen[bytes]
    output: Path

    @property
    def now(self) -> Running:
        """What ``run.json`` says at this moment; process ids change when something crashes."""
        return running_in(self.folder)

    @property
    def web(self) -> str:
        """Address of pages, webhooks and API."""
        return self.now.web

    @property
    def simulator(self) -> str:
        """Address of the simulated WhatsApp gateway and its phone page."""
        return self.now.simulator

    @property
    def database_url(self) -> str:
        """Address of its database."""
        return self.now.database_url

    @property
    def api_headers(self) -> dict[str, str]:
        """What a request to the API carries."""
        return {"Authorization": f"Bearer {self.now.api_token}"}

    @property
    def simulator_headers(self) -> dict[str, str]:
        """What a request to the simulator's control routes carries."""
        return {"X-Sim-Token": self.now.simulator_token}

    def kill(self, name: str) -> int:
        """SIGKILL the process ``name`` (web, worker, simulator, database); returns its id."""
        pid = self.now.processes[name]
        os.kill(pid, signal.SIGKILL)
        return pid

    def said(self) -> str:
        """Everything that the terminal showed so far."""
        return self.output.read_text(errors="replace")


@contextmanager
def start_leadline(folder: Path, *, ports: int | None = None, **settings: str) -> Iterator[RunningLeadline]:
    """Run Leadline in ``folder`` until the block ends; ready when the block begins."""
    folder.mkdir(parents=True, exist_ok=True)
    output = folder.with_name(f"{folder.name}.out")
    process = launch(folder, output, LEADLINE_PORT=str(ports or free_ports(4)), **settings)
    try:
        yield _ready(RunningLeadline(folder, process, output))
    finally:
        stop(process)


def launch(folder: Path, output: Path, **settings: str) -> subprocess.Popen[bytes]:
    """Start ``leadline run`` with its words going to ``output``."""
    with output.open("wb") as terminal:
        return subprocess.Popen(
            [sys.executable, "-m", "app.cli", "run"],
            env={**os.environ, "LEADLINE_DATA_DIR": str(folder), **settings},
            stdout=terminal,
            stderr=subprocess.STDOUT,
        )


def stop(process: subprocess.Popen[bytes]) -> int:
    """Ask it to stop; returns its exit code. Raises TimeoutExpired when it does not stop within its bound."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def _ready(leadline: RunningLeadline) -> RunningLeadline:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if leadline.process.poll() is not None:
            raise AssertionError(f"Leadline ended while it started:\n{leadline.said()}")
        if "Leadline runs" in leadline.said() and _announced(leadline):
            return leadline
        time.sleep(0.1)
    raise AssertionError(f"Leadline was not ready within {START_SECONDS:.0f} s:\n{leadline.said()}")


def _announced(leadline: RunningLeadline) -> bool:
    try:
        return bool(leadline.now.processes)
    except NotRunning:
        return False
