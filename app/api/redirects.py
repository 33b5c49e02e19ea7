"""Redirects of the pages without scheme and host: behind a proxy that ends TLS, ours would lead back to plain HTTP."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class RelativeRedirects:
    """Pure ASGI: a redirect to the host that was asked keeps its path and query alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        host = Headers(scope=scope).get("host", "")

        async def shorten(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if "location" in headers:
                    headers["location"] = _local(headers["location"], host)
            await send(message)

        await self.app(scope, receive, shorten)


def _local(location: str, host: str) -> str:
    parts = urlsplit(location)
    if not host or parts.netloc != host:
        return location
    # Two slashes at the beginning would name another host.
    path = "/" + parts.path.lstrip("/")
    return f"{path}?{parts.query}" if parts.query else path
