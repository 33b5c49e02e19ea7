"""Who a browser's Cookie header says is signed in."""

from __future__ import annotations

from starlette.requests import cookie_parser

from app.team.auth import COOKIE, viewer_of
from app.team.viewer import Viewer


async def viewer_in(cookies: str | None) -> Viewer | None:
    """Who is signed in by this Cookie header, read as the HTTP routes read it; None for nobody."""
    return await viewer_of(cookie_parser(cookies or "").get(COOKIE))
