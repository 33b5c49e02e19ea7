"""One lead in one drawer: the services are a stand-in, and the browser writes down what it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from app.board import drawer_live, drawer_state
from app.board.drawer_live import Screens
from app.registry import override
from app.team.viewer import Viewer
from tests.unit.drawer.standins import ANA, BRUNO, MARA, House

PEOPLE = {"ana": ANA, "bruno": BRUNO, "mara": MARA}
SERVICES = {
    "chat": ("thread", "write", "note", "retry", "return_to_agent", "pause_agent", "opt_out", "opt_in"),
    "desk": ("move", "mark_read"),
    "distribution": ("take", "assign"),
    "privacy": ("erase",),
    "verdicts": ("give", "take_back"),
}


async def viewer_in(cookies: str | None) -> Viewer | None:
    """The cookie of a test is a name."""
    return PEOPLE.get(cookies or "")


class Paper(Screens):
    """Browsers that write down what they are sent."""

    def __init__(self) -> None:
        self.shown: dict[str, tuple[int, int]] = {}
        self.cookie_of: dict[str, str] = {}
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.emitted = asyncio.Event()

    async def show(self, sid: str, lead_id: int, limit: int) -> None:
        self.shown[sid] = (lead_id, limit)

    async def hide(self, sid: str) -> None:
        self.shown.pop(sid, None)

    async def showing(self, lead_id: int) -> list[tuple[str, int]]:
        return [(sid, limit) for sid, (shown, limit) in self.shown.items() if shown == lead_id]

    async def shows(self, sid: str) -> tuple[int, int] | None:
        return self.shown.get(sid)

    def cookies(self, sid: str) -> str:
        return self.cookie_of.get(sid, "")

    async def emit(self, sid: str, keys: dict[str, Any]) -> None:
        self.sent.append((sid, keys))
        self.emitted.set()

    def last(self, sid: str = "tab") -> dict[str, Any]:
        """What this browser was sent last."""
        return [keys for to, keys in self.sent if to == sid][-1]


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    """The services, with one lead of Ana's."""
    house = House()
    for module, names in SERVICES.items():
        for name in names:
            monkeypatch.setattr(getattr(drawer_state, module), name, getattr(house, name))
    monkeypatch.setattr(drawer_live.records, "record", house.record)
    monkeypatch.setattr(drawer_live, "consultants", house.consultants)
    monkeypatch.setattr(drawer_live, "viewer_in", viewer_in)
    monkeypatch.setattr(drawer_state, "viewer_in", viewer_in)
    return house


@pytest.fixture
def paper() -> Iterator[Paper]:
    """The browsers of this process."""
    paper = Paper()
    with override(Screens, paper):
        yield paper
