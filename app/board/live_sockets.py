"""The browsers of this process over Reflex's own sockets: emits to rooms, and counts who is connected."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from engineio.async_socket import AsyncSocket
from engineio.packet import PONG
from reflex.state import StateUpdate
from sqlalchemy.exc import SQLAlchemyError

import metrics.board
from app.board.live_rooms import Keys
from app.team.cookies import viewer_in, viewers_in
from app.team.viewer import Viewer

RETURNS_WITHIN = 300.0
"""Seconds after which a browser that comes back counts as a new one."""
COUNT_EVERY = 5.0
"""Seconds between two counts of the time that browsers have been connected."""
BY_ACCIDENT = frozenset({"transport", "ping_timeout"})
"""Ends that nobody wanted: after these a browser is awaited. Who closes the page has left."""
REASONS = {
    "client disconnect": "client",
    "server disconnect": "revoked",
    "ping timeout": "ping_timeout",
    "transport close": "transport",
    "transport error": "transport",
}
"""What python-socketio says about an end, in the words of the metric."""


@dataclass
class ReflexSockets:
    """``namespace`` is Reflex's event namespace, ``state`` the full name of the state whose keys are set."""

    namespace: Any
    state: str
    _rooms: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    async def emit(self, keys: Keys, to: Sequence[str]) -> None:
        """Set these keys in the browsers ``to``: encoded once, sent to each browser once."""
        if to:
            await self.namespace.emit("event", StateUpdate(delta={self.state: keys}), room=list(to))

    async def enter(self, sid: str, rooms: Sequence[str]) -> bool:
        """Let a browser hear these rooms, and no other room of the board; False when it is gone."""
        for room in self._rooms.pop(sid, set()) - set(rooms):
            await self.namespace.leave_room(sid, room)
        if not self.namespace.server.manager.is_connected(sid, self.namespace.namespace):
            return False
        self._rooms[sid] = set(rooms)
        for room in rooms:
            await self.namespace.enter_room(sid, room)
        return True

    async def viewers(self, sids: Sequence[str]) -> dict[str, Viewer | None]:
        """Who is signed in at each of these browsers now, by the cookie with which it connected."""
        return await viewers_in({sid: self._cookies(sid) for sid in sids})

    def _cookies(self, sid: str) -> str | None:
        environ: Any = self.namespace.server.get_environ(sid, self.namespace.namespace) or {}
        return environ.get("HTTP_COOKIE")

    async def close(self, sid: str) -> None:
        """Hang up."""
        await self.namespace.disconnect(sid)

    def forget(self, sid: str) -> None:
        """A browser is gone; its rooms went with it."""
        self._rooms.pop(sid, None)


@dataclass
class Attendance:
    """Counts connections, and how long browsers stay and stay away. ``gone`` hears of each that left."""

    gone: Callable[[str], None]
    now: Callable[[], float] = time.monotonic
    _tokens: dict[str, str] = field(default_factory=dict[str, str])
    _counted: dict[str, float] = field(default_factory=dict[str, float])
    _away: dict[str, float] = field(default_factory=dict[str, float])
    _count_due: float = 0.0

    def came(self, sid: str, token: str) -> bool:
        """A browser connected; its ``token`` tells whether it was here before, which is returned."""
        self._forget_strangers()
        left = self._away.pop(token, None)
        metrics.board.connected("new" if left is None else "reconnect")
        if left is not None:
            metrics.board.returned(self.now() - left)
        self._tokens[sid], self._counted[sid] = token, self.now()
        return left is not None

    def went(self, sid: str, reason: str) -> None:
        """A browser disconnected."""
        why, token = REASONS.get(reason, "transport"), self._tokens.pop(sid, "")
        metrics.board.disconnected(why, self.now() - self._counted.pop(sid, self.now()))
        if token and why in BY_ACCIDENT:
            self._away[token] = self.now()
        self.gone(sid)

    def answered(self, seconds: float) -> None:
        """Some browser answered a ping after so long."""
        metrics.board.round_trip(seconds)
        now = self.now()
        if now >= self._count_due:
            self._count_due = now + COUNT_EVERY
            for sid, until in self._counted.items():
                metrics.board.there(now - until)
                self._counted[sid] = now

    def _forget_strangers(self) -> None:
        horizon = self.now() - RETURNS_WITHIN
        for token in [token for token, left in self._away.items() if left < horizon]:
            del self._away[token]
            metrics.board.stayed_away()


def attend(namespace: Any, attendance: Attendance) -> None:
    """Let ``attendance`` know of every connection. Reflex has no hook for it, so its two methods are wrapped."""
    welcome, farewell = namespace.on_connect, namespace.on_disconnect

    async def on_connect(sid: str, environ: dict[str, Any], auth: Any = None) -> Any:
        answer = await welcome(sid, environ, auth)
        if answer is not False and attendance.came(sid, str(namespace.sid_to_token.get(sid, ""))):
            await _recovered(environ)
        return answer

    def on_disconnect(sid: str, reason: str = "") -> Any:
        attendance.went(sid, reason)
        return farewell(sid)

    namespace.on_connect, namespace.on_disconnect = on_connect, on_disconnect


async def _recovered(environ: dict[str, Any]) -> None:
    """Who is still signed in is shown the present state again; everybody else has to begin anew."""
    with suppress(SQLAlchemyError, OSError, TimeoutError):
        viewer = await viewer_in(environ.get("HTTP_COOKIE"))
        metrics.board.recovered("lost" if viewer is None else "restored")


def hear_pongs(attendance: Attendance) -> None:
    """Let ``attendance`` know how long each heartbeat took. Engine.IO has no hook for it, so its method is wrapped; the
    time of the ping is gone once it has run.
    """
    sockets: Any = AsyncSocket
    receive = sockets.receive

    @wraps(receive)
    async def timed(socket: Any, pkt: Any) -> None:
        if pkt.packet_type == PONG and socket.last_ping:
            attendance.answered(time.time() - socket.last_ping)
        await receive(socket, pkt)

    sockets.receive = timed
