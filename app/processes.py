"""Child processes that are kept running: listened to, started again after a crash, stopped in time."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path

from app.embedded import die_with_parent
from app.errors import LeadlineError

LARGEST_LOG = 5_000_000
LONGEST_LINE = 256 * 1024
SETTLED_SECONDS = 30.0
QUICK_DEATHS = 5
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0


class KeepsDying(LeadlineError):
    """A process died again and again."""


@dataclass(frozen=True)
class Program:
    """What to run, and how long it may take to stop."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    folder: Path
    stop_seconds: float = 15.0


class Terminal:
    """Prints what children say, each line under the name of who said it; silent once nobody reads."""

    COLOURS = (36, 33, 35, 32, 34)

    def __init__(self) -> None:
        self._colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._known: list[str] = []

    def say(self, text: str) -> None:
        """Print something of our own."""
        with suppress(OSError, ValueError):
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()

    def relay(self, name: str, line: str) -> None:
        """Print a line of a child."""
        if name not in self._known:
            self._known.append(name)
        label = f"{name:<9} |"
        if self._colours:
            colour = self.COLOURS[self._known.index(name) % len(self.COLOURS)]
            label = f"\033[{colour}m{label}\033[0m"
        self.say(f"{label} {line}")


class Keeper:
    """Keeps one program running until it is told to stop.

    ``changed`` is called with each new process id.
    """

    def __init__(
        self, program: Program, *, logs: Path, terminal: Terminal, changed: Callable[[str, int], None]
    ) -> None:
        self.program = program
        self._terminal = terminal
        self._changed = changed
        self._log_path = logs / f"{program.name}.log"
        self._log = _log_file(self._log_path)
        self._child: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._ended = asyncio.Event()
        self._last_words: deque[str] = deque(maxlen=3)

    async def keep(self) -> None:
        """Run the program, again after each crash; returns when stopped, raises KeepsDying."""
        try:
            with closing(self._log):
                await self._keep()
        finally:
            self._ended.set()

    def start_no_more(self) -> None:
        """From now on the program is not started again when it ends; what runs goes on."""
        self._stopping.set()

    async def stop(self) -> None:
        """Ask the program to end, and end it after its time; ``keep`` must have been called."""
        self.start_no_more()
        self._ask_to_end()
        try:
            await asyncio.wait_for(self._ended.wait(), self.program.stop_seconds)
        except TimeoutError:
            seconds = f"{self.program.stop_seconds:g} s"
            self._terminal.say(f"leadline: {self.program.name} did not stop within {seconds} and is killed")
            self.kill()
            await self._ended.wait()

    def kill(self) -> None:
        """End the program and everything it started, at once."""
        if self._child is not None:
            _kill_group(self._child.pid)

    def _ask_to_end(self) -> None:
        if self._child is not None and self._child.returncode is None:
            with suppress(ProcessLookupError):
                self._child.terminate()

    async def _keep(self) -> None:
        deaths = 0
        while not self._stopping.is_set():
            started = time.monotonic()
            code = await self._run_once()
            if self._stopping.is_set():
                return
            deaths = 1 if time.monotonic() - started > SETTLED_SECONDS else deaths + 1
            if deaths >= QUICK_DEATHS:
                raise KeepsDying(self._obituary(code))
            pause = min(FIRST_PAUSE * 2 ** (deaths - 1), LONGEST_PAUSE)
            self._terminal.say(f"leadline: {self.program.name} {_ending(code)}; again in {pause:g} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _run_once(self) -> int:
        async with _pipe() as (reader, write_end):
            child = self._child = await self._start(write_end)
            self._changed(self.program.name, child.pid)
            if self._stopping.is_set():
                self._ask_to_end()
            listening = asyncio.create_task(self._listen(reader))
            try:
                return await child.wait()
            finally:
                # Whatever it started itself (a server's workers) would keep its port and its pipe.
                _kill_group(child.pid)
                with suppress(TimeoutError):
                    await asyncio.wait_for(listening, 2)

    async def _start(self, output: int) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                *self.program.command,
                cwd=self.program.folder,
                env=dict(self.program.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        finally:
            os.close(output)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while not reader.at_eof():
            try:
                line = (await reader.readline()).decode(errors="replace").rstrip()
            except ValueError:
                continue  # longer than any line worth reading; readline has dropped it
            if line:
                self._last_words.append(line)
                self._log.emit(logging.makeLogRecord({"msg": line}))
                self._terminal.relay(self.program.name, line)

    def _obituary(self, code: int) -> str:
        said = f": {self._last_words[-1][:300]}" if self._last_words else ""
        return f"{self.program.name} {_ending(code)} {QUICK_DEATHS} times in a row{said} (log: {self._log_path})"


@asynccontextmanager
async def _pipe() -> AsyncIterator[tuple[asyncio.StreamReader, int]]:
    """A reader, and the end that a child writes to.

    Not asyncio's own pipe: with that, a dead child counts as alive while something it started holds the pipe.
    """
    read_end, write_end = os.pipe()
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    protocol = asyncio.StreamReaderProtocol(reader)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: protocol, os.fdopen(read_end, "rb", buffering=0))
    try:
        yield reader, write_end
    finally:
        transport.close()


def _ending(code: int) -> str:
    return f"ended with code {code}" if code >= 0 else f"was killed by {signal.Signals(-code).name}"


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


class _PatientHandler(RotatingFileHandler):
    """A log file whose disk may be full: what cannot be written is dropped, nothing stops for it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name of the standard library
        """Say nothing."""


def _log_file(path: Path) -> logging.Handler:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return _PatientHandler(path, maxBytes=LARGEST_LOG, backupCount=1, delay=True, encoding="utf-8")
