"""The gap of an outage is closed from the chats: once, from where the last look ended, whatever stands in its way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.conversations import intake
from app.database import transaction
from app.insights import queries
from app.sessions import guardian, history
from app.whatsapp.errors import Transient
from app.whatsapp.events import AckEvent, MessageEvent
from app.whatsapp.gateway import SessionRef
from metrics.registry import REGISTRY
from tests.integration.conversations.world import AGENT, CONSULTANT, PHONE, World

FAILED = -1


def lose(world: World, *texts: str) -> None:
    """The lead writes, and no webhook comes."""
    for text in texts:
        world.gateway.lead_writes(AGENT, PHONE, text)
    world.gateway.waiting.clear()


@pytest.fixture
def looks(world: World, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, datetime]]:
    """Which session's history was read, from when on."""
    seen: list[tuple[str, datetime]] = []
    read = world.gateway.history

    def reading(session: SessionRef, *, since: datetime) -> AsyncIterator[MessageEvent | AckEvent]:
        seen.append((session.name, since))
        return read(session, since=since)

    monkeypatch.setattr(world.gateway, "history", reading)
    return seen


async def test_messages_that_no_webhook_brought_are_found_in_the_history_and_counted(world: World) -> None:
    lose(world, "this webhook gets lost")
    world.clock.move(seconds=120)
    assert await history.merge_due() == 1
    assert (await world.lead()).preview == "this webhook gets lost"
    found = await world.one("select labels from ledger where kind = 'message_recovered'")
    assert found.labels == {"session": "agent", "direction": "in"}
    assert await world.rows("select 1 from ledger where kind = 'data_loss'") == []
    world.clock.move(minutes=5)
    assert await history.merge_due() == 0


async def test_what_a_person_typed_on_the_phone_is_found_too(world: World) -> None:
    world.gateway.phone_writes(CONSULTANT, PHONE, "Good morning")
    world.gateway.waiting.clear()
    world.clock.move(seconds=120)
    assert await history.merge_due() == 1
    found = await world.one("select labels from ledger where kind = 'message_recovered'")
    assert found.labels == {"session": "consultant", "direction": "out"}


async def test_what_is_only_late_is_not_counted_as_found_later(world: World) -> None:
    world.gateway.lead_writes(AGENT, PHONE, "on its way")
    assert await history.merge_due() == 0
    assert await world.rows("select 1 from ledger where kind = 'message_recovered'") == []


