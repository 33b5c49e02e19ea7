"""The floor server sends what it is asked for, within its limits."""

from __future__ import annotations

import httpx
import pytest

from app.bench import floor_server


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, object]]]:
    heard: list[tuple[str, dict[str, object]]] = []

    async def emit(event: str, message: dict[str, object], *, room: str, namespace: str) -> None:
        assert (room, namespace) == (floor_server.ROOM, floor_server.NAMESPACE)
        heard.append((event, message))

    monkeypatch.setattr(floor_server._server, "emit", emit)
    monkeypatch.setattr(floor_server, "MOST_SECONDS", 0.02)
    floor_server._sent.clear()
    return heard


async def test_it_emits_numbered_messages_and_says_when(told: list[tuple[str, dict[str, object]]]):
    transport = httpx.ASGITransport(floor_server.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://floor") as client:
        await client.post("/start", params={"rate": 100, "seconds": 1_000_000, "size": 3})
        sent = (await client.get("/sent")).json()
    assert told == [("event", {"mark": 0, "filler": "xxx"}), ("event", {"mark": 1, "filler": "xxx"})]
    assert set(sent) == {"0", "1"}


async def test_who_connects_is_in_the_room(monkeypatch: pytest.MonkeyPatch):
    entered: list[tuple[str, str]] = []

    async def enter(sid: str, room: str, *, namespace: str) -> None:
        entered.append((sid, room))

    monkeypatch.setattr(floor_server._server, "enter_room", enter)
    await floor_server._joined("sid-1", {})
    assert entered == [("sid-1", floor_server.ROOM)]
