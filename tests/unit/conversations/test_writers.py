"""Turns of one worker: few are written side by side, and none is read meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from app.conversations import writers as module
from app.conversations.writers import Writers, writers


async def pause() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_two_write_side_by_side_and_the_third_waits():
    here, inside = Writers(), list[int]()
    leave = asyncio.Event()

    async def write(number: int) -> None:
        async with here.place():
            inside.append(number)
            await leave.wait()

    tasks = [asyncio.create_task(write(number)) for number in range(3)]
    await pause()
    assert inside == [0, 1]
    leave.set()
    await asyncio.gather(*tasks)
    assert inside == [0, 1, 2]


async def test_nobody_reads_while_somebody_writes():
    here, done = Writers(), list[str]()

    async def read() -> None:
        await here.gone()
        done.append("read")

    async with here.place():
        reading = asyncio.create_task(read())
        await pause()
        done.append("written")
    await reading
    assert done == ["written", "read"]


async def test_of_those_who_wait_to_read_each_writes_before_the_next_one_reads():
    here, done = Writers(), list[str]()

    async def turn(name: str) -> None:
        await here.gone()
        done.append(f"{name} reads")
        async with here.place():
            await asyncio.sleep(0)
            done.append(f"{name} writes")

    async with here.place():
        turns = [asyncio.create_task(turn(name)) for name in "ab"]
        await pause()
    await asyncio.gather(*turns)
    assert done == ["a reads", "a writes", "b reads", "b writes"]


async def test_between_turns_that_wait_there_is_a_breath_and_none_before_the_last():
    breaths = list[float]()

    async def breathe(seconds: float) -> None:
        breaths.append(seconds)

    here = Writers(_breathe=breathe)
    await here.gone()
    assert breaths == []
    async with here.place():
        turns = [asyncio.create_task(here.gone()) for _ in range(3)]
        await pause()
    await asyncio.gather(*turns)
    assert breaths == [module.BREATH] * 2


async def test_one_who_writes_for_long_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    here = Writers()
    async with here.place():
        await asyncio.gather(*(here.gone() for _ in range(3)))


async def test_a_turn_that_fails_gives_its_place_back():
    here = Writers()
    for _ in range(3):
        with pytest.raises(OSError, match="lost"):
            async with here.place():
                raise OSError("lost")
    async with asyncio.timeout(1):
        await here.gone()
        async with here.place(), here.place():
            pass


async def test_all_turns_of_a_worker_share_one():
    assert writers() is writers()
