"""The documentation of the API: a page of our own over the OpenAPI document, without outside hosts."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from app.api.routes import RawRoute

OPENAPI = "/api/openapi.json"
_FOLDER = Path(__file__).parent / "static"


async def _page(_request: Request) -> Response:
    return FileResponse(_FOLDER / "docs.html")


async def _script(_request: Request) -> Response:
    return FileResponse(_FOLDER / "docs.js")


async def _style(_request: Request) -> Response:
    return FileResponse(_FOLDER / "docs.css")


ROUTES = (
    RawRoute("/api/docs", _page, include_in_schema=False),
    RawRoute("/api/docs.js", _script, include_in_schema=False),
    RawRoute("/api/docs.css", _style, include_in_schema=False),
)
