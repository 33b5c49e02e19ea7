"""From a NOTIFY of a real transaction to what each browser is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from app.board import live_missed
from app.board.live import Change, LiveBoard, committed
from app.board.live_listener import Listener
from app.board.live_rooms import MANAGERS, UNASSIGNED, own_room
from app.clock import Clock, SystemClock
from app.database import Database, notify, transaction
from app.leads.models import Lead
from app.notices import of_lead, of_message, of_session, of_sign_in
from app.registry import override
from app.settings import Settings
from app.team.viewer import Viewer
from app.vocabulary import Role
from metrics.registry import REGISTRY
from tests.support.team import join


class Browsers:
    """Browsers in memory: each holds what it was sent, as the page would."""

    def __init__(self) -> None:
        self.rooms: dict[str, set[str]] = {}
        self.held: dict[str, dict[str, Any]] = {}
        self.log: list[tuple[tuple[str, ...], dict[str, Any]]] = []
        self.signed_in: dict[str, Viewer | None] = {}
        self.failures: list[Exception] = []
        self.lookable = asyncio.Event()
        self.lookable.set()
        self.news = asyncio.Condition()

    async def emit(self, keys: dict[str, Any], to: Sequence[str]) -> None:
        self.log.append((tuple(to), keys))
        for sid, held in self.held.items():
            if sid in to or self.rooms.get(sid, set()) & set(to):
                held.update(keys)
        async with self.news:
            self.news.notify_all()

    async def enter(self, sid: str, rooms: Sequence[str]) -> bool:
        if sid not in self.held:
            return False
        self.rooms[sid] = set(rooms)
        return True

    async def viewers(self, sids: Sequence[str]) -> dict[str, Viewer | None]:
        await self.lookable.wait()
        if self.failures:
            raise self.failures.pop()
        return {sid: self.signed_in.get(sid) for sid in sids}

    async def close(self, sid: str) -> None:
        self.held.pop(sid, None)

    async def until(self, seen: Any) -> None:
        """Wait until ``seen()`` is true, looked at after each emit."""
        async with asyncio.timeout(20), self.news:
            await self.news.wait_for(seen)


@pytest.fixture(autouse=True)
def roles(settings: Settings):
    with override(Clock, SystemClock()):
        yield


@pytest.fixture
async def ana(database: Database) -> Viewer:
    return await join("Ana Ribeiro", Role.CONSULTANT)


@pytest.fixture
async def mara(database: Database) -> Viewer:
    return await join("Mara Lindqvist", Role.MANAGER)


@pytest.fixture
def browsers() -> Browsers:
    return Browsers()


@pytest.fixture
async def board(database: Database, browsers: Browsers) -> AsyncIterator[LiveBoard]:
    """A live board that listens to the test's database."""
    live = LiveBoard(browsers)
    tasks = [asyncio.create_task(Listener(database.url, live).run()), asyncio.create_task(live.run())]
    browsers.held["wall"] = {}
    browsers.rooms["wall"] = {MANAGERS}
    await _listens(live)
    yield live
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _listens(live: LiveBoard) -> None:
    async with asyncio.timeout(20):
        while live._line != "live":
            await asyncio.sleep(0)


async def _join(board: LiveBoard, browsers: Browsers, sid: str, viewer: Viewer) -> dict[str, Any]:
    browsers.held[sid] = {}
    browsers.signed_in[sid] = viewer
    await board.join(sid, viewer)
    return browsers.held[sid]


async def _lead(name: str, **columns: Any) -> int:
    now = SystemClock().now()
    lead = Lead.model_validate({"name": name, "created_at": now, "updated_at": now, **columns})
    async with transaction() as db:
        db.add(lead)
        await db.flush()
        notify(db, of_lead(lead.id))
    assert lead.id
    return lead.id


async def _give(lead_id: int, owner_id: int | None) -> None:
    async with transaction() as db:
        await db.execute(
            sa.text("update lead set owner_id = :owner where id = :id"), {"owner": owner_id, "id": lead_id}
        )
        notify(db, of_lead(lead_id))


