"""Requests are measured under the template of their route, never under their path."""

from __future__ import annotations

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send

from app.telemetry import HttpMetrics
from metrics.registry import REGISTRY
from tests.support.spans import attributes_of, links_of

COUNT = "http_server_request_duration_seconds_count"


async def lead(request: Request) -> Response:
    return PlainTextResponse(request.path_params["id"])


async def broken(request: Request) -> Response:
    raise RuntimeError("boom")


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("page")(scope, receive, send)


def starlette() -> Starlette:
    return Starlette(
        routes=[
            Route("/leads/{id}", lead),
            Route("/broken", broken),
            Mount("/inner", routes=[Route("/leads/{id}", lead)]),
            Mount("/static", page),
            WebSocketRoute("/socket", lead),
        ]
    )


def fastapi() -> FastAPI:
    application, api, leads = FastAPI(), APIRouter(prefix="/api/v1"), APIRouter(prefix="/leads")
    leads.add_api_route("/{id}", lambda: "lead")
    api.include_router(leads)
    application.include_router(api)
    return application


def counted(method: str, route: str, status: int) -> float:
    labels = {"http_request_method": method, "http_route": route, "http_response_status_code": str(status)}
    return REGISTRY.get_sample_value(COUNT, labels) or 0.0


@pytest.mark.parametrize(
    ("method", "path", "label", "route", "status"),
    [
        ("GET", "/leads/7", "GET", "/leads/{id}", 200),
        ("GET", "/inner/leads/7", "GET", "/inner/leads/{id}", 200),
        ("GET", "/static/app.js", "GET", "/static/{path}", 200),
        ("POST", "/leads/7", "POST", "/leads/{id}", 405),
        ("GET", "/broken", "GET", "/broken", 500),
        ("GET", "/wp-admin/15550100123", "GET", "unmatched", 404),
        ("BREW", "/wp-admin", "_OTHER", "unmatched", 404),
    ],
)
async def test_a_request_counts_under_its_template(method: str, path: str, label: str, route: str, status: int):
    before = counted(label, route, status)
    transport = httpx.ASGITransport(HttpMetrics(starlette()), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.request(method, path)
    assert answer.status_code == status
    assert counted(label, route, status) - before == 1


async def test_a_route_of_an_included_router_counts_under_its_whole_template():
    application = fastapi()
    application.add_middleware(HttpMetrics)
    before = counted("GET", "/api/v1/leads/{id}", 200)
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        await client.get("/api/v1/leads/7")
    assert counted("GET", "/api/v1/leads/{id}", 200) - before == 1


async def test_what_is_no_request_passes_unmeasured():
    seen: list[str] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def receive() -> Message:
        return {}

    async def send(message: Message) -> None:
        """Nobody listens."""

    await HttpMetrics(inner)({"type": "lifespan"}, receive, send)
    assert seen == ["lifespan"]


def mine(scope: Scope) -> bool:
    """Whether the request is to be a trace."""
    return not scope["path"].startswith("/static")


async def ask(path: str, **headers: str) -> None:
    transport = httpx.ASGITransport(HttpMetrics(starlette(), traced=mine), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        await client.get(path, headers=headers)


async def test_a_request_is_a_trace_named_by_its_template_without_its_query(exported: InMemorySpanExporter):
    await ask("/leads/7?search=15550100123")
    await ask("/static/app.js")
    (span,) = exported.get_finished_spans()
    assert (span.name, span.kind) == ("GET /leads/{id}", SpanKind.SERVER)
    assert attributes_of(span) == {
        "http.request.method": "GET",
        "http.route": "/leads/{id}",
        "http.response.status_code": 200,
    }


async def test_a_request_that_failed_is_marked(exported: InMemorySpanExporter):
    await ask("/broken")
    (span,) = exported.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert attributes_of(span)["http.response.status_code"] == 500


async def test_the_trace_of_a_caller_is_pointed_at_and_not_continued(exported: InMemorySpanExporter):
    await ask("/leads/7", traceparent=f"00-{'a' * 32}-{'b' * 16}-01", baggage="user=lia")
    (span,) = exported.get_finished_spans()
    assert span.parent is None
    assert links_of(span) == ["a" * 32]
