"""The floor under the board: python-socketio alone, emitting a message of the same size to one room.

Served by granian like the web process. ``POST /start?rate=20&seconds=15&size=700`` begins the emits; each
message carries its number, and ``GET /sent`` says when each was handed to the sockets.
"""

from __future__ import annotations

import time
from typing import Any

import socketio
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from app.bench.pace import steadily

NAMESPACE = "/_event"
ROOM = "everybody"
MOST_RATE = 200.0
MOST_SECONDS = 120.0
LARGEST_SIZE = 65_536

_server: Any = socketio.AsyncServer(
    async_mode="asgi", transports=["websocket"], allow_upgrades=False, namespaces=[NAMESPACE]
)
_sent: dict[int, float] = {}


async def _joined(sid: str, _environ: object, _auth: object = None) -> None:
    await _server.enter_room(sid, ROOM, namespace=NAMESPACE)


_server.on("connect", _joined, namespace=NAMESPACE)


async def start(request: Request) -> Response:
    """Emit in the background, within limits that no caller can lift."""
    asked = request.query_params
    rate, seconds = min(float(asked["rate"]), MOST_RATE), min(float(asked["seconds"]), MOST_SECONDS)
    filler = "x" * min(int(asked["size"]), LARGEST_SIZE)

    async def emit(number: int) -> None:
        _sent[number] = time.time()
        await _server.emit("event", {"mark": number, "filler": filler}, room=ROOM, namespace=NAMESPACE)

    return JSONResponse({}, background=BackgroundTask(steadily, rate, seconds, emit))


async def sent(_request: Request) -> Response:
    """When each message was sent, in seconds since 1970, by its number."""
    return JSONResponse(_sent)


app = Starlette(
    routes=[
        Route("/start", start, methods=["POST"]),
        Route("/sent", sent),
        Mount("/_event", socketio.ASGIApp(_server, socketio_path="")),
    ]
)
