"""The clients of the board bench hear what browsers hear, and the floor is measured the same way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import picows
import pytest
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest

from app.bench import board, floor
from app.bench.listeners import REFLEX_CONNECT, gather


class Page(WSListener):
    """The server's end of one browser: speaks just enough of Reflex's protocol."""

    def __init__(self, pages: set[WSTransport], greeting: list[bytes]) -> None:
        self.pages = pages
        self.greeting = greeting

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, b'0{"sid":"x"}')

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.get_payload_as_bytes() == REFLEX_CONNECT:
            self.pages.add(transport)
            for message in self.greeting:
                transport.send(WSMsgType.TEXT, message)


SNAPSHOT = b'42/_event,["event",{"delta":{"state":{"board":{"run":"a"},"card_7":{"id":7,"version":1}}}}]'


def address_of(server: asyncio.Server) -> str:
    return f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
async def pages() -> set[WSTransport]:
    return set()


@pytest.fixture
async def address(pages: set[WSTransport]) -> AsyncIterator[str]:
    greeting = [b'40/_event,{"sid":"y"}', SNAPSHOT, b"2"]
    server = await picows.ws_create_server(lambda _: Page(pages, greeting), "127.0.0.1", 0)
    yield address_of(server)
    server.close()


def tell(pages: set[WSTransport], lead: int, version: int) -> None:
    card = {"id": lead, "preview": "{}", "version": version}
    message = ["event", {"delta": {"state": {f"card_{lead}": card}}}]
    for page in pages:
        page.send(WSMsgType.TEXT, b"42/_event," + json.dumps(message, separators=(",", ":")).encode())


async def test_each_client_sees_each_version_once(address: str, pages: set[WSTransport]):
    audience = await gather(address, 3, cookies=["leadline_sid=x"])
    audience.sightings.listening = True
    for version in (2, 2, 3):
        tell(pages, 7, version)
    await audience.wait_for(6, 10)
    assert sorted(what for what, _ in audience.sightings.seen) == [(7, 2)] * 3 + [(7, 3)] * 3
    assert audience.sightings.messages == 9
    audience.leave()


async def test_each_client_comes_with_the_next_cookie(pages: set[WSTransport]):
    came: list[str] = []

    def page(request: WSUpgradeRequest) -> Page:
        came.append(request.headers["Cookie"])
        return Page(pages, [SNAPSHOT])

    server = await picows.ws_create_server(page, "127.0.0.1", 0)
    audience = await gather(address_of(server), 3, cookies=["a=1", "b=2"])

    assert sorted(came) == ["a=1", "a=1", "b=2"]
    audience.leave()
    server.close()


async def test_latency_counts_from_the_commit_and_only_for_changes_of_the_bench(address: str, pages: set[WSTransport]):
    audience = await gather(address, 1, cookies=["leadline_sid=x"])
    audience.sightings.listening = True
    tell(pages, 7, 2)
    tell(pages, 8, 5)
    await audience.wait_for(2, 10)
    at = dict(audience.sightings.seen)[7, 2]
    assert board.arrivals(audience, {(7, 2): at - 0.25}) == [pytest.approx(0.25)]
    audience.leave()


async def test_a_change_is_waited_for_whatever_other_cards_do(address: str, pages: set[WSTransport]):
    audience = await gather(address, 2, cookies=["leadline_sid=x"])
    audience.sightings.listening = True
    for version in range(2, 9):
        tell(pages, 8, version)
    asyncio.get_running_loop().call_later(0.1, tell, pages, 7, 2)
    committed = {(7, 2): 0.0}
    await board.until_seen(audience, committed, 10)
    assert len(board.arrivals(audience, committed)) == 2
    audience.leave()


async def test_waiting_for_what_never_comes_ends(address: str):
    audience = await gather(address, 1, cookies=["leadline_sid=x"])
    await audience.wait_for(1, 0.01)
    assert audience.sightings.seen == []
    audience.leave()


async def test_a_server_that_sends_no_board_is_said_to_hang_up(pages: set[WSTransport]):
    class Closing(WSListener):
        def on_ws_connected(self, transport: WSTransport) -> None:
            transport.disconnect()

    server = await picows.ws_create_server(lambda _: Closing(), "127.0.0.1", 0)
    with pytest.raises(ConnectionError, match="hung up"):
        await gather(address_of(server), 1, cookies=["leadline_sid=x"])
    server.close()


async def test_the_floor_delivers_everything_to_everybody():
    figures = await asyncio.wait_for(floor.measure(clients=3, rate=50, seconds=0.2, size=100), 60)
    assert list(figures) == ["p50_ms", "p99_ms"]
    assert None not in figures.values()
