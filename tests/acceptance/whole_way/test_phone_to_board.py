"""Somebody plays a lead on the phone page; the team watches and answers on the board."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from app.simulator.personas import Budget, Facts, Kind, Persona
from tests.acceptance.whole_way.town import Town
from tests.support.leadline import RunningLeadline

pytestmark = pytest.mark.needs("chromium")

PATIENCE = 20_000
PASSWORD = "leadline-demo"
NARROW = {"width": 390, "height": 844}


@pytest.fixture(autouse=True)
def _patience():
    expect.set_options(timeout=PATIENCE)


class Phone:
    """The phone page, in somebody's hand."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._read = 0

    @classmethod
    async def picked_up(cls, browser: Browser, url: str, name: str) -> Phone:
        """A phone of one's own, under ``name``."""
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        await page.goto(f"{url}/phone")
        await page.get_by_role("radio", name="Yourself").click()
        await page.get_by_role("textbox", name="Name").fill(name)
        await page.get_by_role("button", name="Take this phone").click()
        await expect(page.get_by_label("Message")).to_be_visible()
        return cls(page)

    async def write(self, text: str) -> None:
        """Type a message and send it."""
        await self._page.get_by_label("Message").fill(text)
        await self._page.get_by_label("Message").press("Enter")

    def received(self, chat: str = "") -> Locator:
        """The bubbles of the business in the open chat."""
        return self._page.get_by_role("log", name=chat).locator(".bub:not(.out):not(.dotted) .text")

    async def read(self) -> str:
        """Wait for the next message of the business in the open chat."""
        await expect(self.received().nth(self._read)).to_be_visible()
        self._read += 1
        return await self.received().nth(self._read - 1).inner_text()

    async def play(self, persona: Persona) -> None:
        """Type through a whole conversation as ``persona``."""
        for text in persona.opening():
            await self.write(text)
        while not persona.done:
            for text in persona.answer(await self.read()):
                await self.write(text)

    async def back_to_chats(self) -> None:
        """Leave the open chat."""
        await self._page.get_by_role("button", name="Back to chats").click()

    async def open_chat(self, name: str) -> None:
        """Open a chat of the list."""
        await self._page.locator(".wa-row", has_text=name).click()


class Desk:
    """The board, on somebody's screen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.broken: list[str] = []
        page.on("pageerror", lambda error: self.broken.append(str(error)))

    def card(self, name: str) -> Locator:
        """A card by the name on it."""
        return self.page.locator("[data-lead-card]", has_text=name)

    def card_in(self, stage: str, name: str) -> Locator:
        """The same, in one column."""
        return self.page.locator(f"section[data-stage={stage}] [data-lead-card]", has_text=name)

    @property
    def drawer(self) -> Locator:
        """The open lead."""
        return self.page.locator(".ll-drawer")


@asynccontextmanager
async def desk_of(browser: Browser, leadline: RunningLeadline, who: str) -> AsyncIterator[Desk]:
    """Sign in by the form, as a person does, and wait until the board is live."""
    context: BrowserContext = await browser.new_context(viewport={"width": 1440, "height": 900})
    desk = Desk(await context.new_page())
    await desk.page.goto(f"{leadline.web}/sign-in")
    await desk.page.get_by_label("Email").fill(f"{who}@leadline.demo")
    await desk.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await desk.page.get_by_role("button", name="Sign in").click()
    await expect(desk.page.locator(".ll-live .dot:not(.is-idle)")).to_be_visible()
    yield desk
    assert desk.broken == []
    await context.close()


async def test_a_card_comes_changes_and_moves_on_while_somebody_watches(town: Town, browser: Browser):
    facts = Facts(
        "Beatriz Campos", "bia@example.com", "aulas de espanhol", "Recife", Budget(1200, "BRL", "month"), "now", "self"
    )
    async with desk_of(browser, town.leadline, "mara") as mara:
        await mara.page.evaluate("window.neverReloaded = true")
        phone = await Phone.picked_up(browser, town.leadline.simulator, "Beatriz Campos")

        persona = Persona(Kind.EAGER, "pt", facts, seed=3)
        await phone.write("Oi")
        await expect(mara.card("Beatriz Campos")).to_be_visible()
        await expect(mara.card_in("qualifying", "Beatriz Campos")).to_be_visible()
        await expect(mara.card("Beatriz Campos")).to_contain_text(await phone.read())

        await phone.play(persona)
        await expect(mara.card_in("qualified", "Beatriz Campos")).to_be_visible()
        await expect(mara.card("Beatriz Campos")).to_contain_text(re.compile("hot", re.IGNORECASE))
        assert await mara.page.evaluate("window.neverReloaded") is True


async def test_what_a_consultant_writes_in_the_drawer_arrives_from_the_consultants_number(town: Town, browser: Browser):
    async with desk_of(browser, town.leadline, "ana") as ana:
        phone = await Phone.picked_up(browser, town.leadline.simulator, "Jorge Medina")
        await phone.write("Hello, I would like to learn English")
        await phone.read()

        await ana.card("Jorge Medina").click()
        await expect(ana.drawer.get_by_role("log")).to_contain_text("Hello, I would like to learn English")
        await ana.drawer.get_by_role("textbox").fill("Hello Jorge, this is Ana. Shall I call you at five?")
        await ana.drawer.get_by_role("textbox").press("Control+Enter")

        await phone.back_to_chats()
        await phone.open_chat("consultant")
        await expect(phone.received("consultant")).to_have_text(["Hello Jorge, this is Ana. Shall I call you at five?"])

        await phone.write("Yes, at five is fine")
        await expect(ana.drawer.get_by_role("log")).to_contain_text("Yes, at five is fine")
        sent = ana.drawer.locator(".bub.out", has_text="Shall I call you at five?")
        await expect(sent.get_by_role("img", name="Read")).to_be_visible()


async def test_whoever_takes_a_lead_takes_it_off_the_boards_of_the_others(town: Town, browser: Browser):
    async with desk_of(browser, town.leadline, "ana") as ana, desk_of(browser, town.leadline, "bruno") as bruno:
        phone = await Phone.picked_up(browser, town.leadline.simulator, "Camila Rojas")
        await phone.write("Hello, I would like to learn English")
        await expect(bruno.card("Camila Rojas")).to_be_visible()

        await ana.card("Camila Rojas").click()
        await ana.drawer.get_by_role("button", name="Take", exact=False).first.click()

        await expect(bruno.card("Camila Rojas")).to_have_count(0)
        await expect(ana.card("Camila Rojas")).to_be_visible()
