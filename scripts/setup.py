"""Make ``.venv`` from the hash-locked requirements: the first time in minutes, later at once.

Runs on a bare Python 3.11+ with nothing installed, so it imports the standard library alone.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = "uv>=0.8,<1"
LOCKS = {"runtime": "requirements.txt", "dev": "requirements-dev.txt"}
LAUNCHER = "from app.cli import main\n\nmain()\n"


class SetupFailed(Exception):
    """The environment could not be made; the message says what to do."""


def main() -> int:
    """Entry: ``setup.py [--dev]``; 0 when the environment is ready."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="with the tools that tests and checks need")
    wanted = "dev" if parser.parse_args().dev else "runtime"
    try:
        with _alone(ROOT / ".cache" / "setup.lock"):
            ensure(ROOT, wanted)
    except SetupFailed as failure:
        print(f"setup: {failure}", file=sys.stderr)
        return 1
    return 0


def ensure(root: Path, wanted: str) -> None:
    """Bring ``root/.venv`` to the state of the lock; does nothing when it is there already."""
    venv = root / ".venv"
    if is_ready(root, wanted):
        return
    uv = _find_uv(root) or _bootstrap_uv(root)
    if not _works([str(venv / "bin" / "python"), "-c", ""]):
        print("setup: making .venv", flush=True)
        _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(venv)])
    print(f"setup: installing {LOCKS[wanted]} (a few minutes the first time)", flush=True)
    _install(uv, root, wanted)
    _link_project(root)
    stamp(root, wanted).write_text(_key(root, wanted))


def is_ready(root: Path, wanted: str) -> bool:
    """Whether ``.venv`` holds what the lock says; the development lock contains the runtime one."""
    kinds = ("dev",) if wanted == "dev" else ("runtime", "dev")
    return any(_matches(root, kind) for kind in kinds)


def stamp(root: Path, kind: str) -> Path:
    """The file that remembers which lock was installed."""
    return root / ".venv" / f"leadline-{kind}.stamp"


def _matches(root: Path, kind: str) -> bool:
    path = stamp(root, kind)
    return path.is_file() and path.read_text() == _key(root, kind)


def _key(root: Path, kind: str) -> str:
    digest = hashlib.sha256()
    # The folder is part of the key: a moved clone has launchers that point to its old place.
    for part in (root.as_posix().encode(), (root / LOCKS[kind]).read_bytes(), Path(__file__).read_bytes()):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _install(uv: str, root: Path, wanted: str) -> None:
    # sync removes what the lock does not name; "runtime" must not take the developer's tools away.
    verb, *flags = ["sync"] if wanted == "dev" else ["install", "--requirements"]
    python = str(root / ".venv" / "bin" / "python")
    options = ["--quiet", "--require-hashes", "--python", python]
    _run([uv, "pip", verb, *options, *flags, str(root / LOCKS[wanted])])


def _link_project(root: Path) -> None:
    """Make ``app`` and ``metrics`` importable and ``leadline`` a command, without a download for a build."""
    venv = root / ".venv"
    packages = next((venv / "lib").glob("python3*/site-packages"))
    (packages / "leadline.pth").write_text(f"{root}\n")
    launcher = venv / "bin" / "leadline"
    launcher.write_text(f"#!{venv}/bin/python\n{LAUNCHER}")
    launcher.chmod(0o755)


def _find_uv(root: Path) -> str | None:
    candidates = [shutil.which("uv"), *(str(path) for path in _own_uv(root))]
    return next((uv for uv in candidates if uv and _works([uv, "pip", "sync", "--help"])), None)


def _own_uv(root: Path) -> Iterator[Path]:
    yield root / ".venv-uv" / "bin" / "uv"


def _bootstrap_uv(root: Path) -> str:
    print("setup: getting uv", flush=True)
    own = root / ".venv-uv"
    for attempt in (_uv_in_a_venv, _uv_by_pip):
        shutil.rmtree(own, ignore_errors=True)
        if attempt(own) and (found := _find_uv(root)):
            return found
    shutil.rmtree(own, ignore_errors=True)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise SetupFailed(
        "could not get uv: this Python has neither venv nor pip, or the package index cannot be reached"
        f" (on Debian: apt-get install python{version}-venv; or install uv yourself: https://docs.astral.sh/uv)"
    )


def _uv_in_a_venv(own: Path) -> bool:
    made = _works([sys.executable, "-m", "venv", str(own)])
    return made and _works([str(own / "bin" / "python"), "-m", "pip", "install", "--quiet", UV])


def _uv_by_pip(own: Path) -> bool:
    return _works([sys.executable, "-m", "pip", "install", "--quiet", "--target", str(own), UV])


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _run(command: list[str]) -> None:
    # The second try is for a network that stumbled, and for one whose certificates only this machine knows.
    for second in ({}, {"UV_SYSTEM_CERTS": "true", "UV_NATIVE_TLS": "true"}):
        try:
            code = subprocess.run(command, check=False, env={**_environment(), **second}).returncode
        except OSError as error:
            raise SetupFailed(f"{command[0]} did not start: {error.strerror}") from error
        if code == 0:
            return
        if not second:
            print("setup: once more, with the certificates of this machine", flush=True)
    raise SetupFailed(f"`{' '.join(command[:3])}` failed with exit code {code}; its own words are above")


def _environment() -> dict[str, str]:
    """The environment for uv: an index that was configured for pip alone counts for uv too."""
    environment = {**os.environ, "UV_HTTP_TIMEOUT": os.environ.get("UV_HTTP_TIMEOUT", "180")}
    environment.pop("VIRTUAL_ENV", None)
    if index := environment.get("PIP_INDEX_URL"):
        environment.setdefault("UV_DEFAULT_INDEX", index)
    return environment


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One setup at a time in a clone; whoever comes second waits and then finds the work done."""
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("setup: waiting for another setup in this folder", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    raise SystemExit(main())
