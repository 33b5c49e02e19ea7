"""A manager shapes the playbook: edits, tries it, publishes, goes back; nobody's text is lost."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.acceptance.studio.conftest import Sit

pytestmark = pytest.mark.needs("chromium")

ASKED = "Who decides, asked first"
NEW = "¿Decides tú, o alguien contigo?"


async def test_a_question_is_edited_tried_published_and_taken_back(sit_down: Sit):
    mara = await sit_down()
    await mara.button("Español").click()

    await mara.field(ASKED).fill("¿Decides tú, {nombre}?")
    await expect(mara.page.get_by_text("{nombre}, which is no placeholder").first).to_be_visible()
    await expect(mara.page.get_by_role("button", name="Publish", exact=True)).to_be_disabled()

    await mara.field(ASKED).fill(NEW)
    await mara.say("Hola, me llamo Lucía Ferrer y busco un curso de inglés")
    await expect(mara.log.get_by_text("Noted:").first).to_contain_text("Lucía Ferrer")
    await mara.say("Vivo en Sevilla, quiero empezar esta semana, hasta 300 euros al mes")
    await expect(mara.log.locator(".bub.agent").last).to_contain_text(NEW)

    await mara.field(ASKED).fill(f"Una cosa más. {NEW}")
    await expect(mara.log.locator(".bub.agent").last).to_contain_text(f"Una cosa más. {NEW}")

    await mara.publish("Shorter in Spanish")
    await mara.button("Versions").click()
    newest = mara.page.locator(".st-versions li").first
    await expect(newest).to_contain_text("Runs now")
    await expect(newest).to_contain_text("Shorter in Spanish")

    await mara.button("School enrolment").click()
    await expect(mara.page.get_by_text("The draft is the playbook")).to_be_visible()
    await mara.publish("As it ships")
    await mara.button("Versions").click()
    await expect(mara.page.locator(".st-versions li").nth(1)).to_contain_text("Ran before")
    await mara.button("Roll back to it").first.click()
    await expect(mara.page.get_by_role("dialog").locator("ins").first).to_be_visible()
    await mara.page.keyboard.press("Escape")
    await expect(newest).to_contain_text("As it ships")


async def test_who_was_overtaken_keeps_the_text_and_sees_what_changed(sit_down: Sit):
    mara, also_mara = await sit_down(), await sit_down()
    await also_mara.field("Name of the assistant").fill("Lisa")
    await also_mara.field("Business name").fill("Blue Door School")
    await mara.field("Name of the assistant").fill("Lena")

    await also_mara.page.keyboard.press("Control+s")
    await expect(also_mara.page.get_by_text(re.compile(r"Saved as version \d+"))).to_be_visible()
    await mara.button("Save draft").click()

    warning = mara.page.get_by_role("alert")
    await expect(warning).to_contain_text("was quicker")
    await expect(warning.locator("ins")).to_have_text(["Blue Door School", "Lisa"])
    await expect(mara.field("Name of the assistant")).to_have_value("Lena")
    await mara.button("Put both together").click()
    await expect(mara.page.get_by_text("yours stands: assistant")).to_be_visible()
    await expect(mara.field("Business name")).to_have_value("Blue Door School")
    await expect(mara.field("Name of the assistant")).to_have_value("Lena")


async def test_unsaved_changes_survive_the_window_and_yaml_says_the_same(sit_down: Sit):
    mara = await sit_down()
    await mara.field("Business name").fill("Green Door School")
    await expect(mara.page.get_by_text("unsaved changes")).to_be_visible()
    await mara.say("Hi, I saw your ad")
    await expect(mara.log).to_contain_text("Green Door School")
    await mara.page.reload()

    await expect(mara.page.get_by_text("not saved last time")).to_be_visible()
    await mara.button("YAML").click()
    await expect(mara.page.get_by_label("The playbook as YAML")).to_have_value(
        re.compile("business_name: Green Door School")
    )
    await mara.button("Discard").first.click()
    await expect(mara.page.get_by_text("unsaved changes")).to_have_count(0)


async def test_leads_play_against_the_draft_on_a_phone(sit_down: Sit):
    mara = await sit_down(viewport={"width": 390, "height": 844})
    await mara.page.get_by_role("tab", name="Preview").click()
    await mara.button("Play leads").click()
    await mara.button("Play 24 leads").click()

    await expect(mara.page.get_by_text("talks to the end")).to_be_visible()
    await expect(mara.page.locator(".st-cast details")).to_have_count(24)
    await mara.page.locator(".st-cast summary").first.click()
    await expect(mara.page.locator(".st-talk .bub.agent").first).to_be_visible()


async def test_a_consultant_is_told_whom_to_ask(sit_down: Sit):
    ana = await sit_down("ana")

    await expect(ana.page.get_by_text("The playbook is shaped by managers")).to_be_visible()
    await expect(ana.page.get_by_role("textbox")).to_have_count(0)
