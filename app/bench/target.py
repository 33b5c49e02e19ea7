"""What is measured: the Leadline that runs here, or one that is started for the measurement alone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from app.errors import LeadlineError, Misconfigured
from app.installation import NotRunning, Running, demo_secrets, running_in
from app.settings import THIS_MACHINE, load_settings

START_SECONDS = 300.0
STOP_SECONDS = 60.0
PORTS_NEEDED = 4
FIRST_PORT, LAST_PORT = 23_000, 24_000
DEMO_MANAGER = "mara@leadline.demo"
ABANDON_AFTER = "20"


class DidNotStart(LeadlineError):
    """The Leadline that was to be measured did not start."""


class NotThisMachine(LeadlineError):
    """A bench loads this machine alone; the address in run.json is another one."""


@dataclass(frozen=True)
class Target:
    """A running Leadline and the data folder it runs in."""

    running: Running
    folder: Path

    @property
    def host(self) -> str:
        """Host and port of the web process, as a Host header has them."""
        return urlsplit(self.running.web).netloc

    @property
    def address(self) -> tuple[str, int]:
        """Where to connect to the web process."""
        parts = urlsplit(self.running.web)
        return parts.hostname or "127.0.0.1", parts.port or 80

    def webhook_key(self) -> str:
        """The secret that signs webhooks of the agent's session; raises Misconfigured when nobody knows
        it.
        """
        given = load_settings().waha_hmac_key_agent.get_secret_value()
        key = given or (demo_secrets(self.folder)["WAHA_HMAC_KEY_AGENT"] if self.running.simulator else "")
        if not key:
            raise Misconfigured("WAHA_HMAC_KEY_AGENT is not set: webhooks cannot be signed.")
        return key


def running_target() -> Target:
    """The Leadline that runs in LEADLINE_DATA_DIR; raises NotRunning or NotThisMachine."""
    folder = load_settings().data_dir.resolve()
    running = running_in(folder)
    if urlsplit(running.web).hostname not in THIS_MACHINE:
        raise NotThisMachine
    return Target(running, folder)


@contextmanager
def target_of_our_own() -> Iterator[Target]:
    """The Leadline that runs here, or else a demo started in a folder that is thrown away."""
    try:
        found = running_target()
    except NotRunning:
        found = None
    if found:
        yield found
        return
    with tempfile.TemporaryDirectory(prefix="leadline-bench-") as folder:
        child = _start(Path(folder))
        try:
            yield _wait(Path(folder), child)
        finally:
            _stop(child)


def _start(folder: Path) -> subprocess.Popen[bytes]:
    own = {
        "LEADLINE_DATA_DIR": str(folder),
        "LEADLINE_PORT": str(free_ports(PORTS_NEEDED)),
        "LEADLINE_ABANDON_AFTER": ABANDON_AFTER,
        "LEADLINE_LOG_LEVEL": "warning",
    }
    command = [sys.executable, "-m", "app.cli", "run"]
    return subprocess.Popen(command, env={**os.environ, **own}, stdout=sys.stderr)  # noqa: S603 - our own program


def _wait(folder: Path, child: subprocess.Popen[bytes]) -> Target:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and child.poll() is None:
        try:
            target = Target(running_in(folder), folder)
        except NotRunning:
            target = None
        if target and _ready(target):
            return target
        time.sleep(0.2)
    raise DidNotStart


def _ready(target: Target) -> bool:
    connection = HTTPConnection(*target.address, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def free_ports(number: int) -> int:
    """The first of ``number`` free ports in a row."""
    for first in range(FIRST_PORT, LAST_PORT, number):
        if all(_free(first + offset) for offset in range(number)):
            return first
    raise DidNotStart(f"There are no {number} free ports in a row between {FIRST_PORT} and {LAST_PORT}.")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
