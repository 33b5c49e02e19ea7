"""Members of the team who look at the board, and one whose line breaks now and then."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
import picows

from app.bench.listeners import CARD, REFLEX_CONNECT, Client, Sightings

MEMBERS = ("mara@leadline.demo", "ana@leadline.demo")
PASSWORD = "leadline-demo"
STAYS = 3.0
AWAY = 0.5


async def look_on(web: str) -> None:
    """Look at the board until cancelled; whoever is thrown out by an outage comes back."""
    async with asyncio.TaskGroup() as group:
        for member in MEMBERS:
            group.create_task(_look(web, member, stays=3600.0))
        group.create_task(_look(web, MEMBERS[0], stays=STAYS))


async def _look(web: str, member: str, *, stays: float) -> None:
    token = uuid.uuid4()
    cookie = ""
    while True:
        with suppress(OSError, httpx.HTTPError, TimeoutError, picows.WSError):
            cookie = cookie or await _sign_in(web, member)
            await _watch(web, cookie, token, stays)
        await asyncio.sleep(AWAY)


async def _sign_in(web: str, member: str) -> str:
    form = {"email": member, "password": PASSWORD}
    async with httpx.AsyncClient(base_url=web) as client:
        await client.post("/api/sign-in", data=form, headers={"Origin": web})
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


async def _watch(web: str, cookie: str, token: uuid.UUID, stays: float) -> None:
    client = Client(Sightings(), REFLEX_CONNECT, CARD)
    url = f"ws://{urlsplit(web).netloc}/_event/?token={token}&EIO=4&transport=websocket"
    made: Any = await picows.ws_connect(lambda: client, url, extra_headers={"Cookie": cookie, "Origin": web})
    transport: picows.WSTransport = made[0]
    try:
        await asyncio.wait_for(client.joined, 20)
        with suppress(TimeoutError):
            await asyncio.wait_for(transport.wait_disconnected(), stays)
    finally:
        transport.disconnect()
