"""The whole program, leads on their phones, and members of the team at their screens."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, WebSocketRoute, expect

from tests.support.leadline import RunningLeadline

PASSWORD = "leadline-demo"
PATIENCE = 20_000

expect.set_options(timeout=PATIENCE)
_numbers = itertools.count(10_000 + os.getpid() % 1000 * 60)


@dataclass
class Phone:
    """Somebody's WhatsApp."""

    leadline: RunningLeadline
    number: str
    name: str

    async def write(self, text: str, session: str = "agent") -> None:
        """Send a message to the business."""
        await asyncio.to_thread(order, self.leadline, "messages", number=self.number, text=text, session=session)

    async def read(self, text: str) -> None:
        """Wait until a message with this text has come."""
        async with asyncio.timeout(PATIENCE / 1000):
            while text not in await self.texts():
                await asyncio.to_thread(order, self.leadline, "journal?wait=1&after=0")

    async def texts(self) -> list[str]:
        """Everything that the business ever wrote to this phone."""
        journal = await asyncio.to_thread(order, self.leadline, "journal?after=0&limit=10000&kind=send")
        return [entry["text"] for entry in journal["entries"] if entry["number"] == self.number]


def order(leadline: RunningLeadline, path: str, **wish: Any) -> Any:
    """Ask the simulator for something."""
    headers = leadline.simulator_headers | {"Content-Type": "application/json"}
    body = json.dumps(wish).encode() if wish or "?" not in path else None
    request = urllib.request.Request(f"{leadline.simulator}/_sim/{path}", data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        said = answer.read()
    return json.loads(said) if said else None


@dataclass
class Wire:
    """The socket between a page and the server. ``swallow`` names an event whose answer gets lost with the line."""

    swallow: str = ""
    _stands: asyncio.Event = field(default_factory=asyncio.Event)
    _page_side: list[WebSocketRoute] = field(default_factory=list[WebSocketRoute])

    def __post_init__(self) -> None:
        self._stands.set()

    async def connect(self, page: WebSocketRoute) -> None:
        """A page connects; while the line is cut it gets no answer."""
        await self._stands.wait()
        server = page.connect_to_server()
        self._page_side.append(page)
        lost = False

        async def to_server(message: str | bytes) -> None:
            nonlocal lost
            server.send(message)
            if self.swallow and self.swallow in str(message):
                self.swallow, lost = "", True
                await page.close()

        def to_page(message: str | bytes) -> None:
            if not lost:
                page.send(message)

        page.on_message(to_server)
        server.on_message(to_page)

    async def cut(self, browser: BrowserContext) -> None:
        """Cut the line."""
        self._stands.clear()
        await browser.set_offline(True)
        for page in self._page_side:
            await page.close()

    async def join(self, browser: BrowserContext) -> None:
        """Let the line stand again."""
        await browser.set_offline(False)
        self._stands.set()


@dataclass
class Desk:
    """One window of a member of the team."""

    page: Page
    url: str
    errors: list[str] = field(default_factory=list[str])

    @property
    def drawer(self) -> Locator:
        return self.page.get_by_role("dialog").and_(self.page.locator(".ll-drawer"))

    @property
    def chat(self) -> Locator:
        return self.drawer.get_by_role("log")

    @property
    def box(self) -> Locator:
        return self.drawer.get_by_role("textbox")

    async def insist(self) -> None:
        """Send what is written, and once more where the page says that no answer came: a draft is written once."""
        await self.box.press("Control+Enter")
        with suppress(AssertionError):
            return await expect(self.box).to_have_value("")
        await self.box.press("Control+Enter")
        return await expect(self.box).to_have_value("")

    def card(self, name: str) -> Locator:
        return self.page.locator("[data-lead-card]", has_text=name)

    async def open(self, name: str) -> None:
        """Open a lead by its card."""
        await self.card(name).first.click()
        await expect(self.drawer.get_by_role("heading", level=2)).to_have_text(name)

    async def wired(self) -> Wire:
        """Load the page again over a line that a test can cut."""
        wire = Wire()
        await self.page.route_web_socket(re.compile("/_event"), wire.connect)
        await self.page.reload()
        return wire

    async def give_to(self, consultant: str) -> None:
        """Hand the open lead to a consultant."""
        await self.drawer.get_by_label("Owner").select_option(label=consultant)
        await expect(self.drawer.locator(".ll-select", has_text=consultant).first).to_be_visible()


Sit = Callable[..., Awaitable[Desk]]
NewPhone = Callable[[str], Awaitable[Phone]]


@pytest.fixture
async def sit_down(browser: Browser, running_leadline: RunningLeadline) -> AsyncIterator[Sit]:
    """Opens the board as one of the demo's people; in the end no page may have broken."""
    desks: list[Desk] = []

    async def sit(who: str | None = None, *, path: str = "/", **options: Any) -> Desk:
        options.setdefault("viewport", {"width": 1440, "height": 900})
        context = await browser.new_context(**options)
        desk = Desk(await context.new_page(), running_leadline.web)
        desk.page.on("pageerror", lambda error: desk.errors.append(str(error)))
        desks.append(desk)
        if who:
            form: dict[str, str | float | bool] = {"email": f"{who}@leadline.demo", "password": PASSWORD}
            await context.request.post(f"{desk.url}/api/sign-in", form=form, headers={"Origin": desk.url})
        await desk.page.goto(f"{desk.url}{path}")
        return desk

    yield sit
    for desk in desks:
        await desk.page.context.close()
    assert [error for desk in desks for error in desk.errors] == []


@pytest.fixture
def new_phone(running_leadline: RunningLeadline) -> NewPhone:
    """A phone with a number that nobody had before; it has written to the agent once."""

    async def new(name: str) -> Phone:
        phone = Phone(running_leadline, f"1202555{next(_numbers) % 10_000:04d}", name)
        await asyncio.to_thread(order, running_leadline, "leads", number=phone.number, name=name)
        await phone.write("Hello, I would like to know more")
        return phone

    return new