async def test_what_is_stored_already_is_no_duplicate_and_costs_one_question(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def duplicates() -> float:
        labels = ({"session": "agent", "direction": way} for way in ("in", "out"))
        return sum(REGISTRY.get_sample_value("leadline_messages_duplicate_total", which) or 0 for which in labels)

    await world.says("Hello", "there")
    await world.pass_time(4)
    before = duplicates()
    world.clock.move(minutes=2)
    handled: list[Any] = []
    monkeypatch.setattr(intake, "handle", handled.append)
    assert await history.merge_due() == 0
    assert (handled, duplicates()) == ([], before)


async def test_a_look_begins_where_the_last_one_ended_also_in_another_process(
    world: World, looks: list[tuple[str, datetime]]
) -> None:
    begun = world.clock.now()
    await history.merge_due()
    assert looks == [(name, begun - history.LOOK_BACK) for name in ("agent", "consultant")]
    looks.clear()
    world.clock.move(minutes=4)
    await history.merge_due()
    assert looks == [], "five minutes are not over"
    world.clock.move(minutes=16)
    await history.merge_due()
    assert looks == [(name, begun - history.OVERLAP) for name in ("agent", "consultant")]


async def test_after_a_long_outage_the_whole_gap_is_looked_for_and_looked_for_again(
    world: World, looks: list[tuple[str, datetime]]
) -> None:
    await history.merge_due()
    last = world.clock.now()
    world.clock.move(minutes=20)
    world.gateway.fail(AGENT)
    await world.gateway.deliver()
    world.clock.move(hours=20)
    looks.clear()
    await history.merge_due()
    assert [name for name, _ in looks] == ["consultant"], "a session that is down is not read"
    await world.gateway.start(AGENT)
    await world.gateway.deliver()
    looks.clear()
    await history.merge_due()
    assert looks == [("agent", last - history.OVERLAP)]
    world.clock.move(minutes=5)
    looks.clear()
    await history.merge_due()
    back = dict(looks)
    assert back["agent"] == world.clock.now() - history.LOOK_BACK, "the gateway may still be filling its chats"
    assert back["consultant"] == world.clock.now() - timedelta(minutes=5) - history.OVERLAP


async def test_a_look_that_was_broken_off_is_no_comparison(world: World, looks: list[tuple[str, datetime]]) -> None:
    world.gateway.fail_next("history", Transient())
    world.gateway.fail_next("history", Transient())
    assert await history.merge_due() == 0
    assert await world.rows("select 1 from session_state where reconciled_at is not null") == []
    looks.clear()
    await history.merge_due()
    assert len(looks) == 2


async def test_a_message_that_cannot_be_handled_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(world, "poison", "Hello")
    world.clock.move(seconds=120)
    handle = intake.handle

    async def picky(db: Any, events: Any, now: Any) -> Any:
        if events[0].text == "poison":
            raise ValueError
        return await handle(db, events, now)

    monkeypatch.setattr(intake, "handle", picky)
    assert await history.merge_due() == 1
    compared = "select name from session_state where reconciled_at is not null"
    assert [row.name for row in await world.rows(compared)] == ["consultant"]
    monkeypatch.undo()
    assert await history.merge_due() == 1, "after a fix it is there"


async def test_reading_history_keeps_nobody_from_looking_after_the_sessions(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: Any, **__: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(world.gateway, "history", unreadable)
    await guardian.check()


async def test_a_message_that_failed_stays_failed_while_the_gateway_says_so(world: World) -> None:
    await world.says("Hello")
    await world.pass_time(4)
    (key,) = world.gateway.sent(AGENT)
    world.gateway.acknowledge(AGENT, key, FAILED)
    await world.gateway.deliver()
    count = "select count(*) as n from ledger where kind = 'message_status'"
    before = (await world.one(count)).n
    world.clock.move(minutes=2)
    await history.merge_due()
    assert (await world.one("select status from message where direction = 'out'")).status == "failed"
    assert (await world.one(count)).n == before


async def test_a_session_that_was_never_compared_makes_the_figure_old(world: World) -> None:
    async def age() -> float | None:
        (row,) = await world.rows(queries.RECONCILED_AT)
        return None if row.value is None else world.clock.now().timestamp() - float(row.value)

    world.clock.move(hours=3)
    assert await age() == pytest.approx(3 * 3600, abs=5), "since it was first ready"
    await history.merge("agent", since=world.clock.now())
    assert await age() == pytest.approx(3 * 3600, abs=5), "the other one was never compared"
    await history.merge("consultant", since=world.clock.now())
    assert await age() == 0
    async with transaction() as db:
        await db.execute(sa.text("delete from session_event"))
        await db.execute(sa.text("update session_state set reconciled_at = null"))
    assert await age() is None, "a session that was never ready is being set up"


async def test_a_race_that_the_database_refused_is_tried_again_and_one_that_stays_refused_stops_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(world, "poison", "Hello")
    world.clock.move(seconds=120)
    handle, tries = intake.handle, dict[str, int]()

    async def refused(db: Any, events: Any, now: Any) -> Any:
        said = events[0].text
        tries[said] = tries.get(said, 0) + 1
        if said == "poison" or tries[said] == 1:
            raise sa.exc.IntegrityError("insert", {}, Exception())
        return await handle(db, events, now)

    monkeypatch.setattr(intake, "handle", refused)
    assert await history.merge_due() == 1
    assert tries == {"poison": 2, "Hello": 2}
    compared = "select name from session_state where reconciled_at is not null"
    assert [row.name for row in await world.rows(compared)] == ["consultant"]
