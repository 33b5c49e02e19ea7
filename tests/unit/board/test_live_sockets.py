"""Over Reflex's sockets: rooms, and who comes and goes."""

from __future__ import annotations

import asyncio
import logging
import time
import types
from collections.abc import Sequence
from typing import Any

import pytest
from engineio.async_socket import AsyncSocket
from engineio.packet import PONG, Packet

from app.board.live_sockets import Attendance, ReflexSockets, attend, hear_pongs
from metrics.registry import REGISTRY


class Namespace:
    """As python-socketio's, with everybody connected but ``gone``."""

    namespace = "/_event"

    def __init__(self) -> None:
        self.emitted: list[tuple[Any, Sequence[str]]] = []
        self.rooms: set[tuple[str, str]] = set()
        self.here = {"s1", "s2"}
        self.sid_to_token = {"s1": "token-1"}
        manager = types.SimpleNamespace(is_connected=lambda sid, _: sid in self.here)
        self.server = types.SimpleNamespace(manager=manager, get_environ=lambda *_: None)
        self.accepts: Any = None

    async def emit(self, event: str, update: Any, room: Sequence[str]) -> None:
        assert event == "event"
        self.emitted.append((update.delta, room))

    async def enter_room(self, sid: str, room: str) -> None:
        self.rooms.add((sid, room))

    async def leave_room(self, sid: str, room: str) -> None:
        self.rooms.discard((sid, room))

    async def disconnect(self, sid: str) -> None:
        self.here.discard(sid)

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> Any:
        return self.accepts

    def on_disconnect(self, sid: str) -> str:
        return f"bye {sid}"


@pytest.fixture
def namespace() -> Namespace:
    return Namespace()


@pytest.fixture
def sockets(namespace: Namespace) -> ReflexSockets:
    return ReflexSockets(namespace, "the.state")


async def test_keys_travel_as_one_delta_of_the_state(namespace: Namespace, sockets: ReflexSockets):
    await sockets.emit({"card_1": None}, ("managers", "user:7"))

    assert namespace.emitted == [({"the.state": {"card_1": None}}, ["managers", "user:7"])]


async def test_nothing_is_sent_to_nobody(namespace: Namespace, sockets: ReflexSockets):
    await sockets.emit({"card_1": None}, ())

    assert namespace.emitted == []


async def test_a_browser_hears_its_new_rooms_and_no_longer_the_old(namespace: Namespace, sockets: ReflexSockets):
    await sockets.enter("s1", ("unassigned", "user:7"))
    assert await sockets.enter("s1", ("managers",))

    assert namespace.rooms == {("s1", "managers")}


async def test_a_browser_that_left_meanwhile_enters_nothing(namespace: Namespace, sockets: ReflexSockets):
    namespace.here.clear()

    assert not await sockets.enter("s1", ("managers",))
    assert namespace.rooms == set()


async def test_a_browser_without_a_cookie_is_nobody(sockets: ReflexSockets):
    assert await sockets.viewers(["s1", "s2"]) == {"s1": None, "s2": None}


async def test_hanging_up_disconnects(namespace: Namespace, sockets: ReflexSockets):
    await sockets.enter("s1", ("managers",))
    await sockets.close("s1")
    sockets.forget("s1")

    assert namespace.here == {"s2"}


def _count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_connections_are_counted_and_their_ends_passed_on(namespace: Namespace):
    gone: list[str] = []
    clock = iter(range(0, 1000, 10))
    attend(namespace, Attendance(gone.append, now=lambda: float(next(clock))))
    new, again = (_count("leadline_websocket_connects_total", kind=kind) for kind in ("new", "reconnect"))
    lost = _count("leadline_websocket_disconnects_total", reason="transport")

    await namespace.on_connect("s1", {})
    farewell: Any = namespace.on_disconnect
    assert farewell("s1", "transport close") == "bye s1"
    await namespace.on_connect("s1", {})

    assert gone == ["s1"]
    assert _count("leadline_websocket_connects_total", kind="new") == new + 1
    assert _count("leadline_websocket_connects_total", kind="reconnect") == again + 1
    assert _count("leadline_websocket_disconnects_total", reason="transport") == lost + 1


async def test_a_browser_that_stayed_away_for_long_counts_as_new(namespace: Namespace):
    now = [0.0]
    attend(namespace, Attendance(lambda _: None, now=lambda: now[0]))
    await namespace.on_connect("s1", {})
    farewell: Any = namespace.on_disconnect
    farewell("s1", "transport close")
    before = _count("leadline_websocket_connects_total", kind="new")

    now[0] = 1000.0
    await namespace.on_connect("s1", {})

    assert _count("leadline_websocket_connects_total", kind="new") == before + 1


async def test_who_closes_the_page_has_left_and_is_not_awaited(namespace: Namespace):
    attend(namespace, Attendance(lambda _: None))
    await namespace.on_connect("s1", {})
    farewell: Any = namespace.on_disconnect
    farewell("s1", "client disconnect")
    gaps = _count("leadline_websocket_reconnect_gap_seconds_count", outcome="resumed")

    await namespace.on_connect("s1", {})

    assert _count("leadline_websocket_reconnect_gap_seconds_count", outcome="resumed") == gaps


async def test_a_browser_that_comes_back_without_a_sign_in_has_to_begin_anew(namespace: Namespace):
    attend(namespace, Attendance(lambda _: None))
    await namespace.on_connect("s1", {})
    farewell: Any = namespace.on_disconnect
    farewell("s1", "ping timeout")
    lost = _count("leadline_user_session_recoveries_total", outcome="lost")

    await namespace.on_connect("s1", {})

    assert _count("leadline_user_session_recoveries_total", outcome="lost") == lost + 1


async def test_time_is_counted_while_a_connection_lasts(namespace: Namespace):
    now = [0.0]
    attendance = Attendance(lambda _: None, now=lambda: now[0])
    attend(namespace, attendance)
    await namespace.on_connect("s1", {})
    before = _count("leadline_websocket_connected_seconds_total")
    for moment in (10.0, 12.0, 20.0):
        now[0] = moment
        attendance.answered(0.01)
    assert _count("leadline_websocket_connected_seconds_total") == before + 20
    now[0] = 23.0
    farewell: Any = namespace.on_disconnect
    farewell("s1", "transport close")
    assert _count("leadline_websocket_connected_seconds_total") == before + 23


async def test_each_pong_tells_the_round_trip(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(AsyncSocket, "receive", AsyncSocket.receive)
    hear_pongs(Attendance(lambda _: None))
    pings: list[str] = []
    server: Any = types.SimpleNamespace(
        logger=logging.getLogger("pong"),
        create_queue=asyncio.Queue,
        start_background_task=lambda ping: pings.append(ping.__name__),
    )
    socket = AsyncSocket(server, "s1")
    name = "leadline_websocket_roundtrip_seconds"
    count, total = _count(f"{name}_count"), _count(f"{name}_sum")
    socket.last_ping = time.time() - 0.25

    await socket.receive(Packet(PONG))

    assert _count(f"{name}_count") == count + 1
    assert 0.25 <= _count(f"{name}_sum") - total < 5
    assert pings == ["_send_ping"], "the next heartbeat is planned as before"


async def test_a_refused_connection_is_not_counted(namespace: Namespace):
    attend(namespace, Attendance(lambda _: None))
    namespace.accepts = False
    before = _count("leadline_websocket_connects_total", kind="new")

    assert await namespace.on_connect("s1", {}) is False

    assert _count("leadline_websocket_connects_total", kind="new") == before
