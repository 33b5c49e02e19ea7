"""Take the pictures of Insights and Status from a demo that runs: `python scripts/pictures_of_figures.py [folder]`.

Start the demo in a fresh data folder (`LEADLINE_DATA_DIR`), with nobody else on it. What the pictures show is simulated
traffic: leads that the simulator plays within minutes from a fixed seed, answered by the agent as it is, and by people
as soon as this program answers for them. Afterwards each lead's rows are moved back by some whole days, so that charts
over two weeks have two weeks to draw; within a lead no time is changed.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sys
from pathlib import Path

import psycopg
from pictures import NARROW, WIDE, NotPossible, Studio, Theme, deal
from playwright.async_api import Page, async_playwright
from psycopg import sql

from app.bootstrap import command_context
from app.conversations import chat
from app.errors import LeadlineError
from app.installation import Running, running_in
from app.settings import load_settings
from app.simulator.clients import LeadlineClient
from app.simulator.drive import SimulateOptions, simulate
from app.team.viewer import OPERATOR

ROOT = Path(__file__).resolve().parent.parent
SEED = 7
LEADS = 56
PER_HOUR = 5400.0
DAYS = 14
HELLO = "Hello, this is the team. When may we call you?"
LONGEST_WAIT = 6.0
"""Seconds between two answers that this program gives for the consultants."""

MOVE = sql.SQL("{time} = {time} - ({lead} * 5 % {days}) * interval '1 day'")

# Times of a lead and of what belongs to it, as the reporting views read them.
TIMES = {
    "lead": ("created_at", "first_inbound_at", "first_contact_at", "human_contact_at", "qualified_at"),
    "qualification": ("started_at", "finished_at"),
    "assignment": ("qualified_at", "assigned_at", "first_contact_at", "released_at"),
    "stage_change": ("at",),
    "ledger": ("at",),
    "message": ("created_at", "accepted_at", "delivered_at"),
}


async def play(now: Running) -> None:
    """Let the leads come, and let people answer most of those that were qualified."""
    options = SimulateOptions.against(now, leads=LEADS, per_hour=PER_HOUR, seed=SEED, abandon_after_seconds=1.0)
    await simulate(options, print)
    async with LeadlineClient(now.web, now.api_token) as leadline:
        qualified = [lead["id"] for lead in await leadline.leads(0) if lead["stage"] == "qualified"]
        await answer(qualified[::-1])
        await deal(leadline)


async def answer(leads: list[int]) -> None:
    """Write to four of five, now and then."""
    chance = random.Random(SEED)  # noqa: S311 - pictures, not secrets
    async with command_context():
        for place, lead in enumerate(leads):
            if place % 5:
                await asyncio.sleep(chance.uniform(0.5, LONGEST_WAIT))
                await chat.write(OPERATOR, lead, HELLO)


def spread(now: Running) -> None:
    """Move each lead back by some whole days, the same ones in each run."""
    with psycopg.connect(now.database_url) as db:
        for table, columns in TIMES.items():
            lead = sql.Identifier("id" if table == "lead" else "lead_id")
            moves = [MOVE.format(time=sql.Identifier(one), lead=lead, days=sql.Literal(DAYS)) for one in columns]
            db.execute(sql.SQL("update {} set {}").format(sql.Identifier(table), sql.SQL(", ").join(moves)))


async def whole(page: Page) -> None:
    """Make the window as high as what it shows."""
    height = await page.evaluate("document.querySelector('.ll-wrap').scrollHeight + 64")
    await page.set_viewport_size({"width": WIDE, "height": max(900, int(height))})


async def insights(studio: Studio) -> None:
    """The figures of two weeks."""
    shots: tuple[tuple[int, Theme], ...] = ((WIDE, "light"), (WIDE, "dark"), (NARROW, "light"))
    for width, theme in shots:
        async with studio.page(width, theme, "mara") as page:
            await page.goto(f"{studio.now.web}/insights")
            await page.locator(".chart .recharts-surface").first.wait_for()
            if width == WIDE:
                await whole(page)
            await studio.take(page, "insights", width, theme)


async def status(studio: Studio) -> None:
    """How the demo is."""
    async with studio.page(WIDE, "light", "mara") as page:
        await page.goto(f"{studio.now.web}/status")
        await page.locator(".checks h2").first.wait_for()
        await whole(page)
        await studio.take(page, "status", WIDE, "light")


async def main(folder: Path) -> None:
    """Play, spread, then take the pictures."""
    now = running_in(load_settings().data_dir)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not now.simulator or chromium is None:
        raise NotPossible("The pictures need a demo with its simulator, and Chromium.")
    os.environ["DATABASE_URL"] = now.database_url
    await play(now)
    spread(now)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"]
        )
        for scene in (insights, status):
            await scene(Studio(now, browser, folder))
        await browser.close()


if __name__ == "__main__":
    try:
        goal = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
        goal.mkdir(parents=True, exist_ok=True)
        asyncio.run(main(goal))
    except LeadlineError as error:
        sys.exit(f"pictures: {error}")
