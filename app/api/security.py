"""What browsers are told to refuse (headers on every answer), and forms of other sites that we refuse."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.registry import use
from app.settings import Settings

_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def inline_script_hashes(folder: Path) -> list[str]:
    """CSP sources of the scripts inside the HTML pages of a build: no other inline script may run."""
    scripts = {script for page in folder.rglob("*.html") for script in _INLINE_SCRIPT.findall(page.read_bytes())}
    return sorted(f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'" for script in scripts)


def content_policy(script_hashes: Iterable[str] = ()) -> str:
    """The Content-Security-Policy: everything from here, nothing framed.

    Reflex runs what a handler sends to the browser (toasts, focus, scrolling) through ``eval``, and its
    component library writes style elements; both are allowed, inline scripts only by their hash.
    """
    scripts = " ".join(["'self'", "'unsafe-eval'", *script_hashes])
    rules = {
        "default-src": "'self'",
        "script-src": scripts,
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


class SecurityHeaders:
    """Pure ASGI: adds the headers to every HTTP answer of what it wraps, pages and API alike."""

    def __init__(self, app: ASGIApp, *, policy: str) -> None:
        self.app = app
        self.policy = policy

    @cached_property
    def headers(self) -> dict[str, str]:
        """What every answer carries; found at the first request, when the settings are known."""
        https = use(Settings).url.startswith("https://")
        return {
            "Content-Security-Policy": self.policy,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            **({"Strict-Transport-Security": "max-age=31536000"} if https else {}),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and dress its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        private = scope["path"].startswith("/api/")

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(MutableHeaders(scope=message), private=private)
            await send(message)

        await self.app(scope, receive, dressed)

    def _dress(self, headers: MutableHeaders, *, private: bool) -> None:
        for name, value in self.headers.items():
            headers.setdefault(name, value)
        if private:
            # Answers of the API hold personal data: no cache keeps them.
            headers.setdefault("Cache-Control", "no-store")


def same_origin(headers: Headers, public_url: str) -> bool:
    """Whether a form was sent from one of our own pages, by what the browser says of it.

    A program that is no browser sends neither header; it carries nobody's cookies, so it may pass.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    if origin is None:
        return True
    return urlsplit(origin).netloc in {headers.get("host"), urlsplit(public_url).netloc} - {None, ""}
