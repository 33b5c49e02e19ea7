"""What open drawers get when their lead changes."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from reflex.state import StateUpdate

from app.board import drawer_live
from app.board.drawer_live import LeadKeys, Screens, screens
from app.telemetry import span, traces
from tests.support.spans import named, recorded, trace_of
from tests.unit.drawer.conftest import Paper
from tests.unit.drawer.standins import ANA, House, bubble


async def test_a_change_reaches_every_drawer_that_shows_the_lead(house: House, paper: Paper) -> None:
    paper.shown = {"one": (7, 60), "two": (7, 60), "other": (8, 60)}
    paper.cookie_of = {"one": "ana", "two": "mara", "other": "ana"}
    house.bubbles = [bubble(1, "lead", "Hola")]
    await drawer_live.push(7)
    assert {sid for sid, _ in paper.sent} == {"one", "two"}
    assert paper.last("one")["messages"][0]["text"] == "Hola"
    assert paper.last("one")["lead"]["colleagues"] == []
    assert paper.last("two")["lead"]["colleagues"] != []


async def test_a_drawer_keeps_as_many_messages_as_were_loaded(house: House, paper: Paper) -> None:
    paper.shown, paper.cookie_of = {"one": (7, 120)}, {"one": "ana"}
    house.bubbles = [bubble(n, "lead", str(n)) for n in range(1, 101)]
    await drawer_live.push(7)
    assert len(paper.last("one")["messages"]) == 100


async def test_who_lost_the_lead_loses_sight_of_it(house: House, paper: Paper) -> None:
    paper.shown, paper.cookie_of = {"one": (7, 60)}, {"one": "ana"}
    house.lead = replace(house.lead, owner_id=2)
    await drawer_live.push(7)
    assert paper.last("one")["lead"] is None
    assert paper.last("one")["messages"] == []
    assert "manager" in paper.last("one")["gone"]


async def test_who_signed_out_is_shown_nothing_more(house: House, paper: Paper) -> None:
    paper.shown = {"one": (7, 60)}
    await drawer_live.push(7)
    assert paper.last("one")["lead"] is None
    assert paper.shown == {}


def read_slowly(house: House, monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """Each lead is read when the second event is set; the first tells that somebody has begun to."""
    reading, go_on = asyncio.Event(), asyncio.Event()
    record = house.record

    async def slow(*arguments: Any) -> Any:
        reading.set()
        await go_on.wait()
        return await record(*arguments)

    monkeypatch.setattr(drawer_live.records, "record", slow)
    return reading, go_on


async def test_changes_during_a_push_are_sent_once_at_its_end(
    house: House, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper.shown, paper.cookie_of = {"one": (7, 60)}, {"one": "ana"}
    reading, go_on = read_slowly(house, monkeypatch)
    first = asyncio.create_task(drawer_live.push(7))
    await reading.wait()
    for text in ("one", "two", "three"):
        house.add(bubble(0, "lead", text))
        await drawer_live.push(7)
    go_on.set()
    await first
    assert [one["text"] for one in paper.last("one")["messages"]] == ["one", "two", "three"]
    assert len(paper.sent) == 2


async def test_what_is_sent_belongs_to_the_newest_change_that_it_shows_and_points_at_the_others(
    house: House, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper.shown, paper.cookie_of = {"one": (7, 60)}, {"one": "ana"}
    reading, go_on = read_slowly(house, monkeypatch)

    async def change(cause: str) -> None:
        with span(cause):
            told = traces.traceparent()
        with traces.within(told):
            await drawer_live.push(7)

    with recorded() as memory:
        first = asyncio.create_task(change("turn"))
        await reading.wait()
        await change("send")
        await change("read")
        go_on.set()
        await first
    turn, send, read = (trace_of(named(memory, cause)[0]) for cause in ("turn", "send", "read"))
    emitted = [
        (trace_of(one), [f"{link.context.trace_id:032x}" for link in one.links]) for one in named(memory, "emit drawer")
    ]
    assert emitted == [(turn, []), (read, [send])]


async def test_a_listener_is_never_kept_waiting(house: House, paper: Paper) -> None:
    paper.shown, paper.cookie_of = {"one": (7, 60)}, {"one": "ana"}
    drawer_live.changed(7)
    assert paper.sent == []
    async with asyncio.timeout(5):
        await paper.emitted.wait()
    assert paper.last("one")["lead"]["id"] == 7


async def test_what_changes_while_a_lead_is_opened_is_shown(
    house: House, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper.cookie_of = {"one": "ana"}
    thread = house.thread

    async def overtaken(*arguments: Any, **more: Any) -> Any:
        read = await thread(*arguments, **more)
        if not house.bubbles:
            house.add(bubble(0, "lead", "One more thing"))
            drawer_live.changed(7)
            await asyncio.sleep(0)
        return read

    monkeypatch.setattr(drawer_live.chat, "thread", overtaken)
    await drawer_live.begin("one", ANA, 7, 60)
    await asyncio.gather(*drawer_live._tasks)
    assert [[one["text"] for one in keys["messages"]] for _, keys in paper.sent] == [[], ["One more thing"]]


async def test_a_lead_that_was_read_late_is_not_shown_over_another(
    house: House, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper.shown, paper.cookie_of = {"one": (7, 60)}, {"one": "ana"}
    record = house.record

    async def turned_away(*arguments: Any) -> Any:
        paper.shown["one"] = (8, 60)
        return await record(*arguments)

    monkeypatch.setattr(drawer_live.records, "record", turned_away)
    assert await drawer_live.push(7)
    assert paper.sent == []


async def test_what_could_not_be_shown_is_tried_again(
    house: House, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper.shown, paper.cookie_of = {"one": (7, 60)}, {"one": "ana"}
    record, tries = house.record, itertools.count(1)

    async def failing(*arguments: Any) -> Any:
        if next(tries) < 3:
            raise OSError("no connection")
        return await record(*arguments)

    monkeypatch.setattr(drawer_live, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(drawer_live.records, "record", failing)
    drawer_live.changed(7)
    async with asyncio.timeout(5):
        await paper.emitted.wait()
    assert paper.last("one")["lead"]["id"] == 7


async def test_what_can_never_be_shown_is_given_up(house: House, paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    paper.shown, paper.cookie_of = {"one": (7, 60)}, {"one": "ana"}
    tried, done = list[int](), asyncio.Event()

    async def failing(*_arguments: Any) -> Any:
        tried.append(1)
        if len(tried) == 3:
            done.set()
        raise OSError("no connection")

    monkeypatch.setattr(drawer_live, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(drawer_live.records, "record", failing)
    drawer_live.changed(7)
    async with asyncio.timeout(5):
        await done.wait()
    await asyncio.gather(*drawer_live._tasks)
    assert (len(tried), paper.sent) == (3, [])


async def test_a_manager_is_told_that_a_lead_is_gone(house: House, paper: Paper) -> None:
    paper.shown, paper.cookie_of = {"one": (7, 60)}, {"one": "mara"}
    house.lead = replace(house.lead, lead_id=0)
    await drawer_live.push(7)
    assert "erased" in paper.last("one")["gone"]


class Sockets:
    """Reflex's event namespace, as far as a drawer uses it."""

    namespace = "/_event"

    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, Any]] = defaultdict(dict)
        self.rooms: dict[str, set[str]] = defaultdict(set)
        self.emitted: list[tuple[str, Any, str]] = []
        self.server = self
        self.manager = self

    @asynccontextmanager
    async def session(self, sid: str) -> AsyncIterator[dict[str, Any]]:
        yield self.sessions[sid]

    async def get_session(self, sid: str) -> dict[str, Any]:
        return self.sessions[sid]

    async def enter_room(self, sid: str, room: str) -> None:
        self.rooms[room].add(sid)

    async def leave_room(self, sid: str, room: str) -> None:
        self.rooms[room].discard(sid)

    def get_participants(self, namespace: str, room: str) -> list[tuple[str, str]]:
        assert namespace == self.namespace
        return [(sid, f"transport of {sid}") for sid in sorted(self.rooms[room])]

    def get_environ(self, sid: str, namespace: str) -> dict[str, Any] | None:
        assert namespace == self.namespace
        return {"HTTP_COOKIE": "leadline_sid=x"} if sid == "one" else None

    async def emit(self, name: str, update: Any, *, to: str) -> None:
        self.emitted.append((name, update, to))


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> Sockets:
    sockets = Sockets()
    monkeypatch.setattr(Screens, "_sockets", sockets)
    return sockets


async def test_a_browser_shows_one_lead_at_a_time(sockets: Sockets) -> None:
    line = Screens()
    await line.show("one", 7, 60)
    await line.show("one", 8, 120)
    assert await line.showing(7) == []
    assert await line.showing(8) == [("one", 120)]
    assert (await line.shows("one"), await line.shows("two")) == ((8, 120), None)
    await line.hide("one")
    assert await line.showing(8) == []
    await line.hide("one")


def test_a_browser_is_known_by_the_cookie_it_connected_with(sockets: Sockets) -> None:
    assert Screens().cookies("one") == "leadline_sid=x"
    assert Screens().cookies("gone") == ""


async def test_keys_go_to_one_browser_alone(sockets: Sockets) -> None:
    await Screens().emit("one", {"lead": None})
    update = StateUpdate(delta={LeadKeys.get_full_name(): {"lead": None}})
    assert sockets.emitted == [("event", update, "one")]


def test_without_a_twin_the_sockets_are_reflexes_own() -> None:
    assert type(screens()) is Screens
