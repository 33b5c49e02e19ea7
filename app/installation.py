"""The data folder of an installation: who runs in it, its own demo secrets, how others find what runs."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import psutil

from app.errors import LeadlineError

RUN_FILE = "run.json"
SECRETS_FILE = "secrets.json"
LOCK_FILE = "lock"
EMBEDDED = "embedded"
"""As DATABASE_URL: the PostgreSQL that is brought along, which the demo uses in any case."""


class AlreadyRunning(LeadlineError):
    """Leadline runs in this folder already."""


class NotRunning(LeadlineError):
    """No Leadline runs here; start it with: make run"""


class FolderUnusable(LeadlineError):
    """The data folder cannot be used."""


@dataclass(frozen=True)
class Running:
    """Where a running Leadline listens, as ``run.json`` says it; an empty address: that part does not run."""

    pid: int
    database_url: str = field(repr=False)
    web: str
    web_metrics: str
    worker_metrics: str
    simulator: str = ""
    api_token: str = field(default="", repr=False)
    simulator_token: str = field(default="", repr=False)
    quiet_seconds: float = 3.0
    """The quiet window of this start, which does not count as time of a turn."""
    processes: dict[str, int] = field(default_factory=dict[str, int])
    """Process ids by name: web, worker, simulator, database."""


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Make ``folder`` and be the only Leadline in it; raises AlreadyRunning or FolderUnusable.

    The kernel holds the lock, so a killed Leadline leaves none behind.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o711)
        descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise FolderUnusable(f"{folder} cannot be used for the data: {error.strerror}.") from error
    with os.fdopen(descriptor, "r+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(_who_runs(folder, handle.read().strip())) from None
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def demo_secrets(folder: Path) -> dict[str, str]:
    """The secrets of this demo by the names of their settings: made once, readable by the owner alone."""
    names = ("WAHA_API_KEY", "WAHA_HMAC_KEY_AGENT", "WAHA_HMAC_KEY_CONSULTANT", "LEADLINE_SIMULATOR_TOKEN")
    kept = _read(folder / SECRETS_FILE)
    made = {name: secrets.token_urlsafe(32) for name in names}
    made["LEADLINE_API_TOKEN"] = f"leadline_{secrets.token_urlsafe(32)}"
    every = {name: str(kept.get(name) or value) for name, value in made.items()}
    if every != kept:
        write_private(folder / SECRETS_FILE, every)
    return every


def announce(folder: Path, running: Running) -> None:
    """Write ``run.json``, readable by the owner alone."""
    write_private(folder / RUN_FILE, asdict(running))


def withdraw(folder: Path) -> None:
    """Remove ``run.json``: nothing runs any more."""
    (folder / RUN_FILE).unlink(missing_ok=True)


def running_in(folder: Path) -> Running:
    """What runs in ``folder``; raises NotRunning, also for the leftover file of a killed Leadline."""
    try:
        running = Running(**cast("dict[str, Any]", _read(folder / RUN_FILE)))
    except TypeError:
        running = None
    if running is None or not psutil.pid_exists(running.pid):
        raise NotRunning(f"No Leadline runs in {folder}; start it with: make run")
    return running


def write_private(path: Path, content: dict[str, object] | dict[str, str]) -> None:
    """Write JSON that only the owner may read, in one step: readers see the old or the new."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        json.dump(content, handle, indent=1)
    draft.replace(path)


def _read(path: Path) -> dict[str, object]:
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return cast("dict[str, object]", content) if isinstance(content, dict) else {}


def _who_runs(folder: Path, pid: str) -> str:
    who = f" (process {pid})" if pid else ""
    return (
        f"Another Leadline runs in {folder}{who};"
        " stop it, or give this one its own LEADLINE_DATA_DIR and LEADLINE_PORT."
    )
