"""What goes on beside the tests: an event loop in a thread, leads who keep coming, and who receives alerts."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from app.simulator.clients import LeadlineClient, PartMissing, SimulatorClient
from app.simulator.personas import Persona, persona
from app.simulator.shapes import Json

T = TypeVar("T")

PATIENCE = 60.0
LONG_POLL = 2.0
OPEN = 2
EACH_ANSWER = 30.0
"""Seconds that a lead waits for an answer before it loses interest."""


class Backstage:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="backstage", daemon=True)
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, T], within: float = PATIENCE) -> T:
        """Do it there and wait for what comes of it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(within)

    @contextmanager
    def going_on(self, work: Coroutine[Any, Any, Any]) -> Iterator[None]:
        """Let it go on there until the block ends."""
        running = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            yield
        finally:
            if not running.cancel():
                running.result()
            self.do(asyncio.sleep(0))

    def close(self) -> None:
        """End the loop."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@dataclass
class Crowd:
    """Leads who write one after the other, with the characters that ``seed`` gives, and a team that reacts."""

    simulator: SimulatorClient
    leadline: LeadlineClient
    per_second: float
    seed: int = 7
    came: int = 0
    _heard: dict[str, asyncio.Queue[str]] = field(default_factory=dict[str, asyncio.Queue[str]])

    async def keep_coming(self) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            for number in itertools.count():
                group.create_task(self._live(persona(self.seed, number), number))
                await asyncio.sleep(1 / self.per_second)

    async def _listen(self) -> None:
        after = await self.simulator.newest()
        while True:
            entries, after = await self.simulator.journal(after, LONG_POLL)
            for entry in entries:
                if entry["kind"] == "send" and entry["number"] in self._heard:
                    self._heard[entry["number"]].put_nowait(entry["text"])
            await asyncio.sleep(0.05)

    async def _live(self, played: Persona, number: int) -> None:
        # Whoever meets a part that is just being broken goes away; others come.
        with suppress(PartMissing, TimeoutError):
            known = await self.simulator.meet(played.facts.name, played.language)
            self._heard[known["number"]] = asyncio.Queue()
            self.came += 1
            await self._talk(known["number"], played, thinks=number % 5 == OPEN)
            await self._team_reacts(known["number"], played.facts.name, number)

    async def _talk(self, phone: str, played: Persona, *, thinks: bool) -> None:
        """Who ``thinks`` leaves the second question open until we ask again."""
        await self._write(phone, played.opening())
        for asked in itertools.count(1):
            if played.done:
                return
            async with asyncio.timeout(EACH_ANSWER):
                heard = await self._heard[phone].get()
            if not (thinks and asked == OPEN):
                await self._write(phone, played.answer(heard))

    async def _write(self, phone: str, said: list[str]) -> None:
        for text in said:
            await self.simulator.write(phone, text)

    async def _team_reacts(self, phone: str, name: str, number: int) -> None:
        """Every other lead hears from a person; every fourth is won."""
        if number % 2:
            return
        wish = {"number": phone, "text": "Hello, this is your school", "session": "consultant"}
        await self.simulator.call("POST", "/_sim/phone-send", wish)
        if number % 4 == 0:
            await self._win(name)

    async def _win(self, name: str) -> None:
        found = await self.leadline.call("GET", "/api/v1/leads", query={"q": name, "limit": 1})
        for lead in found["items"]:
            move = {"stage": "won", "version": lead["version"]}
            await self.leadline.call("POST", f"/api/v1/leads/{lead['id']}/stage", move)


class Inbox:
    """Receives what Alertmanager sends to each of its receivers."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, Json]] = []
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                inbox.letters.append((self.path.strip("/"), json.loads(body)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def told(self, receiver: str, status: str = "firing") -> set[str]:
        """The alerts that a receiver was told of with a status."""
        alerts = [alert for to, letter in list(self.letters) if to == receiver for alert in letter["alerts"]]
        return {alert["labels"]["alertname"] for alert in alerts if alert["status"] == status}

    def close(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
