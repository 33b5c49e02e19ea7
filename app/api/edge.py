"""The HTTP edge put together: the API as one FastAPI application, and the door before the pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api import consultants, docs, health, leads, seen, sign_in, webhooks
from app.api.errors import Unexpected, map_errors
from app.api.limits import BodyLimit
from app.api.redirects import RelativeRedirects
from app.api.security import SecurityHeaders, content_policy, inline_script_hashes
from app.telemetry import HttpMetrics

OURS = ("/api/", "/webhooks/")
OUR_PATHS = frozenset({"/healthz", "/readyz"})


def create_api() -> FastAPI:
    """Every route that is no page: webhooks, REST, sign-in, health, the documentation at ``/api/docs``."""
    api = FastAPI(
        title="Leadline",
        summary="Leads on WhatsApp, qualified in seconds, shared fairly, on one live board.",
        version="1",
        openapi_url=docs.OPENAPI,
        docs_url=None,
        redoc_url=None,
        middleware=[Middleware(Unexpected), Middleware(BodyLimit)],
        routes=[*webhooks.ROUTES, *sign_in.ROUTES, *seen.ROUTES, *health.ROUTES, *docs.ROUTES],
        # FastAPI's own spans would record query strings, and people search by telephone number.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    map_errors(api)
    api.include_router(leads.router)
    api.include_router(consultants.router)
    return api


def front_door(*, built: Path | None = None) -> Callable[[ASGIApp], ASGIApp]:
    """What to give ``rx.App(api_transformer=...)``: the API beside the pages, measured and guarded.

    ``built`` is the folder of the built pages, whose inline scripts are allowed by their hashes.
    """
    api = create_api()
    policy = content_policy(inline_script_hashes(built) if built else ())

    def door(pages: ASGIApp) -> ASGIApp:
        return HttpMetrics(SecurityHeaders(_Beside(api, RelativeRedirects(pages)), policy=policy), traced=_ours)

    return door


def _ours(scope: Scope) -> bool:
    """Whether somebody asked for something: no page's file, no question whether we live."""
    path: str = scope.get("path", "")
    return path.startswith(OURS)


class _Beside:
    """Sends a request to the API or to the pages by the beginning of its path: neither hides the other."""

    def __init__(self, api: ASGIApp, pages: ASGIApp) -> None:
        self.api = api
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        ours = scope["type"] == "http" and (path in OUR_PATHS or path.startswith(OURS))
        await (self.api if ours else self.pages)(scope, receive, send)
