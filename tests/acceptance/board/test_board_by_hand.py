"""The board by mouse, by keyboard and by thumb."""

from __future__ import annotations

import pytest

from app.database import Database
from app.leads import desk
from tests.acceptance.board.conftest import PATIENCE, Open, Screen
from tests.acceptance.board.pipeline import ANA, MANAGER, add_lead
from tests.acceptance.board.test_live_board import _id_of

pytestmark = pytest.mark.needs("chromium")

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


async def _focus(screen: Screen, name: str) -> None:
    await screen.card(name).focus()


async def _focused(screen: Screen, name: str) -> None:
    await screen.page.wait_for_function(
        "name => document.activeElement?.getAttribute('aria-label') === name", arg=name, timeout=PATIENCE
    )


async def test_a_card_is_lifted_carried_and_dropped_by_keys(look: Open, leads: Database):
    for name, stage in (("Below", "qualified"), ("Above", "qualified"), ("Priya", "qualifying")):
        await add_lead(name, stage=stage)
    ana = await look(ANA)
    await _focus(ana, "Priya")

    for key in ("Space", "ArrowRight", "ArrowDown"):
        await ana.page.keyboard.press(key)
    assert "Priya to Qualified, 2nd" in await ana.page.locator(".ll-hint").inner_text()
    await ana.page.keyboard.press("Space")

    await ana.shows("qualified", "Above", "Priya", "Below")
    await _focused(ana, "Priya")


async def test_escape_puts_a_lifted_card_back(look: Open, leads: Database):
    await add_lead("Priya", stage="qualifying")
    ana = await look(ANA)
    await _focus(ana, "Priya")

    for key in ("Space", "ArrowRight", "Escape"):
        await ana.page.keyboard.press(key)

    await ana.shows("qualifying", "Priya")
    await ana.page.locator(".ll-hint").wait_for(state="detached")


async def test_a_digit_moves_a_card_and_z_takes_it_back(look: Open, leads: Database):
    await add_lead("Second", stage="new")
    lead = await add_lead("First", stage="new")
    ana = await look(ANA)
    await _focus(ana, "First")

    await ana.page.keyboard.press("4")
    await ana.page.locator(".ll-toast", has_text="Moved First to Working").wait_for()
    await _focused(ana, "First")
    await ana.page.keyboard.press("z")

    await ana.shows("new", "First", "Second")
    await ana.page.wait_for_timeout(300)
    card = await desk.card(lead)
    assert card is not None
    assert card.stage == "new"


async def test_arrows_walk_over_the_board_and_each_column_is_one_tab_stop(look: Open, leads: Database):
    for name, stage in (("New two", "new"), ("New one", "new"), ("Working one", "working")):
        await add_lead(name, stage=stage)
    ana = await look(ANA)
    await _focus(ana, "New one")

    await ana.page.keyboard.press("ArrowDown")
    await _focused(ana, "New two")
    await ana.page.keyboard.press("ArrowRight")
    await _focused(ana, "Working one")

    assert await ana.page.locator("[data-lead-card][tabindex='0']").count() == 2


async def test_a_consultant_takes_a_lead_from_the_move_menu(look: Open, leads: Database):
    lead = await add_lead("Free Lead", stage="qualified")
    ana = await look(ANA)
    await _focus(ana, "Free Lead")

    await ana.page.keyboard.press("s")
    await ana.page.get_by_role("menuitem", name="Take this lead").click()

    await ana.page.locator(".ll-toast", has_text="Free Lead is yours").wait_for()
    card = await desk.card(lead)
    assert card is not None
    assert card.owner_id == await _id_of(ANA)


async def test_search_filters_and_scope_narrow_the_board(look: Open, leads: Database):
    await add_lead("Sofía Castañeda", stage="qualified", temperature="HOT", owner_id=await _id_of(ANA))
    await add_lead("Tom Hadley", stage="new", temperature="COLD")
    mara = await look(MANAGER)
    await mara.shows("new", "Tom Hadley")

    await mara.page.keyboard.press("/")
    await mara.page.keyboard.type("sofia")
    await mara.shows("new")
    await mara.shows("qualified", "Sofía Castañeda")
    await mara.page.keyboard.press("Escape")
    await mara.shows("new", "Tom Hadley")
    await mara.page.keyboard.press("f")
    await mara.page.get_by_label("COLD").check(force=True)
    await mara.shows("qualified")
    await mara.page.get_by_role("button", name="Remove filter Temperature").click()
    await mara.page.get_by_role("button", name="Unassigned").click()
    await mara.shows("qualified")

    await mara.column("qualified").get_by_role("button", name="Show all").click()
    await mara.shows("qualified", "Sofía Castañeda")


