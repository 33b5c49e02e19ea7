"""A manager tries a change over conversations that are there already, and sees what it would do."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.acceptance.studio.conftest import Sit

pytestmark = pytest.mark.needs("chromium")


async def test_a_change_is_tried_over_the_shipped_chats_and_shows_what_it_moves(sit_down: Sit):
    mara = await sit_down()
    await mara.field("Name of the assistant").fill("Lena")
    await mara.button("Save draft").click()
    await mara.page.get_by_role("link", name="Try on stored chats").click()
    await expect(mara.field("Playbook")).not_to_have_value("0")
    await expect(mara.field("Conversations")).to_have_value("stored")
    await mara.field("Playbook").select_option("The one that runs")
    await mara.field("Conversations").select_option("Shipped with Leadline, invented and labelled")

    await mara.button("Replay").click()
    await expect(mara.page.get_by_role("alert")).to_contain_text("Nothing is changed yet")

    await mara.field("HOT up to").select_option("90 days")
    await mara.field("How many").fill("12")
    await mara.button("Replay").click()

    run = mara.page.get_by_role("region", name="Result of the run")
    await expect(run).to_contain_text("HOT within 90 days")
    await expect(run.locator(".rp-misses li").first).to_contain_text(re.compile("Temperature.*WARM.*HOT"))
    await expect(run.get_by_role("cell").filter(has_text=re.compile("^[1-9]")).first).to_be_visible()
    await expect(mara.page.get_by_role("list", name="Runs")).to_contain_text("12 of 12 conversations")
