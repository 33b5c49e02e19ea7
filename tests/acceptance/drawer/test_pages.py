"""The sign-in page and the Sessions page over the whole program."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.error import HTTPError

import pytest
from playwright.async_api import Route, expect

from tests.acceptance.drawer.conftest import Sit, order
from tests.support.leadline import RunningLeadline

pytestmark = pytest.mark.needs("chromium")


async def test_whoever_is_not_signed_in_is_asked_to(sit_down: Sit):
    stranger = await sit_down()
    await stranger.page.wait_for_url(re.compile("/sign-in"))
    await expect(stranger.page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_an_address_that_leads_nowhere_shows_the_way_back(sit_down: Sit):
    desk = await sit_down(path="/nothing-here")
    await expect(desk.page).to_have_title("No such page · Leadline")
    await desk.page.get_by_role("link", name="To the board").click()
    await expect(desk.page).to_have_url(re.compile("/sign-in"))


async def test_a_wrong_password_is_said_beside_it_and_the_address_is_kept(sit_down: Sit):
    page = (await sit_down(path="/sign-in")).page
    await page.get_by_label("Email", exact=True).fill("nobody@leadline.demo")
    await page.get_by_label("Password", exact=True).fill("wrong")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("Email and password do not match.")
    await expect(page.get_by_label("Email", exact=True)).to_have_value("nobody@leadline.demo")
    await expect(page.get_by_label("Password", exact=True)).to_be_focused()
    await expect(page.get_by_label("Password", exact=True)).to_have_attribute("aria-invalid", "true")


async def test_a_pause_is_counted_down_and_ends(sit_down: Sit):
    page = (await sit_down(path="/sign-in?error=wait&seconds=2")).page
    button = page.get_by_role("button", name="Sign in", exact=True)
    await expect(page.get_by_role("alert")).to_contain_text(re.compile(r"possible in \d s"))
    await expect(button).to_be_disabled()
    await expect(page.get_by_role("alert")).to_contain_text("You can try again now.")
    await expect(button).to_be_enabled()


async def test_a_password_can_be_looked_at(sit_down: Sit):
    page = (await sit_down(path="/sign-in")).page
    password = page.get_by_label("Password", exact=True)
    await password.fill("leadline-demo")
    await page.get_by_role("button", name="Show password").click()
    await expect(password).to_have_attribute("type", "text")
    await page.get_by_role("button", name="Hide password").click()
    await expect(password).to_have_attribute("type", "password")


async def test_a_password_signs_in(sit_down: Sit):
    desk = await sit_down(path="/sign-in")
    await desk.page.get_by_label("Email", exact=True).fill("carla@leadline.demo")
    await desk.page.get_by_label("Password", exact=True).fill("leadline-demo")
    await desk.page.keyboard.press("Enter")
    await desk.page.wait_for_url(f"{desk.url}/")


async def test_what_is_typed_before_the_script_is_there_stays(sit_down: Sit):
    desk = await sit_down(path="/healthz")
    loaded = asyncio.Event()

    async def late(route: Route) -> None:
        await loaded.wait()
        await route.continue_()

    await desk.page.route("**/*.js", late)
    await desk.page.goto(f"{desk.url}/sign-in", wait_until="commit")
    await desk.page.get_by_label("Email", exact=True).fill("carla@leadline.demo")
    await desk.page.get_by_label("Password", exact=True).fill("leadline-demo")
    loaded.set()
    await expect(desk.page.get_by_role("button", name=re.compile("Ana, consultant"))).to_be_visible()
    await expect(desk.page.get_by_label("Email", exact=True)).to_have_value("carla@leadline.demo")
    await expect(desk.page.get_by_label("Password", exact=True)).to_be_focused()


async def test_in_the_demo_one_press_signs_in(sit_down: Sit):
    desk = await sit_down(path="/sign-in")
    await desk.page.get_by_role("button", name=re.compile("Ana, consultant")).click()
    await desk.page.wait_for_url(f"{desk.url}/")
    await desk.page.goto(f"{desk.url}/sign-in")
    await desk.page.wait_for_url(f"{desk.url}/")


@pytest.fixture
def lost_login(running_leadline: RunningLeadline) -> Iterator[None]:
    """The consultants' phone logs the device out; it is paired again afterwards."""
    order(running_leadline, "sessions/consultant/unpaired", session="consultant")
    yield
    with suppress(HTTPError):  # refused when the test has paired it already
        order(running_leadline, "pair", session="consultant")


async def test_a_lost_login_shows_its_code_to_managers_alone(
    sit_down: Sit, running_leadline: RunningLeadline, lost_login: None
):
    mara = await sit_down("mara", path="/sessions")
    panel = mara.page.get_by_role("region", name="Consultants session")
    await expect(panel.get_by_text("Needs pairing")).to_be_visible()
    await expect(panel.get_by_role("img", name="Pairing code")).to_be_visible()

    ana = await sit_down("ana", path="/sessions")
    hers = ana.page.get_by_role("region", name="Consultants session")
    await expect(hers.get_by_text("A manager has to pair this session")).to_be_visible()
    await expect(ana.page.get_by_role("img", name="Pairing code")).to_have_count(0)
    await expect(ana.page.get_by_role("button", name="Restart")).to_have_count(0)

    await asyncio.to_thread(order, running_leadline, "pair", session="consultant")
    await expect(panel.get_by_text("Working", exact=True)).to_be_visible()
    await expect(panel.get_by_role("img", name="Pairing code")).to_have_count(0)


async def test_a_manager_restarts_a_session(sit_down: Sit):
    mara = await sit_down("mara", path="/sessions")
    panel = mara.page.get_by_role("region", name="Agent session")
    await panel.get_by_role("button", name="Restart").click()
    await expect(panel.get_by_role("cell", name="Starting.").first).to_be_visible()
    await expect(panel.locator(".state", has_text="Working")).to_be_visible()
