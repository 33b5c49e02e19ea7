"""``leadline run``: everything that is configured, started in order, kept running, and stopped cleanly.

Order: the folder's lock, the ports, the database; then schema, simulator, worker and page side by side; web.
Stopping goes the other way round, so that nobody talks to something that is gone.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from app import frontend, installation
from app.embedded import EmbeddedPostgres
from app.errors import LeadlineError, Misconfigured
from app.installation import EMBEDDED, Running
from app.processes import Keeper, Program, Terminal
from app.settings import DEMO_PASSWORD, THIS_MACHINE, Settings, load_settings

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
COMPLAINT = "leadline: "
READY_SECONDS = 90.0
DATABASE_CHECK_SECONDS = 1.0
EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where to knock at what listens on every address."""
# In the order of stopping.
STOP_SECONDS = {"web": 15.0, "worker": 20.0, "simulator": 5.0}


class PortTaken(LeadlineError):
    """Another program uses a port that Leadline needs."""


class NotReady(LeadlineError):
    """A part of Leadline did not get ready."""


def run() -> int:
    """Run Leadline until Ctrl-C or SIGTERM; returns the exit code. Every failure is one sentence."""
    terminal = Terminal()
    try:
        settings = load_settings()
        with installation.alone_in(settings.data_dir.resolve()):
            return asyncio.run(Supervisor(settings, terminal).run())
    except LeadlineError as error:
        terminal.say(f"leadline: {error}")
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        terminal.say(f"leadline: {error.strerror}{where}")
    return 1