async def test_a_snapshot_holds_what_the_viewer_may_see_and_who_they_are(board, browsers, ana, mara):
    free, hers = await _lead("Free"), await _lead("Hers", owner_id=ana.user_id)
    other = await _lead("Theirs", owner_id=mara.user_id)

    consultant = await _join(board, browsers, "s1", ana)
    manager = await _join(board, browsers, "s2", mara)

    assert set(consultant["board"]["ids"]) == {free, hers}
    assert set(manager["board"]["ids"]) == {free, hers, other}
    assert consultant[f"card_{hers}"]["name"] == "Hers"
    assert f"card_{other}" not in consultant
    assert consultant["board"]["me"] == {"id": ana.user_id, "name": "Ana Ribeiro", "initials": "AR", "manager": False}
    assert consultant["line"] == "live"


async def test_a_committed_change_reaches_each_room_once(board, browsers, mara):
    held = await _join(board, browsers, "s1", mara)
    before = REGISTRY.get_sample_value("leadline_board_emits_total", {"kind": "card"}) or 0

    lead = await _lead("Tom")
    await browsers.until(lambda: f"card_{lead}" in held)

    assert [to for to, keys in browsers.log if f"card_{lead}" in keys] == [(MANAGERS, UNASSIGNED)]
    assert REGISTRY.get_sample_value("leadline_board_emits_total", {"kind": "card"}) == before + 1


async def test_a_change_that_is_rolled_back_is_never_shown(board, browsers, mara):
    held = await _join(board, browsers, "s1", mara)

    with pytest.raises(ZeroDivisionError):
        await _fail()
    lead = await _lead("After")
    await browsers.until(lambda: f"card_{lead}" in held)

    assert "card_999" not in held


async def _fail() -> None:
    async with transaction() as db:
        notify(db, of_lead(999))
        raise ZeroDivisionError


async def test_who_loses_a_lead_is_sent_null_and_who_gets_it_the_card(board, browsers, ana):
    lead = await _lead("Elena")
    held = await _join(board, browsers, "s1", ana)

    await _give(lead, (await join("Bruno Costa", Role.CONSULTANT)).user_id)
    await browsers.until(lambda: held[f"card_{lead}"] is None)
    await _give(lead, ana.user_id)
    await browsers.until(lambda: held[f"card_{lead}"] is not None)

    assert held[f"card_{lead}"]["owner_id"] == ana.user_id


async def test_a_deleted_lead_disappears(board, browsers, ana):
    lead = await _lead("Gone")
    held = await _join(board, browsers, "s1", ana)

    async with transaction() as db:
        await db.execute(sa.text("delete from lead where id = :id"), {"id": lead})
        notify(db, of_lead(lead))

    await browsers.until(lambda: held[f"card_{lead}"] is None)


async def test_a_burst_is_read_once(board, browsers, mara, database):
    held = await _join(board, browsers, "s1", mara)
    async with board._lock:
        leads = [await _lead(f"Lead {number}") for number in range(20)]
        async with asyncio.timeout(20):
            while len(board._waiting) < 19:
                await asyncio.sleep(0)
        statements: list[str] = []
        sa.event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    await browsers.until(lambda: all(f"card_{lead}" in held for lead in leads))

    assert len([text for text in statements if "any(" in text]) <= 2
    assert len([1 for _, keys in browsers.log if f"card_{leads[5]}" in keys]) == 1


async def test_after_a_lost_connection_everybody_gets_a_snapshot(board, browsers, ana):
    lead = await _lead("Before")
    held = await _join(board, browsers, "s1", ana)
    first = held["board"]

    async with transaction() as db:
        await db.execute(sa.text("update lead set name = 'After' where id = :id"), {"id": lead})
        await db.execute(
            sa.text("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'leadline-board'")
        )
    await browsers.until(lambda: held["board"] is not first and held["line"] == "live")

    assert held[f"card_{lead}"]["name"] == "After"
    assert [keys["line"] for _, keys in browsers.log if "line" in keys][-2:] == ["lost", "live"]


