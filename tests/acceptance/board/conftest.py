"""A web process over a database of its own, and browsers that look at it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from app import frontend
from app.clock import Clock, SystemClock
from app.database import Database, transaction
from app.embedded import EmbeddedPostgres
from app.registry import override
from app.settings import Settings, load_settings
from tests.acceptance.board import pipeline
from tests.support import ports, programs

PATIENCE = 15_000


@dataclass(frozen=True)
class Web:
    """A running web process: browsers reach ``port`` under ``url``, over a line that can be cut."""

    url: str
    port: int
    database_url: str


class Line:
    """The network between the browsers and the web process."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def join(self) -> None:
        """Let the line stand (again)."""
        port = int(self._web.url.rsplit(":", 1)[1])
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", port)

    async def cut(self) -> None:
        """Cut every connection and refuse new ones."""
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await self._server.wait_closed()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._web.port)
        self._writers |= {writer, back}
        await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        self._writers -= {writer, back}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65536):
                writer.write(chunk)
                await writer.drain()
        writer.close()


@pytest.fixture(scope="session")
def page_build() -> Path:
    """The built page, of the sources as they are."""
    return frontend.ensure_built(say=lambda _: None)


@pytest.fixture(scope="module")
def web(
    postgres: EmbeddedPostgres, template: str, page_build: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    """The web process alone: nobody answers leads, so nothing moves that a test does not move."""
    port = ports.free_ports(5, start=43540, end=43599)
    url = f"http://127.0.0.1:{port + 4}"
    name = f"board_{port}"
    postgres.create(name, template=template)
    environment = (
        os.environ
        | frontend.serve_environment(page_build)
        | {
            "DATABASE_URL": postgres.url(name),
            "LEADLINE_PORT": str(port),
            "LEADLINE_PUBLIC_URL": url,
            "LEADLINE_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        }
    )
    asyncio.run(_team(postgres.url(name)))
    process = subprocess.Popen(frontend.serve_command("127.0.0.1", port), env=environment, cwd=frontend.ROOT)
    try:
        _wait_for(f"http://127.0.0.1:{port}", process)
        yield Web(url, port, postgres.url(name))
    finally:
        process.terminate()
        process.wait(timeout=20)
        postgres.drop(name)


async def _team(url: str) -> None:
    database = Database(url)
    with override(Database, database), override(Clock, SystemClock()), override(Settings, load_settings()):
        await pipeline.add_team()
    await database.close()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Until the web process answers; a process that gave up is an error at once."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{url}/healthz", timeout=2):
            return
        time.sleep(0.1)
    raise AssertionError("the web process did not start")


@pytest.fixture
async def leads(web: Web) -> AsyncIterator[Database]:
    """The web process's database, without a lead in it."""
    database = Database(web.database_url)
    with override(Database, database), override(Clock, SystemClock()), override(Settings, load_settings()):
        async with transaction() as db:
            await db.execute(sa.text("delete from lead"))
            await db.execute(sa.text("delete from sign_in_try"))
        yield database
    await database.close()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=programs.path_of("chromium"), args=["--no-sandbox"])
        yield browser
        await browser.close()


@dataclass
class Screen:
    """One browser window of somebody, with everything that came over its socket."""

    page: Page
    context: BrowserContext
    web: Web
    frames: list[str] = field(default_factory=list[str])
    errors: list[str] = field(default_factory=list[str])

    def column(self, stage: str) -> Any:
        """The column of a stage."""
        return self.page.locator(f"section[data-stage={stage}]")

    def card(self, name: str) -> Any:
        """A card by the name on it."""
        return self.page.locator("[data-lead-card]", has_text=name)

    async def names(self, stage: str) -> list[str]:
        """The names in a column, from the top."""
        return await self.column(stage).locator(".ll-card__name").all_inner_texts()

    async def shows(self, stage: str, *names: str) -> None:
        """Wait until a column shows these cards in this order."""
        await self.page.wait_for_function(
            """([stage, names]) => {
              const cards = [...document.querySelectorAll(`section[data-stage=${stage}] .ll-card__name`)];
              return JSON.stringify(cards.map((card) => card.innerText)) === JSON.stringify(names);
            }""",
            arg=[stage, list(names)],
            timeout=PATIENCE,
        )

    async def drag(self, name: str, stage: str, *, below: str | None = None) -> None:
        """Drag a card by the mouse to a column, under the card ``below`` or to the top."""
        start = await self.card(name).bounding_box()
        column = await self.column(stage).bounding_box()
        assert start is not None
        assert column is not None
        y = column["y"] + 44
        if below:
            box = await self.card(below).bounding_box()
            assert box is not None
            y = box["y"] + box["height"] * 0.75
        mouse = self.page.mouse
        await mouse.move(start["x"] + 60, start["y"] + 30)
        await mouse.down()
        await mouse.move(start["x"] + 70, start["y"] + 40, steps=4)
        await mouse.move(column["x"] + column["width"] / 2, y, steps=8)
        slot = self.column(stage).locator(".ll-slot")
        for nudge in range(200):  # a drag goes on only while the mouse moves
            if await slot.count():
                break
            await mouse.move(column["x"] + column["width"] / 2 + nudge % 2, y)
        await mouse.up()

    def told(self) -> str:
        """Everything that the server ever sent to this window."""
        return "\n".join(self.frames)


Open = Callable[..., Awaitable[Screen]]


@pytest.fixture
async def line(web: Web) -> AsyncIterator[Line]:
    """The line, standing."""
    network = Line(web)
    await network.join()
    yield network
    await network.cut()


@pytest.fixture
async def look(chromium: Browser, web: Web, leads: Database, line: Line) -> AsyncIterator[Open]:
    """Opens the board as the named person; without an address as a stranger."""
    screens: list[Screen] = []

    async def open_board(email: str | None = None, *, path: str = "/", **options: Any) -> Screen:
        context = await chromium.new_context(
            viewport=options.pop("viewport", {"width": 1440, "height": 900}), **options
        )
        screen = Screen(await context.new_page(), context, web)
        screens.append(screen)
        _listen_in(screen)
        if email:
            await enter_as(screen, email)
        await screen.page.goto(f"{web.url}{path}")
        if email and path == "/":
            await screen.page.wait_for_selector(".ll-live .dot:not(.is-idle)", timeout=PATIENCE)
        return screen

    yield open_board
    for screen in screens:
        await screen.context.close()
    assert [error for screen in screens for error in screen.errors] == []


def _listen_in(screen: Screen) -> None:
    screen.page.on("pageerror", lambda error: screen.errors.append(str(error)))
    screen.page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda frame: screen.frames.append(str(frame))),
    )


async def enter_as(screen: Screen, email: str) -> None:
    """As by the form: the window gets the cookie."""
    answer = await screen.context.request.post(
        f"{screen.web.url}/api/sign-in",
        form={"email": email, "password": pipeline.PASSWORD},
        headers={"Origin": screen.web.url},
        max_redirects=0,
    )
    assert answer.headers["location"] == "/", json.dumps(answer.headers)
