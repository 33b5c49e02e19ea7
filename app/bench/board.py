"""How long a change takes from its commit to every browser that shows the board, beside what sockets alone
take.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import httpx
import psycopg

from app.bench import floor
from app.bench.figures import Object, latencies, ratio
from app.bench.listeners import Audience, Sighting, gather
from app.bench.pace import no_collections, steadily
from app.bench.target import DEMO_MANAGER, Target
from app.errors import LeadlineError
from app.notices import CHANNEL, of_lead
from app.settings import DEMO_PASSWORD

CARDS = 100
"""Cards that change in turn, so that no card changes again before its last change has arrived."""
LATE_SECONDS = 5.0
SETTLE_SECONDS = 1.0

CHANGE = """
    update lead set unread = (unread + 1) %% 10, version = version + 1, updated_at = clock_timestamp()
    where id = %(id)s returning version
"""
TELL = "select pg_notify(%(channel)s, %(notice)s)"


class CannotSignIn(LeadlineError):
    """The bench signs in as the demo's manager, and this Leadline has no such member."""


class CannotAddLeads(LeadlineError):
    """The bench could not add leads by the API."""


async def measure(target: Target, *, clients: int, rate: float, seconds: float) -> Object:
    """Change cards at ``rate`` a second before ``clients`` browsers; returns what ``bench board --json``
    prints. Each browser has a sign-in of its own, so that what the server does for each of them is measured as well:
    once a minute it looks who is still signed in, which more than 60 ``seconds`` contain for certain.
    """
    leads = await add_leads(target)
    audience = await gather(target.host, clients, cookies=await sign_in(target, clients))
    await asyncio.sleep(SETTLE_SECONDS)
    committed = await _change(target, leads, audience, rate=rate, seconds=seconds)
    taken = arrivals(audience, committed)
    size = audience.sightings.bytes_received // max(audience.sightings.messages, 1)
    below = await floor.measure(clients=clients, rate=rate, seconds=seconds, size=size)
    figures = latencies(taken, 50, 95, 99)
    return {
        "clients": clients,
        "delivered": round(len(taken) / (len(committed) * clients), 4),
        **figures,
        "floor": below,
        "ratio_p99": ratio(figures["p99_ms"], below["p99_ms"]),
    }


async def sign_in(target: Target, count: int) -> list[str]:
    """The cookies of so many sign-ins of the demo's manager; raises CannotSignIn."""
    async with httpx.AsyncClient(base_url=target.running.web, timeout=30) as client:
        return [await _sign_in(client) for _ in range(count)]


async def _sign_in(client: httpx.AsyncClient) -> str:
    client.cookies.clear()
    form = {"email": DEMO_MANAGER, "password": DEMO_PASSWORD}
    await client.post("/api/sign-in", data=form, headers={"Origin": str(client.base_url).rstrip("/")})
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    if not cookie:
        raise CannotSignIn
    return cookie


async def add_leads(target: Target) -> list[int]:
    """The ids of the leads whose cards change; the same ones at each run."""
    headers = {"Authorization": f"Bearer {target.running.api_token}"}
    async with httpx.AsyncClient(base_url=target.running.web, headers=headers, timeout=30) as client:
        return [await _add_lead(client, number) for number in range(CARDS)]


async def _add_lead(client: httpx.AsyncClient, number: int) -> int:
    new = {"phone": f"+1555010{5000 + number}", "name": f"Bench {number}"}
    answer = await client.post("/api/v1/leads", json=new)
    if answer.status_code != HTTPStatus.CREATED:
        raise CannotAddLeads(status=answer.status_code)
    return int(answer.json()["id"])


async def _change(
    target: Target, leads: Sequence[int], audience: Audience, *, rate: float, seconds: float
) -> dict[Sighting, float]:
    """Make the changes and wait for the last of them to arrive; returns when each was committed."""
    committed: dict[Sighting, float] = {}
    audience.sightings.listening = True
    async with await psycopg.AsyncConnection.connect(target.running.database_url) as connection:
        turn = asyncio.Lock()

        async def act(number: int) -> None:
            async with turn:
                await _commit(connection, leads[number % len(leads)], committed)

        with no_collections():
            await steadily(rate, seconds, act)
            await until_seen(audience, committed, LATE_SECONDS)
    audience.leave()
    return committed


async def _commit(connection: psycopg.AsyncConnection[Any], lead_id: int, committed: dict[Sighting, float]) -> None:
    row = await (await connection.execute(CHANGE, {"id": lead_id})).fetchone()
    now = time.time()
    await connection.commit()
    # As the product does it: the notice follows the commit.
    await connection.execute(TELL, {"channel": CHANNEL, "notice": of_lead(lead_id)})
    await connection.commit()
    if row:
        # The moment before the commit: what the disk takes counts, and nothing can arrive earlier.
        committed[lead_id, int(row[0])] = now


async def until_seen(audience: Audience, committed: dict[Sighting, float], seconds: float) -> None:
    """Return when every client saw every one of these changes, or after ``seconds``. Other cards may change too."""
    awaited = len(committed) * len(audience.transports)
    await audience.until(lambda: len(arrivals(audience, committed)) >= awaited, seconds)


def arrivals(audience: Audience, committed: dict[Sighting, float]) -> list[float]:
    """Seconds from commit to arrival, of each change at each client."""
    return [at - committed[what] for what, at in audience.sightings.seen if what in committed]
