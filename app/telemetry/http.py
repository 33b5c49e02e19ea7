"""Metrics of HTTP requests, by route template: a path with an id in it must never become a label."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from starlette.routing import Mount

from metrics import http

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

FAILED = 500


class HttpMetrics:
    """ASGI middleware that measures each request from its first byte to the last of its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and observe it, whatever becomes of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, root, status = perf_counter(), str(scope.get("root_path", "")), FAILED

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            http.request(scope["method"], template(scope, root), status, perf_counter() - started)


def template(scope: Scope, root: str) -> str:
    """The template of the route that took the request, below ``root``; ``unmatched`` when none did."""
    route = scope.get("route")
    if route is None:
        return http.UNMATCHED
    below = str(scope.get("root_path", "")).removeprefix(root)
    if isinstance(route, Mount):
        return f"{below}/{{path}}"
    # A route of an included FastAPI router knows its own part of the path alone; this context knows the
    # whole.
    whole = scope.get("fastapi", {}).get("effective_route_context")
    return below + str(getattr(whole, "path_format", None) or getattr(route, "path", ""))
