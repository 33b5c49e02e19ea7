"""A page of the studio in a browser's tab, without the browser: events go in, and what was sent comes out."""

from __future__ import annotations

from typing import Any

import pytest

from app.team.viewer import Viewer
from tests.support.tabs import in_tab


class Tab:
    """The page of ``state`` in a tab of ``viewer``; None is a stranger."""

    def __init__(self, patched: pytest.MonkeyPatch, state: type[Any], viewer: Viewer | None) -> None:
        async def viewer_in(_cookies: str | None) -> Viewer | None:
            return viewer

        async def show(_self: Any, keys: dict[str, Any]) -> None:
            self.sent.append(keys)

        self.sent: list[dict[str, Any]] = []
        self.went: Any = None
        patched.setattr("app.team.private_page.viewer_in", viewer_in)
        patched.setattr(state, "_show", show)
        self.state: Any = in_tab(state, "")

    async def ask(self, event: str, *arguments: Any) -> dict[str, Any]:
        """Send an event; returns the keys that came last, none when nothing was sent."""
        self.sent.clear()
        self.went = await getattr(self.state, event)(*arguments)
        return self.sent[-1] if self.sent else {}