class Supervisor:
    """One start of Leadline in one data folder, which the caller has locked."""

    def __init__(self, settings: Settings, terminal: Terminal) -> None:
        self._settings = settings
        self._terminal = terminal
        self._folder = settings.data_dir.resolve()
        self._postgres = EmbeddedPostgres(self._folder / "pg", log=self._folder / "logs" / "postgres.log")
        self._keepers: dict[str, Keeper] = {}
        self._processes: dict[str, int] = {}
        self._environment: dict[str, str] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._failure: BaseException | None = None
        self._database_turn = asyncio.Lock()
        self._stop = asyncio.Event()

    async def run(self) -> int:
        """Start, wait, stop; raises what made it stop, when that was not a person."""
        check_host(self._settings)
        check_ports(self._settings)
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(sign, self._asked_to_stop)
        starting = self._begin(self._start())
        await self._stop.wait()
        await _cancel(starting)
        await self._shut_down()
        if self._failure is not None:
            raise self._failure
        return 0

    def _begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Do ``work`` beside everything else; when it fails, everything is stopped."""
        task = asyncio.create_task(work)
        self._tasks.append(task)
        task.add_done_callback(self._look_at)
        return task

    def _look_at(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failure = self._failure or error
            self._stop.set()

    def _asked_to_stop(self) -> None:
        if self._stop.is_set():
            for keeper in self._keepers.values():
                keeper.kill()
            return
        self._terminal.say("\nleadline: stopping (once more to stop at once)")
        self._stop.set()

    async def _start(self) -> None:
        self._terminal.say(f"leadline: starting ({self._settings.mode}, data in {self._folder})")
        database_url = await self._database()
        self._environment = self._children_environment(database_url)
        self._running = running(self._settings, self._environment, database_url)
        # From here on `leadline migrate` and the others find the database, ours below as well.
        installation.announce(self._folder, self._running)
        await self._start_all()

    async def _database(self) -> str:
        if not uses_embedded(self._settings):
            return self._settings.database_url.get_secret_value()
        url = await self._with_database(self._postgres.start)
        self._processes["database"] = self._postgres.pid or 0
        return url

    async def _with_database(self, action: Callable[[], T]) -> T:
        """Start or stop the database, one at a time and never half: a server that starts will be stopped."""

        async def turn() -> T:
            async with self._database_turn:
                return await asyncio.to_thread(action)

        return await asyncio.shield(asyncio.create_task(turn()))

    def _children_environment(self, database_url: str) -> dict[str, str]:
        settings = self._settings
        own = {
            "DATABASE_URL": database_url,
            "LEADLINE_DATA_DIR": str(self._folder),
            "LEADLINE_HOST": settings.host,
            "LEADLINE_PORT": str(settings.port),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "REFLEX_TELEMETRY_ENABLED": "false",
        }
        if settings.demo:
            secrets = installation.demo_secrets(self._folder)
            own |= {name: value for name, value in secrets.items() if not os.environ.get(name)}
        return {**os.environ, **own}

    def _migrate_options(self) -> Iterator[str]:
        if self._settings.demo:
            yield "--demo-data"

    async def _migrate(self) -> None:
        await self._once("migrate", *self._migrate_options())

    async def _page(self) -> Path:
        # A process of its own, so that Ctrl-C ends a build that has just begun.
        return Path(await self._once("page"))

    async def _once(self, name: str, *options: str) -> str:
        """Run a short command of our own to its end; returns its last words, or raises NotReady with them."""
        command = (sys.executable, "-m", "app.cli", name, *options)
        child = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            last = await self._listen(name, child)
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGTERM)
            raise
        if child.returncode != 0:
            raise NotReady(last.removeprefix(COMPLAINT) or f"`leadline {name}` failed.")
        return last

    async def _listen(self, name: str, child: asyncio.subprocess.Process) -> str:
        """Pass on what it says until it ends; returns its last line."""
        last = ""
        while child.stdout and (line := await child.stdout.readline()):
            last = line.decode(errors="replace").rstrip()
            # Its one sentence of complaint is ours to say, at the end.
            if not last.startswith(COMPLAINT):
                self._terminal.relay(name, last)
        await child.wait()
        return last

    async def _start_all(self) -> None:
        """Start everything side by side; web and worker wait for the schema by themselves."""
        migrated = self._begin(self._migrate())
        self._begin(self._keep_database())
        for program in background_programs(self._settings, self._environment):
            self._keep(program)
        self._keep(web_program(self._settings, self._environment, await self._page()))
        await migrated
        await self._until_ready()
        self._terminal.say(welcome(self._settings, self._running))

    def _keep(self, program: Program) -> None:
        keeper = Keeper(program, logs=self._folder / "logs", terminal=self._terminal, changed=self._remember)
        self._keepers[program.name] = keeper
        self._begin(keeper.keep())

    def _remember(self, name: str, pid: int) -> None:
        self._processes[name] = pid
        installation.announce(self._folder, replace(self._running, processes=dict(self._processes)))

    async def _keep_database(self) -> None:
        while uses_embedded(self._settings):
            await asyncio.sleep(DATABASE_CHECK_SECONDS)
            if self._postgres.pid is None and not self._stop.is_set():
                self._terminal.say("leadline: the database ended; starting it again")
                await self._with_database(self._postgres.restart)
                self._remember("database", self._postgres.pid or 0)

    async def _until_ready(self) -> None:
        waiting = {self._running.web: "/healthz", self._running.worker_metrics: "/metrics"}
        if self._running.simulator:
            waiting[self._running.simulator] = "/phone"
        try:
            async with asyncio.timeout(READY_SECONDS):
                await asyncio.gather(*(_answers(url, path) for url, path in waiting.items()))
        except TimeoutError:
            raise NotReady(
                f"Leadline did not get ready within {READY_SECONDS:.0f} s; see {self._folder / 'logs'}"
            ) from None

    async def _shut_down(self) -> None:
        # Whoever dies while another one stops stays down, also when a service manager signals all at once.
        for keeper in self._keepers.values():
            keeper.start_no_more()
        for name in STOP_SECONDS:
            if keeper := self._keepers.get(name):
                await keeper.stop()
        for task in self._tasks:
            await _cancel(task)
        await self._with_database(self._postgres.stop)
        installation.withdraw(self._folder)
        self._terminal.say("leadline: stopped")


async def _cancel(task: asyncio.Task[None]) -> None:
    """End a task; how it ended was looked at already."""
    task.cancel()
    await asyncio.wait({task})


def uses_embedded(settings: Settings) -> bool:
    """Whether Leadline brings its own PostgreSQL: the demo always, production when DATABASE_URL says so."""
    return settings.demo or settings.database_url.get_secret_value() == EMBEDDED


def background_programs(settings: Settings, environment: Mapping[str, str]) -> list[Program]:
    """What runs beside database and web: the worker, and in the demo the simulator."""
    commands = {"worker": [sys.executable, "-m", "app.worker"]}
    if _simulates(settings):
        commands["simulator"] = [sys.executable, "-m", "app.simulator", *_simulator_options(settings)]
    return [Program(name, tuple(command), environment, ROOT, STOP_SECONDS[name]) for name, command in commands.items()]


def web_program(settings: Settings, environment: Mapping[str, str], build: Path) -> Program:
    """The web process, serving ``build``."""
    command = tuple(frontend.serve_command(settings.host, settings.port))
    return Program("web", command, {**environment, **frontend.serve_environment(build)}, ROOT, STOP_SECONDS["web"])


def _simulates(settings: Settings) -> bool:
    return settings.demo and not settings.waha_url


def _simulator_options(settings: Settings) -> Iterator[str]:
    web = f"http://{reachable(settings.host)}:{settings.port}"
    options = {
        "--host": "127.0.0.1",
        "--port": str(settings.simulator_port),
        "--data-dir": str(settings.data_dir.resolve() / "simulator"),
        "--webhook-base": web,
        "--board-url": settings.public_url or f"http://localhost:{settings.port}",
    }
    for option, value in options.items():
        yield from (option, value)
    yield "--auto-pair"


def running(settings: Settings, environment: Mapping[str, str], database_url: str) -> Running:
    """What ``run.json`` says about this start."""
    metrics_host = reachable(settings.metrics_host)
    return Running(
        pid=os.getpid(),
        database_url=database_url,
        web=f"http://{reachable(settings.host)}:{settings.port}",
        web_metrics=f"http://{metrics_host}:{settings.web_metrics_port}/metrics",
        worker_metrics=f"http://{metrics_host}:{settings.worker_metrics_port}/metrics",
        simulator=settings.gateway_url if _simulates(settings) else "",
        api_token=environment.get("LEADLINE_API_TOKEN", ""),
        simulator_token=environment.get("LEADLINE_SIMULATOR_TOKEN", ""),
        quiet_seconds=settings.quiet_seconds,
    )


def reachable(host: str) -> str:
    """How an address names what listens on ``host``, from this machine."""
    where = EVERY_ADDRESS.get(host, host)
    return f"[{where}]" if ":" in where else where


def welcome(settings: Settings, now: Running) -> str:
    """What the person at the terminal is told when everything answers."""
    lines = [
        "",
        f"Leadline runs ({settings.mode}). Ctrl-C stops it.",
        "",
        f"  Board      {settings.public_url or f'http://localhost:{settings.port}'}",
    ]
    if now.simulator:
        lines.append(f"  Phone      http://localhost:{settings.simulator_port}/phone   write as a lead here")
    lines += [
        f"  API        {settings.url}/api/docs",
        f"  Metrics    {now.web_metrics}   {now.worker_metrics}",
        f"  Data       {settings.data_dir.resolve()}   logs{', and run.json with the API token' * settings.demo}",
    ]
    if settings.demo:
        lines += [
            "",
            "  Sign in    mara@leadline.demo (manager), ana@, bruno@ or carla@leadline.demo (consultants)",
            f"             password: {DEMO_PASSWORD}",
        ]
    return "\n".join([*lines, ""])


def check_host(settings: Settings) -> None:
    """Refuse a demo that other machines could reach: its passwords are known to everybody."""
    if settings.demo and settings.host not in THIS_MACHINE:
        raise Misconfigured(
            f"The demo has well-known passwords and does not listen on {settings.host};"
            " use LEADLINE_HOST=127.0.0.1, or LEADLINE_MODE=production."
        )


def check_ports(settings: Settings) -> None:
    """Refuse to start on ports that somebody else has; raises PortTaken with what to do."""
    needed = [(settings.host, settings.port), (settings.metrics_host, settings.web_metrics_port)]
    needed += [(settings.metrics_host, settings.worker_metrics_port)]
    if _simulates(settings):
        needed += [("127.0.0.1", settings.simulator_port)]
    with ExitStack() as stack:
        for host, port in needed:
            _claim(stack, host, port, settings)


def _claim(stack: ExitStack, host: str, port: int, settings: Settings) -> None:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except PermissionError:
        raise PortTaken(f"Port {port} needs more rights than this user has; set LEADLINE_PORT above 1023.") from None
    except OSError:
        last = settings.simulator_port
        raise PortTaken(
            f"Port {port} is taken by another program; free it, or set LEADLINE_PORT to another one"
            f" (Leadline uses four in a row, now {settings.port} to {last})."
        ) from None


async def _answers(url: str, path: str) -> None:
    """Return when something answers HTTP 200 there."""
    place = urlsplit(url)
    request = f"GET {path} HTTP/1.0\r\nHost: {place.netloc}\r\n\r\n".encode()
    while True:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(5):
                reader, writer = await asyncio.open_connection(place.hostname, place.port)
                writer.write(request)
                status = await reader.readline()
                writer.close()
            if b" 200 " in status:
                return
        await asyncio.sleep(0.1)
