"""A simulator in the test's own process: time stands still until it is moved, webhooks land in a list."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from app.simulator.exchange import Exchange
from app.simulator.options import Pace, SimulatorOptions
from app.simulator.server import create_app

FIXTURES = Path(__file__).parents[2] / "fixtures" / "waha"
API_KEY = {"X-Api-Key": "test-key"}
TOKEN = {"X-Sim-Token": "test-token"}
EVENTS = ["session.status", "message.any", "message.ack", "message.reaction"]
LEAD = "15550100110"


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text("utf-8"))


class HandPulse:
    """Time that moves only when the test says so."""

    def __init__(self) -> None:
        self._now = 1_768_580_591.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self.slept: list[float] = []

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        self.slept.append(round(seconds, 3))
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        until = self._now + seconds
        await breathe()
        while self._sleepers and self._sleepers[0][0] <= until:
            self._now, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)
            await breathe()
        self._now = until


async def breathe() -> None:
    """Let everything run that needs no time."""
    for _ in range(60):
        await asyncio.sleep(0)


@dataclass
class Delivery:
    """One POST that a webhook received."""

    url: str
    raw: bytes
    headers: dict[str, str]
    at: float

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.raw)


@dataclass
class Receiver:
    """The product's webhook, answering 200 unless it was told otherwise."""

    pulse: HandPulse
    answers: Iterator[httpx.Response] = field(default_factory=lambda: iter(()))
    deliveries: list[Delivery] = field(default_factory=list)

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        self.deliveries.append(Delivery(url, body, headers, self.pulse.now()))
        answer = next(self.answers, None) or httpx.Response(200)
        if answer.status_code == 599:
            raise httpx.ConnectError("nobody listens")
        return answer

    def answer(self, *statuses: int) -> None:
        self.answers = iter([httpx.Response(status) for status in statuses])

    def of(self, event: str) -> list[Delivery]:
        return [delivery for delivery in self.deliveries if delivery.body["event"] == event]

    def payloads(self, event: str) -> list[dict[str, Any]]:
        return [delivery.body["payload"] for delivery in self.of(event)]


@dataclass
class World:
    """The simulator, its time, its listener, and a caller."""

    app: Any
    pulse: HandPulse
    receiver: Receiver
    http: httpx.AsyncClient

    @property
    def exchange(self) -> Exchange:
        return self.app.state.exchange

    async def api(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self.http.request(method, path, json=body, headers=API_KEY)

    async def sim(self, method: str, path: str, body: Any = None) -> Any:
        response = await self.http.request(method, path, json=body, headers=TOKEN)
        assert response.is_success, response.text
        return response.json() if response.content else None

    async def session(self, name: str = "agent", **hook: Any) -> None:
        """A session that works and reports to the receiver."""
        webhook = {"url": "http://leadline/hook", "events": EVENTS, "hmac": {"key": "hook-secret"}} | hook
        config = {"metadata": {"role": name}, "webhooks": [webhook]}
        await self.api("POST", "/api/sessions", {"name": name, "start": True, "config": config})
        await self.pulse.advance(1)
        assert self.exchange.sessions.named(name).status == "WORKING"

    async def lead_writes(self, text: str = "Hi there!", number: str = LEAD, **more: Any) -> Any:
        answer = await self.sim("POST", "/_sim/messages", {"number": number, "text": text} | more)
        await breathe()
        return answer

    async def send(self, text: str = "Hello!", chat: str = f"{LEAD}@c.us", **more: Any) -> httpx.Response:
        return await self.api("POST", "/api/sendText", {"session": "agent", "chatId": chat, "text": text} | more)


def options(folder: Path, **changes: Any) -> SimulatorOptions:
    plain = SimulatorOptions(
        data_dir=folder, token="test-token", api_key="test-key", auto_pair=True, lid_share=0.0, seed=1
    )
    return replace(plain, pace=Pace(expected_status=0.2, starting=0.3), **changes)


@asynccontextmanager
async def world(folder: Path, **changes: Any) -> AsyncIterator[World]:
    pulse = HandPulse()
    receiver = Receiver(pulse)
    app = create_app(options(folder, **changes), pulse=pulse, post=receiver.post)
    exchange: Exchange = app.state.exchange
    exchange.open()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://simulator") as http:
        yield World(app, pulse, receiver, http)
    await exchange.close()
