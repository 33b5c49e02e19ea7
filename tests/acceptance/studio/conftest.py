"""The whole program, and managers who shape what its agent says."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.leadline import RunningLeadline

PASSWORD = "leadline-demo"
PATIENCE = 20_000

expect.set_options(timeout=PATIENCE)


@dataclass
class Studio:
    """The playbook page in one window."""

    page: Page
    errors: list[str] = field(default_factory=list[str])

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=re.compile(f"^{name}"))

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    async def say(self, text: str) -> None:
        """Write as a lead, and wait for the answer."""
        answers = await self.log.locator(".bub.agent").count()
        box = self.page.get_by_role("textbox", name="Write as a lead")
        await box.fill(text)
        await box.press("Enter")
        await expect(self.log.locator(".bub.agent")).to_have_count(answers + 1)

    async def publish(self, note: str) -> None:
        """Publish the draft, and wait until it is said."""
        await self.page.get_by_role("button", name="Publish", exact=True).click()
        dialog = self.page.get_by_role("dialog")
        await dialog.get_by_label("Note").fill(note)
        await dialog.get_by_role("button", name="Publish").click()
        await expect(self.page.get_by_text(re.compile(r"Version \d+ is published"))).to_be_visible()


Sit = Callable[..., Awaitable[Studio]]


@pytest.fixture
async def sit_down(browser: Browser, running_leadline: RunningLeadline) -> AsyncIterator[Sit]:
    """Opens the playbook page as one of the demo's people; in the end no page may have broken."""
    studios: list[Studio] = []

    async def sit(who: str = "mara", **options: Any) -> Studio:
        context = await browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        studio = Studio(await context.new_page())
        studio.page.on("pageerror", lambda error: studio.errors.append(str(error)))
        studio.page.on("dialog", lambda dialog: dialog.accept())
        studios.append(studio)
        form: dict[str, str | float | bool] = {"email": f"{who}@leadline.demo", "password": PASSWORD}
        url = running_leadline.web
        await context.request.post(f"{url}/api/sign-in", form=form, headers={"Origin": url})
        await studio.page.goto(f"{url}/playbook")
        return studio

    yield sit
    for studio in studios:
        await studio.page.context.close()
    assert [error for studio in studios for error in studio.errors] == []
