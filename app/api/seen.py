"""What browsers tell about what they show: few of them, now and then, so that latency is known up to the screen.

``{"painted": 1763888400123}``: the change that was committed at that moment (milliseconds since 1970, by our clock) is
on the screen. ``{"away": 8200}``: the page is shown again after so many milliseconds without a line.
"""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

import metrics.board
from app.api.routes import RawRoute
from app.api.security import same_origin
from app.clock import Clock
from app.registry import use
from app.settings import Settings
from app.team.cookies import viewer_in

LARGEST = 256
LONGEST_PAINT = 30.0
"""Seconds; what seems to have taken longer is a row that kept the time of an older change."""
LONGEST_AWAY = 300.0
_STARTED = time.monotonic()


async def seen(request: Request) -> Response:
    """Take a browser's word, when somebody is signed in there; 204 whatever is made of it."""
    if not same_origin(request.headers, use(Settings).url):
        raise HTTPException(HTTPStatus.FORBIDDEN)
    if await viewer_in(request.headers.get("cookie")) is None:
        raise HTTPException(HTTPStatus.UNAUTHORIZED)
    told = await _told(request)
    if (painted := _number(told, "painted")) is not None:
        _painted(use(Clock).now().timestamp() - painted / 1000)
    if (away := _number(told, "away")) is not None:
        _back(away / 1000, since_start=time.monotonic() - _STARTED)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _told(request: Request) -> dict[str, Any]:
    raw = await request.body()
    if len(raw) > LARGEST:
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        told = json.loads(raw)
    except ValueError as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from error
    if not isinstance(told, dict):
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    return told  # pyright: ignore[reportUnknownVariableType] - JSON objects have string keys


def _number(told: dict[str, Any], name: str) -> float | None:
    value = told.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _painted(seconds: float) -> None:
    if 0 <= seconds <= LONGEST_PAINT:
        metrics.board.painted(seconds)


def _back(seconds: float, *, since_start: float) -> None:
    """Shorter gaps were seen by this process itself; one from before its start is known to the browser alone."""
    if since_start < seconds <= LONGEST_AWAY:
        metrics.board.returned(seconds)
        metrics.board.recovered("restored")


ROUTES = [RawRoute("/api/seen", seen, methods=["POST"])]
