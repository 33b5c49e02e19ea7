"""Take the pictures of the documentation from a demo that runs: `python scripts/pictures.py [folder]`.

Start the demo in a fresh data folder (`LEADLINE_DATA_DIR`), with nobody else on it. The leads are played from a fixed
seed, so that the pictures of two runs differ little. Needs Chromium, a font with emoji, and the
development requirements.
"""

from __future__ import annotations

import asyncio
import io
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PIL import Image, ImageOps
from playwright.async_api import Browser, Page, async_playwright

from app.errors import LeadlineError
from app.installation import Running, running_in
from app.settings import DEMO_PASSWORD, load_settings
from app.simulator.clients import LeadlineClient, SimulatorClient
from app.simulator.drive import SimulateOptions, simulate
from app.simulator.personas import Budget, Facts, Kind, Persona

ROOT = Path(__file__).resolve().parent.parent
SEED = 7
LEADS = 32
PER_HOUR = 7200.0
WIDE, NARROW = 1440, 390
SIZES = {WIDE: 900, NARROW: 844}
STAR = "Hannah Becker"
FACTS = Facts(
    STAR, "hannah.becker@example.com", "business English", "Leeds", Budget(2400, "USD", "month"), "now", "shared"
)
WORDS = (
    "Oi! Vi o anúncio de vocês, ainda dá para começar esta semana?",
    "Queria aulas de inglês, sou a Mariana Duarte",
)
OBJECTION = "Hi! To be honest, the last school was too expensive for us."
# What became of every so many qualified leads, oldest first; the rest stays where it is.
FATES = ("working", "won", "", "working", "lost", "", "won")

Theme = Literal["light", "dark"]


class NotPossible(LeadlineError):
    """The pictures cannot be taken."""


@dataclass(frozen=True)
class Studio:
    """The demo, the browser, and the folder for the pictures."""

    now: Running
    browser: Browser
    folder: Path

    @asynccontextmanager
    async def page(self, width: int, theme: Theme = "light", who: str = "") -> AsyncIterator[Page]:
        """A window of this width; signed in when ``who`` is given."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": SIZES[width]},
            color_scheme=theme,
            reduced_motion="reduce",
            has_touch=width == NARROW,
            is_mobile=width == NARROW,
            locale="en-GB",
        )
        if who:
            form: dict[str, str | float | bool] = {"email": f"{who}@leadline.demo", "password": DEMO_PASSWORD}
            await context.request.post(f"{self.now.web}/api/sign-in", form=form, headers={"Origin": self.now.web})
        yield await context.new_page()
        await context.close()

    async def take(self, page: Page, name: str, width: int, theme: Theme = "light") -> None:
        """Take the picture once everything on the page stands still."""
        await page.evaluate("document.fonts.ready")
        path = self.folder / f"{name}-{width}-{theme}.png"
        shot = await page.screenshot(animations="disabled", caret="hide")
        # Seven bits of each colour look the same and pack better.
        ImageOps.posterize(Image.open(io.BytesIO(shot)).convert("RGB"), 7).save(path, optimize=True)
        print(f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}: {path.stat().st_size // 1000} kB")


async def play(now: Running) -> None:
    """Let the leads come, one of them down to the last answer, and deal the qualified ones out over the board."""
    options = SimulateOptions.against(now, leads=LEADS, per_hour=PER_HOUR, seed=SEED, abandon_after_seconds=1.0)
    await simulate(options, print)
    simulator = SimulatorClient(now.simulator, now.simulator_token)
    async with simulator, LeadlineClient(now.web, now.api_token) as leadline:
        await deal(leadline)
        await play_star(simulator)


async def deal(leadline: LeadlineClient) -> None:
    """Move qualified leads on, always the same ones."""
    qualified = [lead for lead in await leadline.leads(0) if lead["stage"] == "qualified"][::-1]
    for place, lead in enumerate(qualified):
        if fate := FATES[place % len(FATES)]:
            move = {"stage": fate, "version": lead["version"]}
            await leadline.call("POST", f"/api/v1/leads/{lead['id']}/stage", move)


async def play_star(simulator: SimulatorClient) -> None:
    """One lead tells everything, and then has a question for a person."""
    after = await simulator.newest()
    number = (await simulator.meet(STAR, "en"))["number"]
    persona = Persona(Kind.EAGER, "en", FACTS, SEED)
    said = [OBJECTION, *persona.opening()]
    while True:
        for text in said:
            await simulator.write(number, text)
        if persona.done:
            break
        text, after = await next_text(simulator, number, after)
        said = persona.answer(text)
    await simulator.write(number, "Could somebody call me this afternoon?")


async def next_text(simulator: SimulatorClient, number: str, after: int) -> tuple[str, int]:
    """Wait for the next message to a number."""
    async with asyncio.timeout(30):
        while True:
            entries, after = await simulator.journal(after, 5.0)
            for entry in entries:
                if entry["kind"] == "send" and entry["number"] == number:
                    return entry["text"], after


async def on_phone(studio: Studio) -> None:
    """The chat of one of the cast, half-way through."""
    async with studio.page(WIDE) as page:
        await page.goto(f"{studio.now.simulator}/phone")
        await page.get_by_role("radio", name="Mariana").first.click()
        for number, text in enumerate(WORDS):
            await page.get_by_label("Message").fill(text)
            await page.get_by_label("Message").press("Enter")
            await page.locator(".wa-chat .bub:not(.out):not(.dotted)").nth(number).wait_for()
        await page.locator(".wa-chat .bub.out").last.locator(".tick.read").wait_for()
        await page.mouse.move(0, 0)
        await studio.take(page, "phone", WIDE)
    async with studio.page(NARROW) as page:
        await page.goto(f"{studio.now.simulator}/phone")
        await page.locator(".wa-row", has_text="Mariana").first.click()
        await page.locator(".wa-chat .bub.out").first.wait_for()
        await studio.take(page, "phone", NARROW)


async def live(page: Page, studio: Studio, path: str = "/") -> None:
    """Open the board and wait until it is live."""
    await page.goto(f"{studio.now.web}{path}")
    await page.locator(".ll-live .dot:not(.is-idle)").wait_for(state="attached")
    await page.locator("[data-lead-card]").first.wait_for()


async def on_board(studio: Studio) -> None:
    """The manager's board, in both themes."""
    shots: tuple[tuple[int, Theme], ...] = ((WIDE, "light"), (WIDE, "dark"), (NARROW, "light"))
    for width, theme in shots:
        async with studio.page(width, theme, "mara") as page:
            await live(page, studio)
            if width == NARROW:
                await page.locator(".ll-stages").get_by_text("Qualified").tap()
                await page.locator(".ll-stages [aria-selected=true]", has_text="Qualified").wait_for()
            await studio.take(page, "board", width, theme)


