"""What the instruments cost: the hot path with and without them, in turns, in one process on a PostgreSQL of its own.

Everything is called in the process, so that nothing but the product is measured: a signed webhook through the HTTP edge
into the database, and a turn of the agent by the rules. Some leads are served with instruments and the next without,
in changing order, so that what the machine does besides hits both alike. Without instruments means: no hooks on the
engine, no middleware before the edge, and every instrument swapped for one that does nothing.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from math import exp, log
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa
from starlette.types import ASGIApp, Message, Scope

from app import bootstrap, migrations
from app.api import front_door
from app.bench.figures import Object, latencies, ms
from app.bench.webhook import PATH, prepare
from app.clock import Clock
from app.conversations import turns
from app.database import Database, transaction
from app.embedded import EmbeddedPostgres
from app.errors import LeadlineError
from app.insights.collector import Figures
from app.registry import override, use
from app.settings import Settings, load_settings
from app.telemetry import set_up_logging
from app.vocabulary import SessionName
from app.whatsapp.gateway import Gateway, SessionRef, SessionSpec
from app.whatsapp.twin import TwinGateway
from app.whatsapp.twin_payloads import Webhook
from metrics import exposition
from metrics.registry import Instrument

RUN = 5
"""Leads that are served in a row before the sides change, so that each finds the processor's caches as its own."""
WARM_UP = 8
"""Pairs of runs that are not counted."""
CONSULTANTS = 200
SCRAPES = 40
RESAMPLES = 2000
SECRET = "a secret of the bench alone"  # noqa: S105 - of a database that is thrown away
_CLAIM = sa.text(
    "update lead set turn_due_at = null from lead as before"
    " where lead.id = before.id and before.turn_due_at is not null returning lead.id, before.turn_due_at"
)
_JOIN = sa.text(
    "insert into team_user (email, name) select 'bench' || n || '@leadline.test', 'Bench' from generate_series(1, :n) n"
)


Taken = tuple[float, float]
"""Seconds by the clock, and of the processor."""


class WebhookRefused(LeadlineError):
    """A webhook of the bench was not stored; nothing can be measured."""


@dataclass(frozen=True)
class Side:
    """One way to run the product: an edge, and a database behind it."""

    edge: ASGIApp
    database: Database
    silent: bool


@dataclass
class Times:
    """Seconds of pairs: with and without instruments, by the clock and of the processor."""

    wall: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    cpu: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])

    def add(self, loud: Taken, silent: Taken) -> None:
        """Add a pair of (wall, cpu)."""
        self.wall.append((loud[0], silent[0]))
        self.cpu.append((loud[1], silent[1]))


async def measure(*, pairs: int) -> Object:
    """Measure; returns what ``bench instruments --json`` prints."""
    with (
        tempfile.TemporaryDirectory(prefix="leadline-bench-") as folder,
        EmbeddedPostgres(Path(folder) / "pg") as server,
    ):
        await asyncio.to_thread(migrations.upgrade, server.url())
        return await measure_on(server.url(), Path(folder), pairs=pairs)


async def measure_on(url: str, folder: Path, *, pairs: int) -> Object:
    """Measure on a migrated database that may be thrown away afterwards."""
    async with _product(url, folder) as (loud, silent):
        costs: Object = {name: _told(times) for name, times in (await _compare(loud, silent, pairs)).items()}
        return {"pairs": pairs, **costs, "scrape": await _scraping()}


@asynccontextmanager
async def _product(url: str, folder: Path) -> AsyncIterator[tuple[Side, Side]]:
    settings = load_settings(database_url=url, data_dir=folder, waha_hmac_key_agent=SECRET, groq_api_key="")
    set_up_logging(style="console", level="error")
    async with bootstrap.core(settings) as settings:
        bootstrap.settle_memory()
        measured = front_door()(_no_page)
        bare = Database(url, pool_size=settings.database_pool)
        inner: ASGIApp = measured.app  # type: ignore[attr-defined] - HttpMetrics is the outermost layer
        with override(Gateway, await _phone(settings)):
            yield Side(measured, use(Database), silent=False), Side(inner, bare, silent=True)
        await bare.close()


async def _phone(settings: Settings) -> Gateway:
    """A twin of WhatsApp in memory, so that nobody waits for a network."""
    twin = TwinGateway(
        use(Clock), hmac_keys={name: settings.hmac_key(name) or SECRET for name in SessionName}, receiver=_hears_nothing
    )
    for name in SessionName:
        await twin.ensure_session(SessionRef(name), SessionSpec("http://127.0.0.1:1/"))
        twin.pair(SessionRef(name))
    return twin


async def _hears_nothing(_: Webhook) -> None:
    """What the twin tells of itself is not measured."""


async def _no_page(scope: Scope, receive: object, send: object) -> None:
    """Nobody asks for a page here."""


async def _compare(loud: Side, silent: Side, pairs: int) -> dict[str, Times]:
    load = prepare("127.0.0.1", SECRET, 2 * RUN * (pairs + WARM_UP))
    webhooks, answers, together = Times(), Times(), Times()
    chance = random.Random(7)  # noqa: S311 - the order of turns, not a secret
    for pair in range(pairs + WARM_UP):
        taken: dict[bool, tuple[Taken, Taken]] = {}
        sides = chance.sample((loud, silent), 2)
        for number, side in enumerate(sides, 2 * pair):
            taken[side.silent] = await _serve(side, load.requests[number * RUN : (number + 1) * RUN])
        if pair >= WARM_UP:
            loud_ones, silent_ones = taken[False], taken[True]
            webhooks.add(loud_ones[0], silent_ones[0])
            answers.add(loud_ones[1], silent_ones[1])
            together.add(_sum(loud_ones), _sum(silent_ones))
    return {"webhook": webhooks, "rules_turn": answers, "both": together}