async def test_a_search_without_a_match_offers_the_closest_name(look: Open, leads: Database):
    await add_lead("Sofía Castañeda")
    mara = await look(MANAGER)
    await mara.page.fill("#board-search", "sofia castanheda")

    await mara.page.get_by_role("button", name="Sofía Castañeda").click()

    await mara.shows("new", "Sofía Castañeda")


async def test_the_first_run_points_to_the_phone_page(look: Open, leads: Database):
    mara = await look(MANAGER)

    link = mara.page.get_by_role("link", name="Play a lead")

    await link.wait_for()
    assert (await link.get_attribute("href") or "").endswith("/phone")


async def test_the_theme_is_chosen_in_the_menu_and_kept(look: Open, leads: Database):
    mara = await look(MANAGER)

    await mara.page.get_by_role("button", name="You: Mara Lindqvist").click()
    await mara.page.get_by_role("menuitem", name="Dark").click()
    await mara.page.wait_for_selector("html.dark")
    await mara.page.reload()

    await mara.page.wait_for_selector("html.dark")


async def test_signing_out_leads_to_the_sign_in_page(look: Open, leads: Database):
    mara = await look(MANAGER)

    await mara.page.get_by_role("button", name="You: Mara Lindqvist").click()
    await mara.page.get_by_role("menuitem", name="Sign out").click()

    await mara.page.wait_for_url("**/sign-in**", timeout=PATIENCE)


async def test_on_a_phone_a_tab_leads_to_a_stage_and_a_sheet_moves_a_card(look: Open, leads: Database):
    await add_lead("Sofía Castañeda", stage="qualified")
    ana = await look(ANA, **PHONE)

    await ana.page.get_by_role("tab", name="Qualified").tap()
    await ana.page.wait_for_function("document.querySelector('.ll-board').scrollLeft > 600")
    await ana.page.get_by_role("button", name="Search").tap()
    await ana.page.get_by_role("searchbox").fill("nobody is called so")
    await ana.page.get_by_text("Nothing for").wait_for()
    await ana.page.get_by_role("button", name="Clear search").first.tap()
    await ana.page.wait_for_function("document.querySelector('.ll-board')?.scrollLeft > 600")
    await ana.card("Sofía Castañeda").dispatch_event("contextmenu")
    await ana.page.get_by_role("menuitemradio", name="Working").tap()

    await ana.shows("working", "Sofía Castañeda")


async def test_a_long_press_opens_the_sheet(look: Open, leads: Database):
    await add_lead("Tom Hadley")
    ana = await look(ANA, **PHONE)

    await ana.card("Tom Hadley").dispatch_event("touchstart")

    await ana.page.get_by_role("menuitemradio", name="Lost").wait_for()


async def test_nothing_overflows_on_a_phone(look: Open, leads: Database):
    await add_lead(
        "A very long name of a lead that goes on and on", interest="An interest that is just as long as that"
    )
    ana = await look(ANA, **PHONE)
    await ana.shows("new", "A very long name of a lead that goes on and on")

    assert await ana.page.evaluate("document.documentElement.scrollWidth") <= 390
    await ana.page.locator("#board-filter").tap()
    # A click that the bar at the bottom would take instead is refused here.
    await ana.page.locator(".ll-pop .ll-check").last.click()


async def test_a_phone_opens_on_the_first_column_with_leads_of_its_viewer(look: Open, leads: Database):
    await add_lead("Nobody's")
    await add_lead("Sofía Castañeda", stage="working", owner_id=await _id_of(ANA))
    ana = await look(ANA, **PHONE)

    await ana.page.get_by_role("tab", name="Working", selected=True).wait_for()
    assert await ana.page.evaluate("document.querySelector('.ll-board').scrollLeft") > 600
