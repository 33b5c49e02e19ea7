"""Notices follow what was committed: each at least once after the last time it was told, and never lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from app import notices
from app.notices import Notices, of_lead, of_message


class Line:
    """A line to the database: what was sent over it, and what goes wrong on it first."""

    def __init__(self, *troubles: Exception) -> None:
        self.sent: list[list[str]] = []
        self.troubles = list(troubles)
        self.open = asyncio.Event()
        self.open.set()

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Line]:
        await self.open.wait()
        yield self

    async def execute(self, _: Any, values: dict[str, Any]) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.sent.append(values["notices"])


def over(line: Line) -> Notices:
    return Notices(line)  # pyright: ignore[reportArgumentType] - a stand-in


async def test_what_is_told_while_others_are_on_their_way_goes_together_and_once():
    line = Line()
    line.open.clear()
    telling = over(line)
    telling.tell(of_lead(1))
    await asyncio.sleep(0)
    telling.tell(of_lead(2), of_message(5, 2))
    telling.tell(of_lead(2))
    line.open.set()
    await telling.close()
    assert line.sent == [[of_lead(1)], [of_lead(2), of_message(5, 2)]]


async def test_what_is_told_again_while_it_is_on_its_way_goes_again():
    """Whoever heard the first may have read the row before it changed once more."""
    line = Line()
    line.open.clear()
    telling = over(line)
    telling.tell(of_lead(1))
    await asyncio.sleep(0)
    telling.tell(of_lead(1))
    line.open.set()
    await telling.close()
    assert line.sent == [[of_lead(1)], [of_lead(1)]]


async def test_what_could_not_be_told_is_told_later_with_what_came_meanwhile():
    line = Line(OSError("connection refused"), OSError("connection refused"))
    telling = over(line)
    with capture_logs() as logs:
        telling.tell(of_lead(1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        telling.tell(of_lead(2))
        await telling.close()
    assert line.sent == [[of_lead(1), of_lead(2)]]
    assert [one["event"] for one in logs] == ["notices_delayed", "notices_delayed"]


async def test_closing_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(notices, "PATIENCE", 0.01)
    line = Line()
    line.open.clear()
    telling = over(line)
    telling.tell(of_lead(1))
    await telling.close()
    assert line.sent == []


async def test_telling_nothing_asks_nobody():
    line = Line()
    telling = over(line)
    telling.tell()
    await telling.close()
    assert line.sent == []