async def in_drawer(studio: Studio) -> None:
    """The lead who told everything, and what the team makes of it."""
    async with studio.page(WIDE, who="mara") as page:
        await live(page, studio)
        await page.locator("[data-lead-card]", has_text=STAR).first.click()
        drawer = page.locator(".ll-drawer")
        box = drawer.get_by_role("textbox")
        await drawer.get_by_role("tab", name="Note").click()
        await write(page, box, "She compares us with one other school")
        await drawer.get_by_role("group", name="Your verdict on the temperature").locator("button").first.click()
        await drawer.get_by_role("button", name="Take back").wait_for()
        # The message of the brief stands there until somebody has written.
        await drawer.get_by_role("button", name="Use this message").click()
        await box.blur()
        await studio.take(page, "drawer", WIDE)
        await write(page, box, "Hello Hannah, this is Mara. Shall I call you at four?")
        await drawer.locator(".bub.out", has_text="this is Mara").get_by_role("img", name="Read").wait_for()
    async with studio.page(NARROW, who="mara") as page:
        await live(page, studio)
        await page.locator("[data-lead-card]", has_text=STAR).first.click()
        await page.locator(".ll-drawer .bub.out", has_text="this is Mara").wait_for()
        await studio.take(page, "drawer", NARROW)


async def write(page: Page, box: Any, text: str) -> None:
    """Write into the drawer and see it appear."""
    await box.fill(text)
    await box.press("Control+Enter")
    await page.locator(".ll-drawer").get_by_role("log").get_by_text(text).wait_for()


async def elsewhere(studio: Studio) -> None:
    """Signing in, and the sessions."""
    for width in SIZES:
        async with studio.page(width) as page:
            await page.goto(f"{studio.now.web}/sign-in")
            await page.get_by_text("look around as").wait_for()
            await studio.take(page, "sign-in", width)
        async with studio.page(width, who="mara") as page:
            await page.goto(f"{studio.now.web}/sessions")
            await page.get_by_role("heading", name="consultant").first.wait_for()
            await studio.take(page, "sessions", width)


async def in_studio(studio: Studio) -> None:
    """A draft of the playbook, and a lead who talks to it; nothing is saved."""
    async with studio.page(WIDE, who="mara") as page:
        await page.goto(f"{studio.now.web}/playbook")
        await page.get_by_role("button", name="Português").click()
        await page.get_by_label("Interest, asked first").fill("Que curso você tem em vista, e para quem?")
        box = page.get_by_role("textbox", name="Write as a lead")
        for number, text in enumerate((*WORDS, "Tem aula à noite?")):
            await box.fill(text)
            await box.press("Enter")
            await page.get_by_role("log").locator(".bub.agent").nth(number).wait_for()
        await box.blur()
        await studio.take(page, "playbook", WIDE)
    async with studio.page(NARROW, who="mara") as page:
        await page.goto(f"{studio.now.web}/playbook")
        await page.get_by_label("Interest, asked first").wait_for()
        await studio.take(page, "playbook", NARROW)


async def main(folder: Path) -> None:
    """Play, then take one picture after the other."""
    now = running_in(load_settings().data_dir)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not now.simulator or chromium is None:
        raise NotPossible("The pictures need a demo with its simulator, and Chromium.")
    await play(now)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"]
        )
        scenes: tuple[Callable[[Studio], Any], ...] = (on_phone, on_board, in_drawer, elsewhere, in_studio)
        for scene in scenes:
            await scene(Studio(now, browser, folder))
        await browser.close()


if __name__ == "__main__":
    try:
        goal = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
        goal.mkdir(parents=True, exist_ok=True)
        asyncio.run(main(goal))
    except LeadlineError as error:
        sys.exit(f"pictures: {error}")
