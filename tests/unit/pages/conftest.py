"""Pages without a browser: their states, called as methods, and what they send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.team.private_page import PrivatePage
from app.team.viewer import Viewer
from app.vocabulary import Role
from tests.support.tabs import in_tab

ANA = Viewer(user_id=1, name="Ana Ribeiro", initials="AR", role=Role.CONSULTANT, email="ana@leadline.demo")
MARA = Viewer(user_id=9, name="Mara Lima", initials="ML", role=Role.MANAGER, email="mara@leadline.demo")
PEOPLE = {"ana": ANA, "mara": MARA}


async def viewer_in(cookies: str | None) -> Viewer | None:
    """The cookie of a test is a name."""
    return PEOPLE.get(cookies or "")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The keys that the browser was sent."""
    sent: list[dict[str, Any]] = []

    async def show(_self: Any, keys: dict[str, Any]) -> None:
        sent.append(keys)

    monkeypatch.setattr(PrivatePage, "_show", show)
    return sent


@pytest.fixture
def tab(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], Any]:
    """A state as it stands in the tab of whoever the cookie names."""
    monkeypatch.setattr("app.team.state.viewer_in", viewer_in)
    monkeypatch.setattr("app.team.private_page.viewer_in", viewer_in)

    return in_tab
