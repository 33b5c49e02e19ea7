"""The simulator as a program: an ASGI app and the server that runs it."""

import asyncio
import logging
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from app.simulator import control_routes, history_routes, message_routes, phone_routes, session_routes
from app.simulator.access import Doorkeeper, KeyRing
from app.simulator.exchange import Exchange
from app.simulator.options import SimulatorOptions
from app.simulator.postman import AT_ONCE, Post
from app.simulator.pulse import Pulse, WallPulse
from app.simulator.refusals import Refusal, answer_missing, answer_refusal

log = logging.getLogger(__name__)

WEBHOOK_TIMEOUT = 60.0
"""Seconds; the real gateway waits for ever, which only hides a stuck receiver."""


def create_app(options: SimulatorOptions, *, pulse: Pulse | None = None, post: Post | None = None) -> Starlette:
    """The simulator as an ASGI app; `app.state.exchange` is there from the start.

    Args:
        options: what it is started with.
        pulse: its time; the machine's own when left out.
        post: how webhooks are sent; one pooled HTTP client when left out.
    """
    client = _client() if post is None else None
    exchange = Exchange(options, pulse or WallPulse(), post or _poster(client))
    keys = KeyRing(options.api_key)
    page_key = secrets.token_urlsafe(24)
    guard = Middleware(Doorkeeper, ring=keys, token=options.token, page_key=page_key)
    app = Starlette(
        routes=_routes(),
        middleware=[guard],
        exception_handlers={Refusal: answer_refusal, 404: answer_missing, 405: answer_missing},
        lifespan=_lifespan(exchange, client),
    )
    app.state.exchange = exchange
    app.state.keys = keys
    app.state.page_key = page_key
    return app


def _routes() -> list[Any]:
    # Named routes come before those that begin with a session's name.
    return [
        Route("/", to_the_phone),
        *control_routes.ROUTES,
        *phone_routes.ROUTES,
        *message_routes.ROUTES,
        *session_routes.ROUTES,
        *history_routes.ROUTES,
    ]


async def to_the_phone(_request: Request) -> Response:
    return RedirectResponse("/phone")


def _client() -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    return httpx.AsyncClient(limits=limits, timeout=WEBHOOK_TIMEOUT, trust_env=False)


def _poster(client: httpx.AsyncClient | None) -> Post:
    assert client is not None  # noqa: S101  (made whenever no other way to post was given)

    async def post(url: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        return await client.post(url, content=body, headers=headers)

    return post


def _lifespan(exchange: Exchange, client: httpx.AsyncClient | None) -> Any:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        exchange.open()
        try:
            yield
        finally:
            await exchange.close()
            if client is not None:
                await client.aclose()

    return lifespan


async def serve(options: SimulatorOptions, host: str, port: int, stop: asyncio.Event) -> None:
    """Serve until `stop` is set."""
    app = create_app(options)
    server = Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        websockets=False,
    )
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    # Open event streams end first, or the server would wait for them.
    app.state.exchange.lines.close()
    if not serving.done():
        server.stop()
    stopping.cancel()
    await serving


def run(options: SimulatorOptions, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        OSError: the address is taken or not ours.
    """
    _claim(host, port)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_until_signalled(options, host, port))


def _claim(host: str, port: int) -> None:
    # The server shares its port with whoever asks alike, so a second simulator would steal calls unnoticed.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


def _loop_factory() -> Any:
    try:
        import uvloop
    except ImportError:  # not made for Windows
        return None
    return uvloop.new_event_loop


async def _until_signalled(options: SimulatorOptions, host: str, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    log.info("simulator_started", extra={"host": host, "port": port, "pid": os.getpid()})
    await serve(options, host, port, stop)
