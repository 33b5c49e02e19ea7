"""The journal counts everything, keeps what it can, and wakes who waits."""

from __future__ import annotations

import asyncio

from app.simulator.journal import Journal, Kind
from tests.unit.simulator.world import LEAD, TOKEN, World


def written(count: int, capacity: int = 100) -> Journal:
    journal = Journal(capacity)
    for number in range(count):
        journal.write(Kind.SEND if number % 2 else Kind.INBOUND, float(number), "agent", text=str(number))
    return journal


def test_entries_come_in_order_after_a_number():
    assert [entry.text for entry in written(5).after(2, limit=10)] == ["2", "3", "4"]


def test_a_page_ends_at_its_limit():
    assert [entry.text for entry in written(5).after(0, limit=2)] == ["0", "1"]


def test_entries_can_be_picked_by_kind():
    assert [entry.text for entry in written(5).after(0, limit=10, kinds=["send"])] == ["1", "3"]


def test_old_entries_go_and_the_counts_stay():
    journal = written(10, capacity=4)
    assert [entry.text for entry in journal.after(0, limit=10)] == ["6", "7", "8", "9"]
    assert journal.counts() == {"inbound": 5, "send": 5}


def test_numbering_goes_on_after_a_reset():
    journal = written(3)
    journal.clear()
    journal.write(Kind.SEND, 0.0, "agent")
    assert [entry.seq for entry in journal.after(0, limit=10)] == [4]


async def test_who_waits_is_woken_by_the_next_entry():
    journal = written(1)
    waiting = asyncio.create_task(journal.wait(1, seconds=60))
    await asyncio.sleep(0)
    journal.write(Kind.SEND, 0.0, "agent")
    await waiting


async def test_waiting_ends_without_an_entry():
    await written(1).wait(1, seconds=0.001)


async def test_what_is_there_already_is_not_waited_for():
    await written(2).wait(1, seconds=60)


async def test_the_control_api_pages_through_the_journal(sim: World):
    await sim.session()
    for text in ("one", "two", "three"):
        await sim.lead_writes(text)
    page = await sim.sim("GET", "/_sim/journal?kind=inbound&limit=2")
    rest = await sim.sim("GET", f"/_sim/journal?kind=inbound&after={page['upto']}")
    assert [entry["text"] for entry in page["entries"] + rest["entries"]] == ["one", "two", "three"]
    assert rest["upto"] == sim.exchange.journal.last


async def test_the_control_api_waits_for_news(sim: World):
    await sim.session()
    last = sim.exchange.journal.last
    asked = asyncio.create_task(sim.sim("GET", f"/_sim/journal?after={last}&wait=30&kind=inbound"))
    await asyncio.sleep(0)
    await sim.lead_writes("hello")
    assert [entry["text"] for entry in (await asked)["entries"]] == ["hello"]


async def test_a_page_number_is_a_number(sim: World):
    assert (await sim.http.get("/_sim/journal?after=x", headers=TOKEN)).status_code == 400


async def test_each_message_is_posted_and_delivered_exactly_once(sim: World):
    await sim.session()
    await sim.sim("POST", "/_sim/faults", {"trouble": "duplicate", "event": "message.any"})
    await sim.lead_writes()
    kinds = [entry.kind for entry in sim.exchange.journal.after(0, limit=100) if entry.number == LEAD]
    assert kinds == ["inbound", "posted", "delivered"]
    counts = await sim.sim("GET", "/_sim/journal/counts")
    assert counts["counts"]["fault duplicate"] == 1
    assert counts["waiting"] == 0
