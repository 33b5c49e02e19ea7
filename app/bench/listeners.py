"""Clients that hear a board: many sockets in one process, each frame's arrival noted with as little work
as can be.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

import picows
from picows import WSFrame, WSListener, WSMsgType, WSTransport

JOIN_SECONDS = 60.0
AT_ONCE = 10
MOST_AT_ONCE = 20
LARGEST_FRAME = 64 * 1024 * 1024
HYDRATE = {
    "event": {
        "name": "reflex___state____state.hydrate_and_load",
        "payload": {},
        "router_data": {"pathname": "/", "asPath": "/"},
    }
}
REFLEX_CONNECT = b"40/_event," + json.dumps(HYDRATE).encode()
RAW_CONNECT = b"40/_event,{}"
SNAPSHOT = re.compile(rb'"board":\{')
CARD = re.compile(rb'"card_(\d+)":\{.*?"version":(\d+)')
MARK = re.compile(rb'"mark":()(\d+)')

Sighting = tuple[int, int]
"""What was seen: the lead and the version of its card."""


@dataclass
class Sightings:
    """When each client saw each change, as seconds since 1970."""

    seen: list[tuple[Sighting, float]] = field(default_factory=list[tuple[Sighting, float]])
    bytes_received: int = 0
    messages: int = 0
    listening: bool = False
    more: asyncio.Event = field(default_factory=asyncio.Event)


class Client(WSListener):
    """One browser: keeps the connection alive, and notes what it sees."""

    def __init__(self, sightings: Sightings, connect: bytes, pattern: re.Pattern[bytes]) -> None:
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sightings = sightings
        self._connect = connect
        self._pattern = pattern
        self._last: dict[int, int] = {}
        self._parts = b""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Whatever arrives."""
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
            return
        self._parts += frame.get_payload_as_bytes()
        if frame.fin:
            message, self._parts = self._parts, b""
            self._heard(transport, message)

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - the library's signature
        """Nobody waits for a client that is gone."""
        if not self.joined.done():
            self.joined.set_exception(ConnectionError("The server hung up before the board came."))

    def _heard(self, transport: WSTransport, message: bytes) -> None:
        if message == b"2":
            transport.send(WSMsgType.TEXT, b"3")
        elif message[:1] == b"0":
            transport.send(WSMsgType.TEXT, self._connect)
        elif not self.joined.done():
            self._join(message)
        elif self._sightings.listening:
            self._note(message)

    def _join(self, message: bytes) -> None:
        raw = self._connect is RAW_CONNECT and message.startswith(b"40/_event")
        if raw or SNAPSHOT.search(message):
            self._last = {int(found[1] or 0): int(found[2]) for found in self._pattern.finditer(message)}
            self.joined.set_result(None)

    def _note(self, message: bytes) -> None:
        now = time.time()
        self._sightings.messages += 1
        self._sightings.bytes_received += len(message)
        for found in self._pattern.finditer(message):
            lead, version = int(found[1] or 0), int(found[2])
            # Two changes of one card at one moment arrive as the second: whoever sees that has seen the first as well.
            for seen in range(max(self._last.get(lead, version - 1), version - MOST_AT_ONCE) + 1, version + 1):
                self._sightings.seen.append(((lead, seen), now))
            self._last[lead] = max(version, self._last.get(lead, version))
        self._sightings.more.set()


@dataclass
class Audience:
    """All the clients of one measurement."""

    sightings: Sightings
    transports: list[WSTransport]

    async def wait_for(self, total: int, seconds: float) -> None:
        """Return when so many sightings were made, or after ``seconds``."""
        await self.until(lambda: len(self.sightings.seen) >= total, seconds)

    async def until(self, enough: Callable[[], bool], seconds: float) -> None:
        """Return when what was seen is ``enough``, or after ``seconds``."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not enough():
                    self.sightings.more.clear()
                    await self.sightings.more.wait()

    def leave(self) -> None:
        """Disconnect everybody."""
        for transport in self.transports:
            transport.disconnect()


async def gather(address: str, clients: int, *, cookies: Sequence[str] = ()) -> Audience:
    """Connect ``clients`` browsers to the board at ``address`` (host:port) and wait until each has its
    snapshot.

    With ``cookies``, which they take in turn, they speak Reflex's protocol as members of the team; without, plain
    Socket.IO.
    """
    sightings = Sightings()
    audience = Audience(sightings, [])
    for group in _groups(clients):
        made = [_client(address, sightings, cookies[number % len(cookies)] if cookies else "") for number in group]
        audience.transports += await asyncio.gather(*made)
    return audience


async def _client(address: str, sightings: Sightings, cookie: str) -> WSTransport:
    connect, pattern = (REFLEX_CONNECT, CARD) if cookie else (RAW_CONNECT, MARK)
    client = Client(sightings, connect, pattern)
    url = f"ws://{address}/_event/?token={uuid.uuid4()}&EIO=4&transport=websocket"
    headers = {"Cookie": cookie, "Origin": f"http://{address}"} if cookie else None
    # The library types its last keyword arguments as unknown.
    connection = cast("Any", picows).ws_connect(
        lambda: client, url, extra_headers=headers, max_frame_size=LARGEST_FRAME
    )
    transport: WSTransport = (await connection)[0]
    await asyncio.wait_for(client.joined, JOIN_SECONDS)
    return transport


def _groups(clients: int) -> Iterable[range]:
    return (range(first, min(first + AT_ONCE, clients)) for first in range(0, clients, AT_ONCE))
