"""Metrics and spans of HTTP requests, by route template: a path with an id in it must never become a label."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

from opentelemetry.trace import Span, SpanKind, StatusCode
from starlette.routing import Mount

from app.telemetry import traces
from app.telemetry.traces import Trail
from metrics import http

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

FAILED = 500


class HttpMetrics:
    """ASGI middleware that measures each request from its first byte to the last of its answer.

    A request that ``traced`` names is also a trace: it begins here, and points at the caller's when that sent one.
    """

    def __init__(self, app: ASGIApp, *, traced: Callable[[Scope], bool] = lambda _: False) -> None:
        self.app = app
        self._traced = traced

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and observe it, whatever becomes of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif traces.tracing() and self._traced(scope):
            method = http.known(scope["method"])
            with traces.span(method, {"http.request.method": method}, kind=SpanKind.SERVER, trail=_from(scope)) as span:
                await self._measured(scope, receive, send, span)
        else:
            await self._measured(scope, receive, send, None)

    async def _measured(self, scope: Scope, receive: Receive, send: Send, span: Span | None) -> None:
        started, root, status = perf_counter(), str(scope.get("root_path", "")), FAILED

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            route = template(scope, root)
            http.request(scope["method"], route, status, perf_counter() - started)
            if span is not None:
                _name(span, http.known(scope["method"]), route, status)


def _from(scope: Scope) -> Trail:
    """What the caller says about its own trace: a stranger may be pointed at, but decides nothing here."""
    sent = [value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"]
    return Trail(links=tuple(sent[:1]))


def _name(span: Span, method: str, route: str, status: int) -> None:
    span.update_name(f"{method} {route}")
    span.set_attributes({"http.route": route, "http.response.status_code": status})
    if status >= FAILED:
        span.set_status(StatusCode.ERROR)


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
