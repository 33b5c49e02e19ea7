"""How the studio's pages are put together."""

from __future__ import annotations

from app.studio.playbook_page import playbook_page
from app.studio.tabs import studio_tabs


def test_the_tab_of_the_page_one_is_on_is_marked():
    for here, address in (("Playbook", "/playbook"), ("Replay", "/playbook/replay")):
        playbook, replay = studio_tabs(here).children
        marked = [tab for tab in (playbook, replay) if "aria-current" in tab.custom_attrs]
        assert [str(tab.to) for tab in marked] == [f'"{address}"']


def test_the_page_asks_the_server_by_its_events_alone():
    page = str(playbook_page())

    assert "jsx(Studio" in page
    for event in ("look", "save", "publish", "open", "compare", "play", "load"):
        assert f"playbook_state____playbook_state.{event}" in page


def test_the_page_has_its_other_faces():
    page = str(playbook_page())

    assert "The playbook did not load" in page
    assert "For managers" in page
    assert "The playbook is being read" in page
