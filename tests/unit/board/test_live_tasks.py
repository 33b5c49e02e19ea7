"""Work that goes on, whatever fails meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from app.board import live_tasks
from app.board.live_tasks import lasting, whenever


class Enough(BaseException):
    """The test has seen what it wants to see."""


async def test_what_fails_is_begun_again_and_told_by_name(caplog: pytest.LogCaptureFixture):
    begun: list[int] = []

    async def act() -> None:
        begun.append(1)
        if len(begun) == 3:
            raise Enough
        if len(begun) == 1:
            raise ExceptionGroup("two tasks", [ValueError("broken")])

    async def pause(_seconds: float) -> None: ...

    with pytest.raises(Enough):
        await lasting("board", act, pause)

    assert len(begun) == 3
    assert [record.message for record in caplog.records] == ["board_task_failed"]


async def test_what_went_well_for_a_while_is_begun_again_as_soon_as_at_its_first_failure(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(live_tasks, "backoff", float)
    clock, pauses = [0.0], list[float]()
    monkeypatch.setattr(live_tasks, "monotonic", lambda: clock[0])
    lasted = iter((0.1, 0.1, 3600.0, 0.1))

    async def act() -> None:
        clock[0] += next(lasted)
        raise ValueError

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 4:
            raise Enough

    with pytest.raises(Enough):
        await lasting("board", act, pause)

    assert pauses == [1, 2, 1, 2]


async def test_it_ends_when_it_is_cancelled():
    stands = asyncio.Event()

    async def act() -> None:
        stands.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(lasting("board", act))
    await stands.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_act_that_fails_is_tried_again_and_complained_of_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(live_tasks, "backoff", lambda _failures: 0.0)
    tried: list[int] = []

    async def act() -> None:
        tried.append(1)
        if len(tried) == 4:
            raise Enough
        raise ValueError

    event = asyncio.Event()
    event.set()
    with pytest.raises(Enough):
        await whenever(event, act)

    assert [record.message for record in caplog.records] == ["board_read_failed"]
