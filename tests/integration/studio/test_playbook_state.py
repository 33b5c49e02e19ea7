"""What the playbook page asks the server, and what it gets back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from app.qualification import published
from app.qualification.playbook import text_of
from app.qualification.playbook_text import read
from app.studio.playbook_state import NOT_READ, PlaybookState
from app.team.viewer import Viewer
from tests.integration.studio.tab import Tab

SCHOOL = text_of("school")
BLUE = SCHOOL.replace("Aurora Languages", "Blue Door School")
RED = SCHOOL.replace("Aurora Languages", "Red Door School")


class Page(Tab):
    """The playbook page: it answers under one key, whatever its name."""

    async def ask(self, event: str, *arguments: Any) -> dict[str, Any]:
        """Send an event; returns the answer."""
        return next(iter((await super().ask(event, *arguments)).values()), {})

    async def load(self) -> dict[str, Any]:
        """Open the page; returns everything that was sent."""
        return await super().ask("load")


NewTab = Callable[[Viewer | None], Page]


@pytest.fixture
def open_tab(monkeypatch: pytest.MonkeyPatch) -> NewTab:
    return partial(Page, monkeypatch, PlaybookState)


async def test_a_stranger_is_sent_to_sign_in_and_told_nothing(open_tab: NewTab, mara: Viewer):
    tab = open_tab(None)

    assert await tab.load() == {}
    assert "/sign-in" in str(tab.went)
    for event in ("look", "save", "publish", "open", "compare", "play"):
        assert await tab.ask(event, {"nr": 1, "text": SCHOOL}) == {}
        assert "/sign-in" in str(tab.went)


async def test_a_consultant_is_told_whom_to_ask(open_tab: NewTab, ana: Viewer):
    tab = open_tab(ana)

    assert set(await tab.load()) == {"me", "denied"}
    for event in ("look", "save", "publish", "open", "compare", "play"):
        assert (await tab.ask(event, {"nr": 1, "text": SCHOOL}))["why"] == "refused"


async def test_a_manager_sees_the_file_until_something_is_saved(open_tab: NewTab, mara: Viewer):
    studio = (await open_tab(mara).load())["studio"]

    assert (studio["base"], studio["text"], studio["versions"], studio["problems"]) == (0, SCHOOL, [], [])
    assert [language["code"] for language in studio["form"]["languages"]] == ["en", "pt", "es"]
    names = [manner["name"] for group in studio["form"]["groups"] for manner in group["manners"]]
    assert sorted(names) == sorted(studio["form"]["usual"])


async def test_a_page_that_cannot_be_read_says_so(open_tab: NewTab, mara: Viewer, monkeypatch: pytest.MonkeyPatch):
    async def broken(_viewer: Viewer) -> None:
        raise OSError

    monkeypatch.setattr(published, "versions", broken)
    tab = open_tab(mara)

    assert (await tab.load())["failed"] == NOT_READ
    assert (await tab.ask("save", {"nr": 1, "text": BLUE}))["why"] == "failed"


async def test_a_draft_is_checked_and_answers(open_tab: NewTab, mara: Viewer):
    said = await open_tab(mara).ask("look", {"nr": 3, "text": BLUE, "lines": ["Olá, tudo bem?", 7, " "]})

    assert (said["ok"], said["nr"], said["problems"], said["lines"]) == (True, 3, [], ["Olá, tudo bem?"])
    assert "Blue Door School" in said["turns"][0]["reply"]


async def test_a_mistake_comes_back_with_its_place_and_the_text_is_kept(open_tab: NewTab, mara: Viewer):
    broken = BLUE.replace("    required: false\n", "    required: perhaps\n")

    said = await open_tab(mara).ask("look", {"nr": 1, "text": broken, "lines": ["hi"]})

    assert (said["text"], said["turns"]) == (broken, [])
    assert said["problems"][0]["path"] == ["questions", 6, "required"]


async def test_what_the_form_says_becomes_yaml(open_tab: NewTab, mara: Viewer):
    data = read(SCHOOL).data
    data["questions"][0]["required"] = False
    data["assistant"] = None

    said = await open_tab(mara).ask("look", {"nr": 1, "data": data})

    assert "required: false" in said["text"]
    assert "version" not in said["data"], "the number under which it is saved is its version"
    assert [problem["name"] for problem in said["problems"]] == ["assistant"]


async def test_a_draft_is_saved_and_published_and_the_list_follows(open_tab: NewTab, mara: Viewer):
    tab = open_tab(mara)

    saved = await tab.ask("save", {"nr": 1, "text": BLUE, "base": 0, "note": "blue"})
    assert [(row["number"], row["note"], row["published"]) for row in saved["versions"]] == [(1, "blue", False)]
    assert saved["draft"] == BLUE

    out = await tab.ask("save", {"nr": 2, "text": RED, "base": 1, "seen": 0, "publish": True})
    assert (out["ok"], out["number"]) == (True, 2)
    assert (await published.current()).business_name == "Red Door School"

    back = await tab.ask("publish", {"nr": 3, "number": 1, "seen": 2})
    assert [row["number"] for row in back["versions"] if row["published"]] == [1]
    assert "draft" not in back, "the draft stays what it is"


async def test_what_cannot_be_published_is_saved_all_the_same(open_tab: NewTab, mara: Viewer):
    said = await open_tab(mara).ask("save", {"nr": 1, "text": "id: [", "base": 0, "publish": True})

    assert (said["ok"], said["number"]) == (False, 1)
    assert "Line 1" in said["text"]
    assert await published.text(mara, 1) == "id: ["


async def test_who_was_overtaken_sees_what_the_other_changed(open_tab: NewTab, mara: Viewer, bruno: Viewer):
    await published.save(bruno, published.Draft(BLUE, 0))

    said = await open_tab(mara).ask("save", {"nr": 1, "text": RED, "base": 0})

    assert (said["why"], said["number"], said["by"]) == ("stale", 1, "Bruno Costa")
    assert [row["name"] for row in said["rows"]] == ["business_name"]
    assert said["both"]["clashes"] == ["business_name"]
    assert said["both"]["problems"] == []

    await published.save(bruno, published.Draft(SCHOOL, 1))
    later = await open_tab(mara).ask("save", {"nr": 2, "text": RED, "base": 1})
    assert [part["text"] for part in later["rows"][0]["parts"] if part["kind"] == "new"] == ["Aurora Languages"]


async def test_a_publication_that_was_overtaken_is_refused_with_the_new_list(
    open_tab: NewTab, mara: Viewer, bruno: Viewer
):
    await published.publish_text(bruno, BLUE, "")

    said = await open_tab(mara).ask("publish", {"nr": 1, "number": 1, "seen": 0})

    assert (said["why"], said["versions"][0]["published"]) == ("refused", True)


async def test_versions_and_shipped_playbooks_are_opened_and_compared(open_tab: NewTab, mara: Viewer):
    tab = open_tab(mara)
    await published.save(mara, published.Draft(BLUE, 0))
    await published.save(mara, published.Draft(RED, 1))

    assert (await tab.ask("open", {"nr": 1, "number": 1}))["text"] == BLUE
    assert "id: solar" in (await tab.ask("open", {"nr": 2, "name": "solar"}))["text"]
    assert (await tab.ask("open", {"nr": 3, "number": 9}))["why"] == "refused"
    assert len((await tab.ask("compare", {"nr": 4, "before": 1, "after": 2}))["rows"]) == 1
    assert (await tab.ask("compare", {"nr": 5, "before": 2, "text": RED}))["rows"] == []
    assert len((await tab.ask("compare", {"nr": 6, "text": RED}))["rows"]) == 1, "0 is what ships"


async def test_leads_are_played_against_the_draft(open_tab: NewTab, mara: Viewer):
    tab = open_tab(mara)

    said = await tab.ask("play", {"nr": 1, "text": SCHOOL})
    assert said["ok"]
    assert said["got"] <= said["of"]
    assert {"temper", "turns", "stuck"} <= set(said["rows"][0])

    assert (await tab.ask("play", {"nr": 2, "text": "id: ["}))["why"] == "refused"


@pytest.mark.parametrize(
    "wish",
    [
        None,
        "text",
        {"nr": 1},
        {"nr": 1, "text": "x" * 600_000},
        {"nr": 1, "text": SCHOOL, "base": -1},
        {"nr": 1, "text": SCHOOL, "base": "one"},
        {"nr": 1, "text": SCHOOL, "base": True},
        {"nr": 1, "data": {"a": {"b": [[[[[[[[[[["deep"]]]]]]]]]]]}}},
    ],
)
async def test_whatever_else_a_browser_sends_is_refused(open_tab: NewTab, mara: Viewer, wish: Any):
    assert (await open_tab(mara).ask("save", wish))["ok"] is False
    assert await published.versions(mara) == []


async def test_nothing_is_kept_in_the_state(open_tab: NewTab, mara: Viewer):
    tab = open_tab(mara)
    await tab.load()
    await tab.ask("look", {"nr": 1, "text": BLUE, "lines": ["hi"]})

    assert "Door" not in str(tab.state.dict())
    assert "Aurora" not in str(tab.state.dict())
