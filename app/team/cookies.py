"""Who a browser's Cookie header says is signed in."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import cookie_parser

from app.team.auth import COOKIE, viewer_of, viewers_of
from app.team.viewer import Viewer


async def viewer_in(cookies: str | None) -> Viewer | None:
    """Who is signed in by this Cookie header, read as the HTTP routes read it; None for nobody."""
    return await viewer_of(_cookie(cookies))


async def viewers_in(headers: Mapping[str, str | None]) -> dict[str, Viewer | None]:
    """The same for many browsers with one read: who is signed in, by the names under which the headers came."""
    cookies = {name: _cookie(header) for name, header in headers.items()}
    given = {cookie for cookie in cookies.values() if cookie}
    found = await viewers_of(given) if given else {}
    return {name: found.get(cookie) if cookie else None for name, cookie in cookies.items()}


def _cookie(header: str | None) -> str | None:
    return cookie_parser(header or "").get(COOKIE)
