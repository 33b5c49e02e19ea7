"""What the Status page sends, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.clock import FixedClock
from app.errors import NotAllowed
from app.settings import Settings
from app.status import state as module
from app.status.finding import Finding, fail, ok, warn
from app.status.page import status_page
from app.status.state import NOT_LOOKED, StatusState
from app.team.viewer import Viewer

Tab = Callable[[Any, str], Any]
Sent = list[dict[str, Any]]


class House:
    """What the checks find."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.looks = 0
        self.found: list[Finding] = [ok("Database", "PostgreSQL answers.", "2 ms")]
        self.broken: Exception | None = None

    async def overview(self, viewer: Viewer, checks: object) -> tuple[object, list[Finding]]:
        if not viewer.leads_team:
            raise NotAllowed("The status is for managers.")
        if self.broken:
            raise self.broken
        self.looks += 1
        return self.clock.now(), self.found


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch, clock: FixedClock, settings: Settings) -> House:
    house = House(clock)
    monkeypatch.setattr(module, "overview", house.overview)
    return house


async def test_a_manager_is_told_what_needs_somebody_first(tab: Tab, house: House, sent: Sent):
    house.found += [
        warn("Disk", "It fills up.", advice="Make room."),
        fail("Workers", "None runs.", advice="Start one."),
    ]
    assert await tab(StatusState, "mara").refresh() is None
    assert [check["title"] for check in sent[0]["checks"]] == ["Workers", "Disk", "Database"]
    assert (sent[0]["verdict"], sent[0]["summary"]) == ("fail", "Something is broken")
    assert sent[0]["looked_at"] == int(house.clock.now().timestamp() * 1000)


async def test_a_consultant_is_told_nothing(tab: Tab, house: House, sent: Sent):
    await tab(StatusState, "ana").refresh()
    assert [set(keys) for keys in sent] == [{"me", "refused"}]


async def test_a_stranger_is_sent_to_the_sign_in(tab: Tab, house: House, sent: Sent):
    stranger = tab(StatusState, "")
    assert "/sign-in" in str(await stranger.refresh())
    assert "/sign-in" in str([step async for step in stranger.look_now()])
    assert (sent, house.looks) == ([], 0)


async def test_a_look_that_fails_says_so(tab: Tab, house: House, sent: Sent):
    house.broken = OSError("no file handles")
    with capture_logs() as logged:
        await tab(StatusState, "mara").refresh()
    assert sent[0]["failed"] == NOT_LOOKED
    assert [entry["event"] for entry in logged] == ["status_not_looked_at"]


async def test_looking_now_is_shown_while_it_lasts(tab: Tab, house: House, sent: Sent):
    state = tab(StatusState, "mara")
    steps = state.look_now()
    await anext(steps)
    assert state.looking is True
    assert [step async for step in steps] == [None]
    assert (state.looking, house.looks) == (False, 1)


def test_the_page_names_the_runbooks():
    assert "docs/runbooks/" in str(status_page())
