"""What the Sessions page sends, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.clock import FixedClock
from app.errors import RetryLater
from app.sessions import service
from app.sessions.service import SessionView
from app.sessions.state import NOT_READ, SessionsState
from app.team.viewer import Viewer
from tests.unit.pages.test_sessions_view import UP

Tab = Callable[[Any, str], Any]


class Desk:
    """The session service, as far as the page uses it."""

    def __init__(self) -> None:
        lost = replace(UP, name="consultant", status="auth_required", needs_scan=True)
        self.views: list[SessionView] = [UP, lost]
        self.asked: list[tuple[str, ...]] = []
        self.broken: Exception | None = None

    async def overview(self, viewer: Viewer) -> list[SessionView]:
        if self.broken:
            raise self.broken
        return self.views

    async def qr_png(self, viewer: Viewer, name: str) -> bytes | None:
        self.asked.append(("qr", name))
        return b"picture"

    async def restart(self, viewer: Viewer, name: str) -> None:
        self.asked.append(("restart", name))
        if self.broken:
            raise self.broken


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, clock: FixedClock) -> Desk:
    desk = Desk()
    for name in ("overview", "qr_png", "restart"):
        monkeypatch.setattr(service, name, getattr(desk, name))
    return desk


async def test_a_member_sees_both_sessions(tab: Tab, desk: Desk, sent: list[dict[str, Any]]) -> None:
    assert await tab(SessionsState, "ana").refresh() is None
    assert [row["title"] for row in sent[0]["sessions"]] == ["Agent", "Consultants"]
    assert sent[0]["me"] == {"id": 1, "name": "Ana Ribeiro", "initials": "AR", "manager": False}


async def test_a_stranger_sees_nothing(tab: Tab, desk: Desk, sent: list[dict[str, Any]]) -> None:
    stranger = tab(SessionsState, "")
    assert "/sign-in" in str(await stranger.refresh())
    assert "/sign-in" in str(await stranger.codes())
    assert "/sign-in" in str([step async for step in stranger.restart("agent")])
    assert sent == []
    assert desk.asked == []


async def test_a_code_goes_to_managers_alone(tab: Tab, desk: Desk, sent: list[dict[str, Any]]) -> None:
    await tab(SessionsState, "ana").codes()
    assert (sent, desk.asked) == ([], [])
    await tab(SessionsState, "mara").codes()
    assert sent == [{"code_agent": "", "code_consultant": "data:image/png;base64,cGljdHVyZQ=="}]
    assert desk.asked == [("qr", "consultant")]


async def test_a_code_is_never_kept_in_state(tab: Tab, desk: Desk, sent: list[dict[str, Any]]) -> None:
    state = tab(SessionsState, "mara")
    await state.codes()
    assert "cGljdHVyZQ" not in str(state.dict())


async def test_a_page_that_cannot_be_read_says_so_and_goes_on(
    tab: Tab, desk: Desk, sent: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    desk.broken = OSError("no connection")
    assert await tab(SessionsState, "ana").refresh() is None
    assert sent == [{"failed": NOT_READ}]
    assert caplog.messages == ["sessions_not_read"]


async def test_a_restart_is_shown_while_it_lasts(tab: Tab, desk: Desk, sent: list[dict[str, Any]]) -> None:
    state = tab(SessionsState, "mara")
    steps = state.restart("agent")
    await anext(steps)
    assert state.restarting == "agent"
    assert "refresh" in str(await anext(steps))
    assert (state.restarting, state.notice) == ("", "")
    assert desk.asked == [("restart", "agent")]


async def test_a_restart_that_fails_says_why(tab: Tab, desk: Desk, sent: list[dict[str, Any]]) -> None:
    state = tab(SessionsState, "mara")
    desk.broken = RetryLater("WhatsApp does not answer.")
    assert [step async for step in state.restart("agent")]
    assert state.notice == "The session was not restarted. WhatsApp does not answer."
    await state.dismiss()
    assert state.notice == ""


async def test_only_the_two_sessions_can_be_restarted(tab: Tab, desk: Desk, sent: list[dict[str, Any]]) -> None:
    assert [step async for step in tab(SessionsState, "mara").restart("../admin")] == []
    assert desk.asked == []
