"""Anybody can open a socket and call any handler by its name: what comes back tells nothing."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
import socketio

from app.board.state import BoardState
from app.database import Database
from app.leads import desk
from tests.acceptance.board.conftest import Line, Web
from tests.acceptance.board.pipeline import add_lead


async def _talk(web: Web, *events: tuple[str, dict[str, Any]], origin: str | None = None) -> str:
    """Everything that the server says to these events, until it answers a ping behind them."""
    async with aiohttp.ClientSession() as http:
        client = socketio.AsyncClient(reconnection=False, http_session=http)
        said, done = list[str](), asyncio.Event()

        async def heard(event: str, *data: Any) -> None:
            said.append(json.dumps(data))
            if event == "ping":
                done.set()

        client.on("*", heard, namespace="/_event")
        await _connect(client, web, origin)
        for name, payload in events:
            event = {"name": name, "payload": payload, "router_data": {}}
            await client.emit("event", event, namespace="/_event")
        await client.emit("ping", namespace="/_event")
        async with asyncio.timeout(20):
            await done.wait()
            while sum("/sign-in" in one for one in said) < 1 + len(events):
                await asyncio.sleep(0.01)
        await client.disconnect()
    return "\n".join(said)


async def _connect(client: socketio.AsyncClient, web: Web, origin: str | None) -> None:
    boot = {"name": "reflex___state____state.hydrate_and_load", "payload": {}}
    await client.connect(
        f"{web.url}/_event?token=stranger",
        headers={"Origin": origin} if origin else {},
        auth={"event": {**boot, "router_data": {"pathname": "/"}}},
        namespaces=["/_event"],
        socketio_path="/_event",
        transports=["websocket"],
    )


async def test_hydration_and_every_handler_of_the_board_tell_a_stranger_nothing(web: Web, leads: Database, line: Line):
    lead = await add_lead("Secret Person", interest="Secret interest", preview="Secret words")
    name = BoardState.get_full_name()
    wish = {"wish": {"nr": 1, "id": lead, "stage": "won", "version": 1}}

    said = await _talk(web, (f"{name}.load", {}), (f"{name}.move", wish), (f"{name}.take", wish))

    assert "is_hydrated" in said
    assert "/sign-in" in said
    assert "Secret" not in said
    assert "card_" not in said
    card = await desk.card(lead)
    assert card is not None
    assert (card.stage, card.owner_id) == ("new", None)


async def test_a_page_of_another_site_gets_no_socket(web: Web, leads: Database, line: Line):
    with pytest.raises(socketio.exceptions.ConnectionError):
        await _talk(web, origin="https://evil.example")
