"""What the database tells, and what is none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import OperationalError

from app.board.live_listener import LONGEST_PAUSE, Listener, Told, backoff, parse


def test_a_notification_is_a_kind_with_fields():
    assert parse('{"k":"lead","id":12}') == Told("lead", {"k": "lead", "id": 12})


@pytest.mark.parametrize("payload", ["", "lead", "[]", "12", '{"id":1}', '{"k":1}', '{"k":'])
def test_what_is_no_notification_is_left_alone(payload: str):
    assert parse(payload) is None


@pytest.mark.parametrize("value", ["12", None, True, 1.5, [1]])
def test_an_id_that_is_no_number_is_none(value: object):
    assert Told("lead", {"id": value}).number("id") is None


def test_the_pause_grows_and_stays_short():
    assert backoff(1) <= 0.1
    assert all(0 < backoff(failures) <= LONGEST_PAUSE for failures in (1, 5, 50, 5000))


class GaveUp(Exception):
    """The listener paused: the test has seen enough."""


class Ear:
    def __init__(self) -> None:
        self.was: list[str] = []

    def hear(self, told: Told) -> None:
        self.was.append(told.kind)

    async def deaf(self) -> None:
        self.was.append("deaf")

    async def listening(self) -> None:
        self.was.append("listening")


async def test_without_a_database_the_ear_knows_that_it_is_deaf(tmp_path):
    async def pause(_seconds: float) -> None:
        raise GaveUp

    listener = Listener(f"postgresql://nobody@/none?host={tmp_path}", ear := Ear(), pause)

    with pytest.raises(GaveUp):
        await listener.run()

    assert ear.was == ["deaf"]


async def test_an_ear_that_cannot_read_is_told_again(monkeypatch: pytest.MonkeyPatch):
    """The board reads through another library than the one that listens: its errors must not end the listening."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            raise GaveUp

    class Deafened(Ear):
        async def listening(self) -> None:
            raise OperationalError("select 1", {}, Exception("the database is starting up"))

    @asynccontextmanager
    async def connected() -> AsyncIterator[object]:
        yield SimpleNamespace(execute=executed)

    async def executed(_statement: str) -> None: ...

    async def connect(_self: Listener) -> object:
        return connected()

    monkeypatch.setattr(Listener, "_connect", connect)
    ear = Deafened()

    with pytest.raises(GaveUp):
        await Listener("", ear, pause).run()

    assert ear.was == ["deaf", "deaf"]
