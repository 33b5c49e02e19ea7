"""Who a browser's Cookie header says is signed in."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from app.team.auth import COOKIE, viewer_of
from app.team.viewer import Viewer


async def viewer_in(cookies: str | None) -> Viewer | None:
    """Who is signed in by this Cookie header; None for nobody and for a header that is none."""
    try:
        morsel = SimpleCookie(cookies or "").get(COOKIE)
    except CookieError:
        return None
    return await viewer_of(morsel.value if morsel else None)
