"""The brief and the verdict over the whole program: what a consultant reads first, and one click that counts."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.acceptance.drawer.conftest import NewPhone, Sit

pytestmark = pytest.mark.needs("chromium")


async def test_one_click_changes_the_card_and_the_brief_waits_for_whoever_gets_the_lead(
    sit_down: Sit, new_phone: NewPhone
):
    phone = await new_phone("Rosalind Hart")
    mara, ana = await sit_down("mara"), await sit_down("ana")
    await phone.write("I want to book the evening English course next week, but it is too expensive for me")
    card = mara.card("Rosalind Hart")
    await expect(card.locator(".temp")).to_have_text(re.compile("HOT|WARM|COLD"))
    await mara.open("Rosalind Hart")
    await mara.give_to("Ana Ribeiro")

    await ana.open("Rosalind Hart")
    pinned = ana.drawer.get_by_role("region", name="Handoff brief")
    await expect(pinned).to_contain_text("too expensive for me")
    await pinned.get_by_role("button", name="Use this message").click()
    await expect(ana.box).to_have_value(re.compile("I am Ana from"))
    await ana.insist()
    await expect(pinned.get_by_role("button", name="Use this message")).to_have_count(0)
    await expect(pinned).to_contain_text("too expensive for me")

    verdict = mara.drawer.get_by_role("group", name="Your verdict on the temperature")
    was = await card.locator(".temp").inner_text()
    said = "COLD" if "COLD" not in was else "WARM"
    await verdict.get_by_role("button", name=said).click()
    await expect(card.locator(".temp")).to_contain_text(said)
    await expect(card.get_by_title("Mara Lindqvist said so")).to_be_visible()
    await expect(verdict.get_by_role("button", name=said)).to_have_attribute("aria-pressed", "true")

    await mara.drawer.get_by_role("heading", level=2).focus()
    await mara.page.keyboard.press("v")
    await mara.page.keyboard.press("h")
    await expect(card.locator(".temp")).to_contain_text("HOT")
    await mara.drawer.get_by_role("button", name="Take back").click()
    await expect(card.get_by_title("Mara Lindqvist said so")).to_have_count(0)
    await expect(card.locator(".temp")).to_have_text(was)
