"""Signing in and out by form: the only routes that set or clear the cookie.

A refused sign-in goes back to the page as ``/sign-in?error=wrong&left=3``, ``?error=wait&seconds=60``,
``?error=busy`` or ``?error=origin``; the page turns that into a sentence.
"""

from __future__ import annotations

import ipaddress
import math
from http import HTTPStatus
from urllib.parse import parse_qs, urlencode, urlsplit

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.api.errors import DATABASE_TROUBLE
from app.api.routes import RawRoute
from app.api.security import same_origin
from app.registry import use
from app.settings import Settings
from app.team.agents import agent_family
from app.team.auth import COOKIE, SignInThrottled, WrongCredentials, sign_in, sign_out

LARGEST_FORM = 8 * 1024
MOST_FIELDS = 8
SIGN_IN_PAGE = "/sign-in"
log = structlog.get_logger(__name__)


async def sign_in_form(request: Request) -> Response:
    """Check e-mail and password, set the cookie, and go on to the page that was asked for."""
    if not same_origin(request.headers, use(Settings).url):
        log.warning("sign_in_from_elsewhere")
        return _back("origin")
    form = await _form(request)
    try:
        cookie, _viewer = await sign_in(
            form.get("email", ""), form.get("password", ""), client=client_address(request), agent=_agent(request)
        )
    except WrongCredentials as error:
        return _back("wrong", left=error.facts["tries_left"])
    except SignInThrottled as error:
        return _back("wait", seconds=math.ceil(error.retry_after))
    except DATABASE_TROUBLE:
        return _back("busy")
    await sign_out(request.cookies.get(COOKIE))
    return _with_cookie(_local(form.get("next", "/")), cookie)


async def sign_out_form(request: Request) -> Response:
    """End the sign-in of this browser and show the sign-in page."""
    if not same_origin(request.headers, use(Settings).url):
        raise HTTPException(HTTPStatus.FORBIDDEN)
    await sign_out(request.cookies.get(COOKIE))
    response = RedirectResponse(SIGN_IN_PAGE, HTTPStatus.SEE_OTHER)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=_secure())
    return response


async def _form(request: Request) -> dict[str, str]:
    raw = await request.body()
    if len(raw) > LARGEST_FORM:
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        fields = parse_qs(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from error
    return {name: values[-1].replace("\x00", "") for name, values in fields.items()}


def client_address(request: Request) -> str:
    """Whose tries are counted: the peer, or whom a reverse proxy beside us names as the last it heard from.

    A peer with a public address may claim what it likes; its own address counts.
    """
    peer = request.client.host if request.client else ""
    named = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return named if named and _beside_us(peer) else peer


def _beside_us(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False


def _agent(request: Request) -> str:
    return agent_family(request.headers.get("user-agent", ""))


def _secure() -> bool:
    """Whether the cookie travels over TLS alone: always in production."""
    settings = use(Settings)
    return not settings.demo or settings.url.startswith("https://")


def _local(target: str) -> str:
    """A path of ours to go to; anything that a browser could take for another host becomes the board."""
    parts = urlsplit(target.replace("\\", "/"))
    plain = target.isprintable() and not parts.scheme and not parts.netloc
    return target if plain and target.startswith("/") and not target.startswith(("//", "/\\")) else "/"


def _with_cookie(target: str, cookie: str) -> Response:
    response = RedirectResponse(target, HTTPStatus.SEE_OTHER)
    lasts = int(use(Settings).session_days * 86_400)
    response.set_cookie(COOKIE, cookie, max_age=lasts, httponly=True, samesite="lax", secure=_secure())
    return response


def _back(error: str, **facts: object) -> Response:
    return RedirectResponse(f"{SIGN_IN_PAGE}?{urlencode({'error': error, **facts})}", HTTPStatus.SEE_OTHER)


ROUTES = (
    RawRoute("/api/sign-in", sign_in_form, methods=["POST"]),
    RawRoute("/api/sign-out", sign_out_form, methods=["POST"]),
)
