"""What the Insights page sends, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.clock import FixedClock
from app.errors import NotAllowed
from app.insights import reports
from app.insights.figures import Report
from app.insights.page import insights_page
from app.insights.reports import Wish
from app.insights.state import LONG_RANGE_EVERY, NOT_READ, InsightsState
from app.settings import Settings, load_settings
from app.team.viewer import Viewer
from tests.unit.insights.reports import report

Tab = Callable[[Any, str], Any]
Sent = list[dict[str, Any]]


class Reader:
    """The reports, as far as the page uses them."""

    def __init__(self) -> None:
        self.wishes: list[Wish] = []
        self.broken: Exception | None = None

    async def read(self, viewer: Viewer, wish: Wish) -> Report:
        if not viewer.leads_team:
            raise NotAllowed("Insights are for managers.")
        if self.broken:
            raise self.broken
        self.wishes.append(wish)
        return report()


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, clock: FixedClock, settings: Settings) -> Reader:
    reader = Reader()
    monkeypatch.setattr(reports, "read", reader.read)
    return reader


def opened(tab: Tab, who: str) -> Any:
    """The page of somebody whose browser has told its time zone."""
    state = tab(InsightsState, who)
    state.zone = "UTC"
    return state


async def through(handler: Any) -> list[Any]:
    return [step async for step in handler]


async def test_a_manager_is_sent_the_figures(tab: Tab, reader: Reader, sent: Sent):
    assert await opened(tab, "mara").begin("Europe/Lisbon") is None
    assert reader.wishes == [Wish(zone="Europe/Lisbon")]
    assert sent[0]["loaded"] is True
    assert sent[0]["me"]["manager"] is True
    assert sent[0]["demo"] is True
    assert sent[0]["kpis"][0]["value"] == "6.9"


async def test_the_first_look_waits_for_the_time_zone_of_the_browser(tab: Tab, reader: Reader, sent: Sent):
    state = tab(InsightsState, "mara")
    await state.tick()
    assert reader.wishes == []
    await state.begin("America/Lima")
    assert [wish.zone for wish in reader.wishes] == ["America/Lima"]


async def test_a_browser_that_tells_no_time_zone_gets_the_days_of_the_business(tab: Tab, reader: Reader, sent: Sent):
    state = tab(InsightsState, "mara")
    await state.tick()
    await state.tick()
    assert [wish.zone for wish in reader.wishes] == [load_settings().time_zone]


async def test_a_consultant_is_refused_and_sent_no_figure(tab: Tab, reader: Reader, sent: Sent):
    state = opened(tab, "ana")
    await state.tick()
    assert await state.export() is None
    assert [set(keys) for keys in sent] == [{"me", "refused"}, {"me", "refused"}]
    assert reader.wishes == []


async def test_a_stranger_is_sent_to_the_sign_in(tab: Tab, reader: Reader, sent: Sent):
    stranger = opened(tab, "")
    assert "/sign-in" in str(await stranger.tick())
    assert "/sign-in" in str(await stranger.export())
    assert "/sign-in" in str(await through(stranger.look_back("7d")))
    assert (sent, reader.wishes) == ([], [])


async def test_what_is_chosen_is_read(tab: Tab, reader: Reader, sent: Sent):
    state = opened(tab, "mara")
    await through(state.look_back("90d"))
    await through(state.of_source("form"))
    await through(state.of_consultant("3"))
    wish = reader.wishes[-1]
    assert (wish.reach, wish.source, wish.consultant) == ("90d", "form", 3)
    assert state.busy is False


async def test_what_a_browser_makes_up_is_no_choice(tab: Tab, reader: Reader, sent: Sent):
    state = opened(tab, "mara")
    for handler, claim in (
        (state.look_back, {"not": "a range"}),
        (state.of_source, "'; drop table lead"),
        (state.of_consultant, "-1"),
    ):
        await through(handler(claim))
    await state.begin(["no", "zone"])
    assert (state.reach, state.source, state.consultant) == ("14d", "", "")
    assert len(state.zone) <= 64


async def test_ninety_days_are_read_less_often(tab: Tab, reader: Reader, sent: Sent, clock: FixedClock):
    state = opened(tab, "mara")
    await through(state.look_back("90d"))
    await state.tick()
    assert len(reader.wishes) == 1
    clock.move(seconds=LONG_RANGE_EVERY.total_seconds())
    await state.tick()
    assert len(reader.wishes) == 2
    await through(state.look_back("24h"))
    await state.tick()
    assert len(reader.wishes) == 4


async def test_figures_that_cannot_be_read_are_said_to_be_and_asked_for_again(tab: Tab, reader: Reader, sent: Sent):
    reader.broken = OSError("no connection")
    with capture_logs() as logged:
        assert await opened(tab, "mara").tick() is None
    assert sent[0]["failed"] == NOT_READ
    assert [entry["event"] for entry in logged] == ["insights_not_read"]
    reader.broken = None
    await opened(tab, "mara").tick()
    assert sent[1]["failed"] == ""


async def test_the_file_is_given_to_a_manager(tab: Tab, reader: Reader, sent: Sent):
    given = str(await opened(tab, "mara").export())
    assert "leadline-insights-14d-2026-11-23.csv" in given
    assert "data:text/csv" in given


async def test_no_figure_is_kept_in_state(tab: Tab, reader: Reader, sent: Sent):
    state = opened(tab, "mara")
    await state.tick()
    assert "Ana Ribeiro" not in str(state.dict())


def test_each_panel_of_the_page_tells_its_formula_and_its_view():
    page = str(insights_page())
    for view in ("lead_journey", "interview", "entitlement", "assignment", "business_event", "delivery", "verdict"):
        assert view in page
    for formula in ("reached(stage)", "Wilson interval", "first human message", "facts known"):
        assert formula in page