async def test_after_the_database_broke_every_connection_an_idle_board_goes_on(board, browsers, mara, database):
    lead = await _lead("Before")
    held = await _join(board, browsers, "s1", mara)
    first = held["board"]

    await _break_all_connections(database.url)
    await browsers.until(lambda: held["board"] is not first and held["line"] == "live")
    async with transaction() as db:
        await db.execute(sa.text("update lead set stage = 'won' where id = :id"), {"id": lead})
        notify(db, of_lead(lead))

    await browsers.until(lambda: held[f"card_{lead}"]["stage"] == "won")


async def _break_all_connections(url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )


async def test_a_board_that_opens_while_it_cannot_be_read_says_so_and_is_shown_later(board, browsers, mara):
    lead = await _lead("Tom")
    async with transaction() as db:
        await db.execute(sa.text("alter table lead rename column name to hidden"))

    held = await _join(board, browsers, "s1", mara)
    assert held == {"line": "lost"}
    async with transaction() as db:
        await db.execute(sa.text("alter table lead rename column hidden to name"))

    await browsers.until(lambda: held.get("board") is not None)
    assert (held[f"card_{lead}"]["name"], held["line"]) == ("Tom", "live")


async def test_a_browser_whose_sign_in_cannot_be_read_is_taken_in_later(board, browsers, ana):
    browsers.held["s1"] = held = {}
    browsers.signed_in["s1"] = ana
    browsers.failures = [OSError("no database")]

    await board.park("s1")

    assert held == {"line": "lost"}
    await browsers.until(lambda: held.get("board") is not None)
    assert held["line"] == "live"


async def test_a_stranger_who_had_to_wait_is_sent_to_the_sign_in_page(board, browsers):
    browsers.held["s1"] = held = {}

    await board.park("s1")

    await browsers.until(lambda: held.get("signed_out") is True)
    assert "board" not in held


async def test_a_sign_out_that_could_not_be_looked_up_is_not_forgotten(board, browsers, ana):
    held = await _join(board, browsers, "s1", ana)
    browsers.signed_in["s1"] = None
    browsers.failures = [OSError("no database"), OSError("no database")]

    async with transaction() as db:
        notify(db, of_sign_in(ana.user_id))

    await browsers.until(lambda: held.get("signed_out") is True)
    assert browsers.failures == []


async def test_changes_do_not_wait_while_sign_ins_are_looked_up(board, browsers, mara):
    held = await _join(board, browsers, "s1", mara)
    browsers.lookable.clear()

    async with transaction() as db:
        notify(db, of_sign_in(mara.user_id))
    lead = await _lead("Tom")

    await browsers.until(lambda: f"card_{lead}" in held)


async def test_who_is_signed_out_leaves_the_rooms_and_is_sent_away(board, browsers, ana):
    held = await _join(board, browsers, "s1", ana)
    browsers.signed_in["s1"] = None

    async with transaction() as db:
        notify(db, of_sign_in(ana.user_id))
    await browsers.until(lambda: held.get("signed_out") is True)
    async with asyncio.timeout(20):
        while "s1" in browsers.held:
            await asyncio.sleep(0)

    assert browsers.rooms["s1"] == set()


async def test_who_becomes_a_manager_gets_the_managers_board(board, browsers, ana, mara):
    other = await _lead("Theirs", owner_id=mara.user_id)
    held = await _join(board, browsers, "s1", ana)
    browsers.signed_in["s1"] = Viewer(ana.user_id, ana.name, ana.initials, Role.MANAGER, ana.email)

    async with transaction() as db:
        notify(db, of_sign_in(ana.user_id))
    await browsers.until(lambda: other in held["board"]["ids"])

    assert browsers.rooms["s1"] == {MANAGERS}


async def test_the_sign_in_of_somebody_else_changes_nothing(board, browsers, ana, mara):
    held = await _join(board, browsers, "s1", ana)
    first = held["board"]
    browsers.signed_in["s1"] = None

    async with transaction() as db:
        notify(db, of_sign_in(mara.user_id))
    lead = await _lead("Next")
    await browsers.until(lambda: f"card_{lead}" in held)

    assert held["board"] is first
    assert "signed_out" not in held


