"""The drawer over the whole program: a lead on a phone, consultants at their screens."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.acceptance.drawer.conftest import NewPhone, Sit

pytestmark = pytest.mark.needs("chromium")


async def test_a_message_appears_by_itself_and_a_reply_reaches_the_phone(sit_down: Sit, new_phone: NewPhone):
    phone = await new_phone("Sofia Castaneda")
    mara = await sit_down("mara")
    await mara.open("Sofia Castaneda")

    await phone.write("Can you call me this afternoon?")
    await expect(mara.chat.get_by_text("Can you call me this afternoon?")).to_be_visible()

    await mara.box.fill("I will call you at 16:30")
    await mara.box.press("Control+Enter")
    sent = mara.chat.locator(".bub.out", has_text="I will call you at 16:30")
    await expect(sent).to_be_visible()
    await phone.read("I will call you at 16:30")
    await expect(sent.get_by_role("img", name=re.compile("Delivered|Read"))).to_be_visible()
    await expect(mara.box).to_have_value("")
    await expect(mara.drawer.get_by_text("Agent paused")).to_be_visible()


async def test_a_note_is_seen_by_the_team_and_never_sent(sit_down: Sit, new_phone: NewPhone):
    phone = await new_phone("Tom Hadley")
    mara, ana = await sit_down("mara"), await sit_down("ana")
    await mara.open("Tom Hadley")
    await ana.open("Tom Hadley")

    await mara.page.keyboard.press("n")
    await mara.box.fill("15% was approved in May")
    await mara.box.press("Control+Enter")

    await expect(ana.chat.locator(".ll-note", has_text="15% was approved in May")).to_contain_text("Mara")
    assert "15% was approved in May" not in await phone.texts()


async def test_whoever_loses_a_lead_loses_sight_of_it(sit_down: Sit, new_phone: NewPhone):
    await new_phone("Elena Marchetti")
    mara, ana = await sit_down("mara"), await sit_down("ana")
    await ana.open("Elena Marchetti")
    await expect(ana.chat.get_by_text("Hello, I would like to know more")).to_be_visible()

    await mara.open("Elena Marchetti")
    await mara.give_to("Bruno Costa")

    await expect(ana.drawer.get_by_text("This lead cannot be shown")).to_be_visible()
    await expect(ana.page.get_by_text("Hello, I would like to know more")).to_have_count(0)


async def test_a_draft_waits_for_its_lead(sit_down: Sit, new_phone: NewPhone):
    await new_phone("Draft One")
    await new_phone("Draft Two")
    ana = await sit_down("ana")
    await ana.open("Draft One")
    await ana.box.fill("Half a sentence")
    await ana.open("Draft Two")
    await expect(ana.box).to_have_value("")
    await ana.open("Draft One")
    await expect(ana.box).to_have_value("Half a sentence")


async def test_the_agent_is_paused_and_given_back(sit_down: Sit, new_phone: NewPhone):
    await new_phone("Given Back")
    ana = await sit_down("ana")
    await ana.open("Given Back")
    await ana.drawer.get_by_role("button", name="Take over").click()
    await expect(ana.drawer.get_by_text("Agent paused")).to_be_visible()
    await ana.drawer.get_by_role("button", name="Return to agent").click()
    await expect(ana.drawer.get_by_text("The agent answers.")).to_be_visible()


async def test_a_lead_that_asked_for_peace_can_only_be_noted(sit_down: Sit, new_phone: NewPhone):
    await new_phone("Left Alone")
    ana = await sit_down("ana")
    await ana.open("Left Alone")
    await ana.drawer.get_by_role("button", name="More actions").click()
    await ana.page.get_by_role("menuitem", name="The lead asked us to stop").click()
    await expect(ana.drawer.get_by_text("Nobody writes.")).to_be_visible()
    await expect(ana.drawer.get_by_role("tab", name="Reply")).to_be_disabled()
    await expect(ana.box).to_have_attribute("aria-label", "Internal note, never sent")


async def test_the_stage_changes_in_the_drawer_and_on_the_board(sit_down: Sit, new_phone: NewPhone):
    await new_phone("Mateus Oliveira")
    mara = await sit_down("mara")
    await mara.open("Mateus Oliveira")
    await mara.drawer.get_by_label("Stage").select_option("working")
    await expect(mara.drawer.locator(".ll-select", has_text="Working").first).to_be_visible()
    await expect(mara.page.locator("section[data-stage=working]").get_by_text("Mateus Oliveira")).to_be_visible()


async def test_the_drawer_is_led_by_keys(sit_down: Sit, new_phone: NewPhone):
    await new_phone("Key One")
    await new_phone("Key Two")
    ana = await sit_down("ana")
    await expect(ana.card("Key One")).to_be_visible()
    await expect(ana.card("Key Two")).to_be_visible()
    await ana.open("Key Two")
    heading = ana.drawer.get_by_role("heading", level=2)
    await expect(heading).to_be_focused()

    await ana.page.keyboard.press("j")
    await expect(heading).not_to_have_text("Key Two")
    await ana.page.keyboard.press("u")
    await expect(heading).to_have_text("Key Two")
    await ana.page.keyboard.type("rtake june")
    await expect(ana.box).to_have_value("take june")
    await ana.page.keyboard.press("Escape")
    await expect(ana.drawer).to_be_visible()
    await ana.page.keyboard.press("Escape")
    await expect(ana.drawer).to_have_count(0)
    await expect(ana.card("Key Two")).to_be_focused()


async def test_an_open_lead_is_there_again_after_a_reload(sit_down: Sit, new_phone: NewPhone):
    phone = await new_phone("Still Here")
    ana = await sit_down("ana")
    await ana.open("Still Here")
    await ana.page.reload()
    await expect(ana.drawer.get_by_role("heading", level=2)).to_have_text("Still Here")
    await phone.write("And I am still here too")
    await expect(ana.chat.get_by_text("And I am still here too")).to_be_visible()


async def test_a_server_that_began_anew_shows_the_lead_that_the_tab_remembers(sit_down: Sit, new_phone: NewPhone):
    await new_phone("Not Forgotten")
    ana = await sit_down("ana")
    await ana.open("Not Forgotten")
    # Under another name the server knows nothing of this tab, as after a restart.
    await ana.page.evaluate("sessionStorage.removeItem('token')")
    await ana.page.reload()
    await expect(ana.drawer.get_by_role("heading", level=2)).to_have_text("Not Forgotten")


async def test_without_a_line_nothing_is_queued_and_nothing_is_lost(sit_down: Sit, new_phone: NewPhone):
    phone = await new_phone("Far Away")
    ana = await sit_down("ana")
    wire = await ana.wired()
    await ana.open("Far Away")
    await wire.cut(ana.page.context)
    await expect(ana.drawer.get_by_text("No line to the server.")).to_be_visible()
    await ana.drawer.get_by_role("button", name="Take over").click()
    await ana.box.fill("Good morning")
    await ana.box.press("Control+Enter")
    await expect(ana.drawer.get_by_role("alert")).to_contain_text("Your text is kept")

    await wire.join(ana.page.context)
    await expect(ana.drawer.get_by_text("No line to the server.")).to_have_count(0)
    await expect(ana.drawer.get_by_text("The agent answers.")).to_be_visible()
    await expect(ana.box).to_have_value("Good morning")
    await ana.insist()
    await phone.read("Good morning")
    assert (await phone.texts()).count("Good morning") == 1

    await wire.cut(ana.page.context)
    await ana.drawer.get_by_role("button", name="Close").click()
    await expect(ana.drawer).to_have_count(0)
    await expect(ana.card("Far Away")).not_to_have_class(re.compile("is-open"))
    await wire.join(ana.page.context)
    await expect(ana.page.get_by_text("Live", exact=True)).to_be_visible()
    await expect(ana.drawer).to_have_count(0)
    await ana.open("Far Away")


async def test_a_reply_whose_answer_was_lost_is_written_once_and_leaves_the_box(sit_down: Sit, new_phone: NewPhone):
    phone = await new_phone("Lost Answer")
    ana = await sit_down("ana")
    wire = await ana.wired()
    await ana.open("Lost Answer")
    wire.swallow = "drawer_state.send"
    await ana.box.fill("Only once")
    await ana.box.press("Control+Enter")
    await expect(ana.chat.locator(".bub.out", has_text="Only once")).to_be_visible()
    await expect(ana.box).to_have_value("")
    await phone.read("Only once")
    assert (await phone.texts()).count("Only once") == 1
    assert not wire.swallow


async def test_a_manager_erases_a_lead_after_a_question(sit_down: Sit, new_phone: NewPhone):
    await new_phone("To Be Forgotten")
    mara = await sit_down("mara")
    await mara.open("To Be Forgotten")
    for answer in ("Keep", "Erase for good"):
        await mara.drawer.get_by_role("button", name="More actions").click()
        await mara.page.get_by_role("menuitem", name="Erase for good").click()
        question = mara.page.get_by_role("alertdialog")
        await expect(question).to_contain_text("What stays")
        await question.get_by_role("button", name=answer).click()
        await expect(question).to_have_count(0)
    await expect(mara.drawer).to_have_count(0)
    await expect(mara.card("To Be Forgotten")).to_have_count(0)


async def test_after_signing_out_nothing_of_a_lead_stays_in_the_tab(sit_down: Sit, new_phone: NewPhone):
    await new_phone("Private Person")
    ana = await sit_down("ana")
    await ana.open("Private Person")
    await ana.page.evaluate("void fetch('/api/sign-out', { method: 'POST' })")
    await ana.page.wait_for_url(re.compile("/sign-in"))

    frames: list[str] = []
    ana.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(str(frame))))
    await ana.page.reload()
    await expect(ana.page.get_by_text("Demo: look around as")).to_be_visible()
    assert frames
    assert "Private Person" not in "".join(frames)


async def test_on_a_phone_chat_record_and_timeline_share_the_screen(sit_down: Sit, new_phone: NewPhone):
    await new_phone("Pocket Lead")
    ana = await sit_down("ana", viewport={"width": 390, "height": 844}, has_touch=True)
    await ana.page.get_by_role("tab", name=re.compile("New|Qualifying")).first.click()
    await expect(ana.card("Pocket Lead").first).to_be_attached()
    await ana.open("Pocket Lead")
    await expect(ana.chat).to_be_visible()
    await ana.drawer.get_by_role("tab", name="Record").first.click()
    await expect(ana.drawer.get_by_role("heading", name="Facts")).to_be_visible()
    await expect(ana.chat).to_be_hidden()
    await ana.drawer.get_by_role("tab", name="Timeline").first.click()
    await expect(ana.drawer.get_by_text("First seen")).to_be_visible()
    await ana.drawer.get_by_role("button", name="Back to board").click()
    await expect(ana.drawer).to_have_count(0)
