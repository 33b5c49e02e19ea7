"""Insights and Status over the whole program: what a manager sees there, and that nobody else does."""

from __future__ import annotations

import csv
import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.acceptance.drawer.conftest import NewPhone, Sit

pytestmark = pytest.mark.needs("chromium")


def panel(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def check(page: Page, title: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=title, exact=True))


async def test_a_manager_sees_how_the_team_does_and_takes_it_along(sit_down: Sit, new_phone: NewPhone):
    lead = await new_phone("Filipa Insights")
    await lead.write("Hi, I want to enrol my daughter")
    page = (await sit_down("mara", path="/insights")).page
    await expect(page.get_by_role("heading", name="Insights")).to_be_visible()
    await expect(page.get_by_text("Demo data, invented")).to_be_visible()
    await expect(panel(page, "Funnel").get_by_role("listitem").first).to_contain_text(re.compile(r"New[1-9]"))
    await expect(panel(page, "Agreement with people")).to_contain_text("Wilson interval")

    await page.get_by_role("button", name="24 h", exact=True).click()
    await expect(page.get_by_role("button", name="24 h", exact=True)).to_have_attribute("aria-pressed", "true")
    await expect(panel(page, "Funnel")).to_contain_text("Last 24 hours")
    await page.get_by_label("Consultant", exact=True).select_option(label="Carla Núñez")
    await page.get_by_label("Source", exact=True).select_option(label="Import")
    await expect(page.get_by_role("heading", name="Nothing measured yet")).to_be_visible()
    await page.get_by_label("Source", exact=True).select_option(label="All sources")
    await page.get_by_label("Consultant", exact=True).select_option(label="All consultants")
    await expect(panel(page, "Funnel").get_by_role("listitem").first).to_contain_text(re.compile(r"New[1-9]"))

    async with page.expect_download() as download:
        await page.get_by_role("button", name="CSV").click()
    taken = await download.value
    assert re.fullmatch(r"leadline-insights-24h-\d{4}-\d\d-\d\d\.csv", taken.suggested_filename)
    with (await taken.path()).open(newline="") as file:
        figures = {(line["panel"], line["figure"], line["at"]): line["value"] for line in csv.DictReader(file)}
    assert int(figures["Funnel", "New", "now"]) >= 1


async def test_a_manager_sees_how_the_installation_is(sit_down: Sit):
    page = (await sit_down("mara", path="/status")).page
    await expect(check(page, "Database")).to_contain_text("PostgreSQL")
    await expect(check(page, "Schema")).to_contain_text("Well")
    await expect(check(page, "Workers")).to_contain_text("one leads")
    await page.get_by_role("button", name="Look now").click()
    await expect(page.get_by_role("button", name="Look now")).to_be_enabled()


@pytest.mark.parametrize(
    ("path", "refusal"), [("/insights", "Insights are for managers."), ("/status", "for managers")]
)
async def test_a_consultant_is_refused_and_not_led_there(sit_down: Sit, path: str, refusal: str):
    page = (await sit_down("ana", path=path)).page
    await expect(page.get_by_role("heading", name=re.compile(refusal))).to_be_visible()
    await expect(page.get_by_role("navigation").first).not_to_contain_text("Insights")
    assert await page.get_by_role("region").count() == 0


async def test_the_board_does_not_load_the_charts(sit_down: Sit):
    board, insights = await loaded(sit_down, "/"), await loaded(sit_down, "/insights")
    assert board
    assert not any("recharts" in script for script in board)
    assert any("recharts" in script for script in insights)


async def loaded(sit_down: Sit, path: str) -> list[str]:
    """The scripts that the page at ``path`` loads."""
    desk = await sit_down("mara", path=path)
    await expect(desk.page.get_by_role("navigation").first).to_be_visible()
    await desk.page.wait_for_load_state("networkidle")
    names = await desk.page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    scripts = [name for name in names if name.endswith(".js")]
    return [await (await desk.page.context.request.get(name)).text() for name in scripts]
