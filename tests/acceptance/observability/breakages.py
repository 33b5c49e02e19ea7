"""What is broken, how, and which alerts are to say so."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http import HTTPStatus

import httpx
import psutil
import psycopg

from app.processes import QUICK_DEATHS, SETTLED_SECONDS
from tests.acceptance.observability.watched import Watched
from tests.acceptance.whole_way.town import greeted, until
from tests.support.groq_standin import Fault

Break = Callable[[Watched], AbstractContextManager[None]]


@dataclass(frozen=True)
class Breakage:
    """One thing that goes wrong: broken inside the block that ``broken`` opens, repaired at its end.

    ``alerts`` have to fire; ``symptoms`` may, because they follow from it. Of ``silenced`` alerts nobody is told,
    because another one says more. ``not_possible`` gives the reason why this machine cannot show it.
    """

    broken: Break
    alerts: frozenset[str]
    symptoms: frozenset[str] = frozenset()
    silenced: frozenset[str] = frozenset()
    not_possible: Callable[[Watched], str] = lambda _: ""


@dataclass(frozen=True)
class Round:
    """What is broken at the same time."""

    name: str
    breakages: tuple[Breakage, ...]


@contextmanager
def model_down(watched: Watched) -> Iterator[None]:
    """Every call to the language model is answered with 503."""
    before = watched.standin.rates
    watched.standin.rates = {Fault.SERVER_ERROR: 1.0}
    try:
        yield
    finally:
        watched.standin.rates = before


@contextmanager
def session_lost(watched: Watched) -> Iterator[None]:
    """The phone was unpaired: no restart brings the session back, a person has to scan the code."""
    call = watched.town.simulator.call
    watched.backstage.do(call("POST", "/_sim/sessions/consultant/unpaired"))
    try:
        yield
    finally:
        watched.backstage.do(until(lambda: _paired(watched)))


async def _paired(watched: Watched) -> bool:
    answer = await watched.town.simulator.call("POST", "/_sim/pair", {"session": "consultant"})
    return answer["status"] == "WORKING"


@contextmanager
def strangers_call(watched: Watched) -> Iterator[None]:
    """Somebody without the key posts webhooks."""
    url = f"{watched.leadline.web}/webhooks/waha/agent"

    async def call() -> None:
        async with httpx.AsyncClient(headers={"X-Webhook-Hmac": "00", "X-Webhook-Hmac-Algorithm": "sha512"}) as client:
            while True:
                answer = await client.post(url, json={"event": "message"})
                assert answer.status_code == HTTPStatus.UNAUTHORIZED
                await asyncio.sleep(0.3)

    with watched.backstage.going_on(call()):
        yield


@contextmanager
def queue_stuck(watched: Watched) -> Iterator[None]:
    """A turn hangs, and the next one of its lead has waited for ten minutes."""
    with _held(watched, _hanging_turn):
        yield


async def _hanging_turn(watched: Watched) -> AsyncGenerator[None]:
    """Nobody can wait ten minutes here, and a turn that waits for the database is given up sooner: a turn's job is
    copied as one that its worker does not end, with another behind it, and the time at which that was made is moved.
    """
    town = watched.town
    lead = await greeted(town, "Patient Lead")
    async with await psycopg.AsyncConnection.connect(watched.leadline.database_url) as connection:
        found = await connection.execute(_THEIR_ROW, (lead.number, lead.lid))
        (lead_id,) = await found.fetchone() or (0,)
        await lead.write("I live in Porto")
        await until(lambda: town.rows(_HANGING, str(lead_id)))
    try:
        await town.rows(_LONG_AGO)
        yield
    finally:
        await town.rows(_OVER)


_THEIR_ROW = """
select lead_id from qualification where lead_id =
(select lead_id from lead_identity where value in (%s, %s) limit 1) for update
"""
_HANGING = """
with hanging as (
  insert into procrastinate_jobs (queue_name, task_name, priority, lock, args, status, worker_id)
  select queue_name, task_name, priority, 'hanging', args, 'doing', worker_id from procrastinate_jobs
  where status = 'doing' and args->>'lead_id' = %s returning queue_name, task_name, priority, lock, args
)
insert into procrastinate_jobs (queue_name, task_name, priority, lock, args)
select queue_name, task_name, priority, lock, args from hanging returning 1
"""
_LONG_AGO = """
update procrastinate_events set at = at - interval '10 minutes' where type = 'deferred'
and job_id in (select id from procrastinate_jobs where status = 'todo' and lock = 'hanging') returning 1
"""
_OVER = "update procrastinate_jobs set status = 'succeeded' where status = 'doing' and lock = 'hanging' returning 1"


@contextmanager
def pool_exhausted(watched: Watched) -> Iterator[None]:
    """A lock that nobody lets go makes every request wait with its connection, until there is none left."""

    async def ask() -> None:
        headers = watched.leadline.api_headers
        async with httpx.AsyncClient(base_url=watched.leadline.web, headers=headers, timeout=60) as client:
            new = [{"phone": f"+1555010{7000 + number}", "name": "Somebody"} for number in range(30)]
            await asyncio.gather(*(client.post("/api/v1/leads", json=each) for each in new), return_exceptions=True)

    with _held(watched, _closed_leads), watched.backstage.going_on(ask()):
        yield


async def _closed_leads(watched: Watched) -> AsyncGenerator[None]:
    async with watched.town.closed("lead"):
        yield


@contextmanager
def disk_full(watched: Watched) -> Iterator[None]:
    """A large file leaves four hundredths of the disk."""
    disk = psutil.disk_usage(str(watched.leadline.folder))
    ballast = watched.leadline.folder / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, disk.free - disk.total // 25)
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def worker_killed(watched: Watched) -> Iterator[None]:
    """The worker dies again as soon as it is back."""
    with watched.backstage.going_on(_killing(watched, "worker")):
        yield


@contextmanager
def database_killed(watched: Watched) -> Iterator[None]:
    """PostgreSQL dies again as soon as it is back."""
    with watched.backstage.going_on(_killing(watched, "database")):
        yield


async def _killing(watched: Watched, part: str) -> None:
    """Three times in a row, and, as long as nobody has noticed, again: what keeps dying for longer is not kept."""
    while True:
        for _ in range(QUICK_DEATHS - 2):
            pid = watched.leadline.kill(part)
            while watched.leadline.now.processes[part] == pid:
                await asyncio.sleep(0.1)
            await asyncio.sleep(0.5)
        await asyncio.sleep(SETTLED_SECONDS + 1)


@contextmanager
def _held(watched: Watched, hold: Callable[[Watched], AsyncGenerator[None]]) -> Iterator[None]:
    """Enter an asynchronous block backstage, and leave it when this one ends."""
    leave = asyncio.Event()
    held = hold(watched)

    async def stay() -> None:
        await leave.wait()
        await held.aclose()

    watched.backstage.do(anext(held))
    running = asyncio.run_coroutine_threadsafe(stay(), watched.backstage.loop)
    try:
        yield
    finally:
        watched.backstage.loop.call_soon_threadsafe(leave.set)
        running.result(60)


def has_no_disk_of_its_own(watched: Watched) -> str:
    """Filling the disk of the machine would break more than Leadline."""
    own = os.path.ismount(watched.leadline.folder)
    return "" if own else "this user may not mount a disk for the data"


BLURRED = frozenset(
    {
        # Judged by how fast the machine is, and a second of slowness is a minute here.
        "LeadlineApiLatencyBudgetBurn",
        "LeadlineAvailabilityBudgetBurn",
        "LeadlineBoardLatencyBudgetBurn",
        "LeadlineFirstResponseBudgetBurn",
        "LeadlineSlowQueries",
        # It divides two counters, one of which is read every two seconds: every two minutes, here.
        "LeadlineDeliveryBudgetBurn",
    }
)
"""Alerts about which faster time says nothing."""

# Each new leader compares the chats with the database, and is quicker than a gateway that waits to repeat itself.
_LATE = frozenset({"LeadlineMessagesRecovered"})
_NO_WORKER = frozenset({"LeadlineNoLeader", "LeadlineUncleanShutdown"}) | _LATE
_NO_DATABASE = (
    frozenset(
        {
            "LeadlineApiErrorBudgetBurn",
            "LeadlineBoardListenerDown",
            "LeadlineDbPoolExhausted",
            "LeadlineDbPoolSaturated",
            "LeadlineWebhooksNotStored",
        }
    )
    | _LATE
)
_STANDING_STILL = frozenset({"LeadlineTurnsFailing", "LeadlineSendsFailing"})

ROUNDS = (
    Round(
        "the language model fails, and strangers post webhooks",
        (
            Breakage(model_down, frozenset({"LeadlineLlmFallbackHigh"}), frozenset({"LeadlineThrottled"})),
            Breakage(strangers_call, frozenset({"LeadlineWebhooksRefused"})),
        ),
    ),
    Round(
        "a queue is stuck, and the disk is nearly full",
        (
            Breakage(queue_stuck, frozenset({"LeadlineQueueStuck"})),
            Breakage(
                disk_full,
                frozenset({"LeadlineDiskFull"}),
                frozenset({"LeadlineDiskWillFill"}),
                not_possible=has_no_disk_of_its_own,
            ),
        ),
    ),
    Round(
        "a session is lost",
        (Breakage(session_lost, frozenset({"LeadlineWhatsAppSessionDown"}), _LATE),),
    ),
    Round(
        "the pool is exhausted",
        (Breakage(pool_exhausted, frozenset({"LeadlineDbPoolExhausted"}), _NO_DATABASE | _STANDING_STILL),),
    ),
    Round(
        "the worker is killed",
        (Breakage(worker_killed, frozenset({"LeadlineTargetDown"}), _NO_WORKER | _STANDING_STILL),),
    ),
    Round(
        "the database is killed",
        (
            Breakage(
                database_killed,
                frozenset({"LeadlineDatabaseDown"}),
                _NO_DATABASE | _NO_WORKER | _STANDING_STILL | {"LeadlineTargetDown"},
            ),
        ),
    ),
)