async def _serve(side: Side, requests: Sequence[bytes]) -> tuple[Taken, Taken]:
    """Wall and processor seconds of webhooks, and of the turns that answer them."""
    wrote: list[Taken] = []
    answered: list[Taken] = []
    with override(Database, side.database), _silenced(side.silent):
        for request in requests:
            wrote.append(await _timed(partial(_write, side.edge, request)))
            async with transaction() as db:
                (due,) = list(await db.execute(_CLAIM))
            answered.append(await _timed(partial(_answer, due)))
    return _sum(wrote), _sum(answered)


def _sum(taken: Iterable[Taken]) -> Taken:
    walls, cpus = zip(*taken, strict=True)
    return sum(walls), sum(cpus)


async def _timed(work: Callable[[], Awaitable[None]]) -> Taken:
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    return time.perf_counter() - wall, time.process_time() - cpu


async def _write(edge: ASGIApp, request: bytes) -> None:
    status = await _post(edge, request)
    if status != HTTPStatus.OK:
        raise WebhookRefused(status=status)


async def _post(edge: ASGIApp, request: bytes) -> int:
    head, body = request.split(b"\r\n\r\n", 1)
    headers = [(name.lower(), value) for name, _, value in (line.partition(b": ") for line in head.split(b"\r\n")[1:])]
    scope: dict[str, Any] = {"type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": PATH}
    scope |= {"raw_path": PATH.encode(), "query_string": b"", "root_path": "", "headers": headers}
    scope |= {"client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 3000)}
    status = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    await edge(scope, receive, send)
    return status


async def _answer(due: Any) -> None:
    await turns.take_turn(due.id, due.turn_due_at)


class _Nothing:
    """An instrument that measures nothing."""

    def __getattr__(self, _: str) -> Callable[..., None]:
        return _ignore


_NOTHING = _Nothing()


def _nothing_at(_: object, *_values: str) -> _Nothing:
    """The child of any instrument, while none counts."""
    return _NOTHING


def _ignore(*_: object, **__: object) -> None:
    """Do nothing."""


@contextmanager
def _silenced(silent: bool) -> Iterator[None]:  # noqa: FBT001 - private, and named where it is called
    """Let no instrument count inside the block."""
    swapped: Any = Instrument
    speaking = swapped.at
    if silent:
        swapped.at = _nothing_at
    try:
        yield
    finally:
        swapped.at = speaking


def _told(times: Times) -> Object:
    """By how many percent it takes longer with instruments, and between what bounds in 95 of 100 cases."""
    return {
        "cost_percent": _percent(times.cpu),
        "interval_95": _interval(times.cpu),
        "cpu_ms": ms(median(silent for _, silent in times.cpu) / RUN),
        "wall_cost_percent": _percent(times.wall),
        "wall_interval_95": _interval(times.wall),
    }


def _percent(pairs: Sequence[tuple[float, float]]) -> float:
    """The median of what the pairs say: what hits one side of a pair alone, such as a collection, says nothing."""
    return round((exp(median(log(loud / silent) for loud, silent in pairs)) - 1) * 100, 2)


def _interval(pairs: Sequence[tuple[float, float]]) -> list[float]:
    chance = random.Random(1)  # noqa: S311 - resampling, not secrets
    found = sorted(_percent(chance.choices(pairs, k=len(pairs))) for _ in range(RESAMPLES))
    return [found[int(RESAMPLES * 0.025)], found[int(RESAMPLES * 0.975)]]


async def _scraping() -> Object:
    """How long scrapes take with 200 consultants, and how late the event loop is meanwhile."""
    async with transaction() as db:
        await db.execute(_JOIN, {"n": CONSULTANTS})
    figures, served = Figures(), exposition.start(0)
    try:
        async with figures.shown():
            await figures.refresh()
            quiet = await _lateness(asyncio.sleep(1.0))
            series, taken, busy = await _scraped(served.url)
    finally:
        await asyncio.to_thread(served.stop)
    late = {"loop_lag_quiet": latencies(quiet, 50, 99), "loop_lag_scraped": latencies(busy, 50, 99)}
    return {"consultants": CONSULTANTS, "series": series, **latencies(taken, 50, 95), **late}


async def _scraped(url: str) -> tuple[int, list[float], list[float]]:
    taken: list[float] = []
    seen = [0]

    async def scrape() -> None:
        for _ in range(SCRAPES):
            begun = time.perf_counter()
            text = await asyncio.to_thread(_get, url)
            taken.append(time.perf_counter() - begun)
            seen[0] = sum(1 for line in text.splitlines() if line and not line.startswith("#"))
            await asyncio.sleep(0.02)

    late = await _lateness(scrape())
    return seen[0], taken, late


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own port
        return answer.read().decode()


async def _lateness(work: Awaitable[None]) -> list[float]:
    """By how many seconds a sleep of a millisecond comes too late, again and again while ``work`` runs."""
    late: list[float] = []
    running = asyncio.ensure_future(work)
    while not running.done():
        begun = time.perf_counter()
        await asyncio.sleep(0.001)
        late.append(max(time.perf_counter() - begun - 0.001, 0.0))
    await running
    return late
