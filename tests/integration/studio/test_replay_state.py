"""What the replay page asks the server, and what it gets back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa

from app.database import transaction
from app.studio import replay_runs, replay_work
from app.studio.replay_page import replay_page
from app.studio.replay_state import NOT_READ, ReplayState
from app.team.viewer import Viewer
from tests.integration.studio.tab import Tab

NewTab = Callable[[Viewer | None], Tab]


@pytest.fixture
def open_tab(monkeypatch: pytest.MonkeyPatch) -> NewTab:
    return partial(Tab, monkeypatch, ReplayState)


@pytest.mark.parametrize(("event", "arguments"), [("refresh", ()), ("start", ({},)), ("cancel", (1,))])
async def test_a_stranger_is_sent_to_sign_in_and_told_nothing(open_tab: NewTab, mara: Viewer, event, arguments):
    tab = open_tab(None)

    assert await tab.ask(event, *arguments) == {}
    assert "/sign-in" in str(tab.went)


async def test_a_consultant_is_told_that_replays_are_run_by_managers(open_tab: NewTab, ana: Viewer):
    tab = open_tab(ana)

    shown = await tab.ask("refresh")
    await tab.ask("start", {"sample": "5"})

    assert shown["denied"] == replay_runs.NOT_ALLOWED
    assert "runs" not in shown
    assert tab.state.wrong == replay_runs.NOT_ALLOWED


async def test_a_manager_starts_a_run_sees_it_and_cancels_it(open_tab: NewTab, mara: Viewer):
    tab = open_tab(mara)
    assert (await tab.ask("refresh"))["runs"] == []

    shown = await tab.ask("start", {"source": "shipped", "sample": "5", "method": "rules", "evasions": "1"})
    assert [(row["status"], row["said"]) for row in shown["runs"]] == [("Waiting", "Waits for the worker")]
    assert shown["run"]["id"] == tab.state.opened
    assert "rp-runs" in str(tab.went), "on a phone the run is brought into sight"

    shown = await tab.ask("cancel", shown["runs"][0]["id"])
    assert shown["runs"][0]["status"] == "Cancelled"
    assert not shown["runs"][0]["going"]


async def test_the_result_of_the_opened_run_is_shown(open_tab: NewTab, mara: Viewer):
    tab = open_tab(mara)
    run_id = (await tab.ask("start", {"sample": "3", "hot_within": "90d"}))["run"]["id"]
    await replay_work.carry_out(run_id, last_try=True)

    shown = await tab.ask("refresh")

    assert shown["run"]["ready"]
    assert {figure["name"] for figure in shown["run"]["figures"]} >= {"Temperature unchanged", "Risk agrees"}
    assert len(shown["run"]["tables"]) == 2
    assert (await tab.ask("open", run_id))["run"]["id"] == run_id


async def test_a_result_of_an_earlier_version_hides_no_other_run(open_tab: NewTab, mara: Viewer):
    tab = open_tab(mara)
    run_id = (await tab.ask("start", {"sample": "3", "hot_within": "90d"}))["run"]["id"]
    async with transaction() as db:
        await db.execute(sa.text("""update replay_run set status = 'done', result = '{"chats": 3}'"""))

    shown = await tab.ask("refresh")

    assert [row["id"] for row in shown["runs"]] == [run_id]
    assert not shown["run"]["ready"]
    assert "earlier version" in shown["run"]["note"]


async def test_it_is_said_how_many_stored_chats_may_be_read(open_tab: NewTab, mara: Viewer):
    tab = open_tab(mara)
    assert (await tab.ask("refresh"))["stored"] == ""

    tab.state.choose_source("stored")
    assert (await tab.ask("refresh"))["stored"].startswith("0 finished conversations may be read: of whoever")
    tab.state.choose("llm")
    assert "whose yes is recorded" in (await tab.ask("refresh"))["stored"]


async def test_what_is_wrong_with_a_form_is_said_and_nothing_is_started(open_tab: NewTab, mara: Viewer):
    tab = open_tab(mara)

    shown = await tab.ask("start", {"method": "llm"})

    assert tab.state.wrong == "A model needs a budget: say the most that the run may cost."
    assert shown["runs"] == []
    await tab.ask("cancel", 77)
    assert tab.state.wrong == "There is no such run."


async def test_when_the_database_is_away_the_page_says_that_it_could_not_read(open_tab: NewTab, mara, monkeypatch):
    async def away(_viewer: Viewer) -> None:
        raise ConnectionError

    monkeypatch.setattr(replay_runs, "runs", away)

    assert (await open_tab(mara).ask("refresh"))["failed"] == NOT_READ


def test_the_fields_of_a_model_are_shown_when_it_is_chosen(open_tab: NewTab, mara: Viewer):
    tab = open_tab(mara)

    tab.state.choose("llm")
    assert tab.state.method == "llm"
    tab.state.choose("nonsense")
    assert tab.state.method == "rules"


def test_the_page_has_a_form_runs_and_a_result():
    written = str(replay_page().render())

    for words in ("What to try", "Nothing was replayed yet", "Read differently", "Most it may cost"):
        assert words in written