async def test_browsers_that_join_together_share_one_read(board, browsers, mara, database):
    statements: list[str] = []
    sa.event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))

    await asyncio.gather(*(_join(board, browsers, f"s{number}", mara) for number in range(10)))

    assert len([text for text in statements if "limit" in text]) <= 2
    assert all("board" in browsers.held[f"s{number}"] for number in range(10))


async def test_a_browser_that_left_while_it_waited_is_forgotten(board, browsers, ana):
    async with board._lock:
        joining = asyncio.create_task(_join(board, browsers, "s1", ana))
        await asyncio.sleep(0)
        browsers.held.pop("s1")
        board.left("s1")
    with pytest.raises(KeyError):
        await joining

    assert "s1" not in board._browsers
    assert own_room(ana.user_id) not in browsers.rooms.get("s1", set())


async def test_open_drawers_hear_of_leads_and_of_messages(database, browsers):
    heard: list[int] = []
    live = LiveBoard(browsers, changed=heard.append)
    listener = asyncio.create_task(Listener(database.url, live).run())
    await _listens(live)

    async with transaction() as db:
        notify(db, of_message(5, 41))
        notify(db, of_session("agent"))
        notify(db, of_lead(42))
    async with asyncio.timeout(20):
        while len(heard) < 2:
            await asyncio.sleep(0)

    assert heard == [41, 42]
    listener.cancel()


async def test_what_changed_and_nobody_told_is_found(board, browsers, mara, monkeypatch, caplog):
    """A process that is killed between a commit and its notice."""
    monkeypatch.setattr(live_missed, "ON_ITS_WAY", 0.0)
    held = await _join(board, browsers, "s1", mara)
    told, untold = await _lead("Tom"), await _lead("Lia")
    await browsers.until(lambda: f"card_{told}" in held and f"card_{untold}" in held)
    async with transaction() as db:
        for name, lead_id in (("Tom Berg", told), ("Lia Costa", untold)):
            values = {"name": name, "now": SystemClock().now(), "id": lead_id}
            await db.execute(sa.text("update lead set name = :name, updated_at = :now where id = :id"), values)
        notify(db, of_lead(told))
    await browsers.until(lambda: held[f"card_{told}"]["name"] == "Tom Berg")

    browsers.log.clear()
    await board.find_missed()
    await browsers.until(lambda: held[f"card_{untold}"]["name"] == "Lia Costa")
    await board.find_missed()
    await board.catch_up()
    assert [key for _, emitted in browsers.log for key in emitted if key.startswith("card_")] == [f"card_{untold}"]
    assert caplog.text.count("board_changes_missed") == 1


async def test_while_the_database_is_away_nothing_is_taken_for_missed(board, browsers, mara, database, monkeypatch):
    async def away(*_: Any) -> dict[int, float]:
        raise OSError("no connection")

    monkeypatch.setattr(live_missed.desk, "changed_between", away)
    await board.find_missed()
    assert board._waiting == {}


async def test_a_read_that_fails_is_tried_again(board, browsers, mara, database, caplog):
    held = await _join(board, browsers, "s1", mara)
    async with transaction() as db:
        await db.execute(sa.text("alter table lead rename column name to hidden"))
    await _notify(7)
    async with asyncio.timeout(20):
        while "board_read_failed" not in caplog.text:
            await asyncio.sleep(0.01)

    async with transaction() as db:
        await db.execute(sa.text("alter table lead rename column hidden to name"))
    lead = await _lead("Late but there")
    await browsers.until(lambda: f"card_{lead}" in held)


async def _notify(lead_id: int) -> None:
    async with transaction() as db:
        notify(db, of_lead(lead_id))


async def test_latency_counts_from_the_row_unless_the_row_is_old(board, browsers, mara):
    lead = await _lead("Tom")
    held = await _join(board, browsers, "s1", mara)
    card = next(card for card in await _cards(lead))

    written = card.updated_at / 1000
    assert committed(Change(lead, written + 0.5), card) == written
    assert committed(Change(lead, written + 60), card) == written + 60
    assert committed(Change(lead, 12.0), None) == 12.0
    assert held


async def _cards(lead_id: int):
    from app.leads import desk

    return list((await desk.cards_of([lead_id])).values())
