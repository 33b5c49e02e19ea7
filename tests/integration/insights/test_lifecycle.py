"""How processes end is written down by them, and by others when they cannot."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import FixedClock
from app.database import Database, reading, transaction
from app.insights import lifecycle
from app.insights.collector import business
from app.insights.lifecycle import Watch, lived

pytestmark = pytest.mark.usefixtures("database", "clock")


async def rows(query: str) -> list[Any]:
    async with reading() as db:
        return list(await db.execute(sa.text(query)))


async def endings() -> list[tuple[str, str]]:
    found = await rows("select labels from ledger where kind = 'shutdown' order by id")
    return [(row.labels["role"], row.labels["outcome"]) for row in found]


async def die(role: str, port: int) -> None:
    """A process of that place comes to life and is killed."""
    with pytest.raises(ProcessKilled):
        async with lived(role, port):
            raise ProcessKilled


class ProcessKilled(Exception):
    """Stands for SIGKILL: nothing after it runs."""


async def test_a_stop_in_order_is_timed_and_shown_by_the_next_process():
    async with lived("worker", 1) as life:
        life.stopping()
    assert await endings() == [("worker", "clean")]
    shown = [s for s in await business() if s.name == "leadline_last_shutdown_duration_seconds"]
    assert [sample.labels for sample in shown] == [{"role": "worker"}]
    assert 0 <= shown[0].value < 60


async def test_what_had_to_be_let_go_makes_a_stop_forced():
    async with lived("worker", 1) as life:
        life.stopping()
        life.forced()
    assert await endings() == [("worker", "forced")]


async def test_a_start_in_the_place_of_one_that_said_nothing_counts_a_crash_once():
    await die("web", 1)
    assert await endings() == []
    async with lived("web", 1):
        assert await endings() == [("web", "crash")]
    async with lived("web", 1):
        pass
    assert await endings() == [("web", "crash"), ("web", "clean"), ("web", "clean")]


async def test_another_place_or_role_is_another_process():
    await die("web", 1)
    async with lived("web", 2), lived("worker", 1):
        assert await endings() == []


async def test_one_that_nobody_replaces_is_found_by_the_leader(clock: FixedClock):
    await die("web", 1)
    watch = Watch()
    assert await watch.look() == 0, "it was seen a moment ago"
    clock.move(minutes=3)
    assert await watch.look() == 0, "the first silence may be an outage of the database"
    clock.move(minutes=1)
    assert await watch.look() == 1
    assert await watch.look() == 0
    assert await endings() == [("web", "crash")]


async def test_one_that_beats_again_after_an_outage_is_alive(clock: FixedClock):
    async with lived("web", 1) as life:
        watch = Watch()
        clock.move(minutes=10)
        await watch.look()
        await lifecycle.beat(life)
        clock.move(minutes=3)
        assert await watch.look() == 0
    assert await endings() == [("web", "clean")]


async def test_the_end_is_counted_once_even_where_it_was_taken_for_dead(clock: FixedClock):
    async with lived("web", 1) as life:
        async with transaction() as db:
            await db.execute(sa.text("update process_run set stopped_at = now(), outcome = 'crash'"))
        await lifecycle.beat(life)
    assert await endings() == []


async def test_a_database_that_is_gone_does_not_hold_up_the_stop(database: Database, monkeypatch: pytest.MonkeyPatch):
    class Gone:
        async def __aenter__(self) -> None:
            raise TimeoutError

        async def __aexit__(self, *_: object) -> None: ...

    async with lived("worker", 1):
        monkeypatch.setattr(lifecycle, "transaction", Gone)
    monkeypatch.undo()
    assert await endings() == []
    async with lived("worker", 1):
        assert await endings() == [("worker", "crash")], "without last words it counts as a crash"


async def test_the_heart_beats_by_itself(clock: FixedClock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lifecycle, "BEAT_EVERY", 0.01)
    async with lived("web", 1):
        clock.move(minutes=1)
        while not await rows("select 1 from process_run where alive_at > started_at"):
            pass
