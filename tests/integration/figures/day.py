"""A day on which everything happens that the figures tell of, each by the way on which it happens in production."""

from __future__ import annotations

import asyncio
import time
import types
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from engineio.async_socket import AsyncSocket
from engineio.packet import PONG, Packet
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import create_async_engine

from app import telemetry
from app.board.live import LiveBoard
from app.board.live_listener import Told
from app.board.live_sockets import Attendance, attend, hear_pongs
from app.classification import verdicts
from app.classification.service import note_trial
from app.classification.verdicts import Opinion
from app.conversations import chat
from app.database import async_url, reading, transaction
from app.insights import conservation, evaluations, lifecycle
from app.leads import desk, folding
from app.llm.account import Bill
from app.observe import answers
from app.sessions import guardian, history
from app.vocabulary import Risk, Stage, Temperature
from app.whatsapp.errors import SessionNotFound
from metrics import probes
from tests.integration.conversations.world import AGENT, CONSULTANT, PHONE
from tests.integration.figures.house import House
from tests.integration.llm.conftest import with_model
from tests.support.groq_standin import Fault, Standin
from tests.support.team import PASSWORD

EVERYTHING = (
    "Hi! I'm Marta Silva, marta.silva@example.com, from Lisbon. I want to enrol in the evening English course,",
    "I can pay up to 900 euros, want to start next week, and I decide on my own.",
)


async def play(house: House) -> None:
    """Play the whole day."""
    await leads_are_qualified(house)
    await leads_are_judged_by_a_model(house)
    await a_model_is_tried()
    await people_work(house)
    await people_say_what_they_think(house)
    await sessions_fall_and_return(house)
    await messages_get_lost(house)
    await boards_are_watched(house)
    await the_door_is_knocked_at(house)
    await the_database_is_busy(house)
    await processes_come_and_go(house)
    await evaluations.refresh()
    house.clock.move(minutes=15)
    await folding.fold(batch=50)


async def _interview(house: House, phone: str) -> int:
    world = house.world
    await world.says(*EVERYTHING, phone=phone)
    await world.pass_time(4)
    lead = await world.one("select * from lead order by id desc limit 1")
    for _ in range(6):
        lead = await world.one("select * from lead order by id desc limit 1")
        if lead.qualified_at is not None:
            break
        await world.says("yes, that is right", phone=phone)
        await world.pass_time(4)
    return int(lead.id)


async def leads_are_qualified(house: House) -> None:
    """Two finish; one falls silent; what was sent reaches their phones."""
    for number in range(2):
        await _interview(house, f"1555010020{number}")
    await house.world.says("Hello, I would like a course", phone="15550100209")
    await house.world.pass_time(4)
    for key in house.world.gateway.sent(AGENT):
        house.clock.move(seconds=2)
        house.world.gateway.acknowledge(AGENT, key, 2)
    await house.world.gateway.deliver()
    await house.world.pass_time(timedelta(days=2).total_seconds())


async def leads_are_judged_by_a_model(house: House) -> None:
    """One by the model; one by the rules, because the model is out of order."""
    async with with_model(Standin()):
        await _interview(house, "15550100221")
    async with with_model(Standin(rates={Fault.THROTTLED: 1.0}), llm_deadline_seconds=0.6):
        await _interview(house, "15550100222")


async def a_model_is_tried() -> None:
    """Trials are paid apart from the leads."""
    async with transaction() as db:
        note_trial(db, [Bill("openai/gpt-oss-20b", Decimal("0.25"), 0)])


async def people_work(house: House) -> None:
    """A consultant answers a lead of theirs, and another lead goes its way without the agent."""
    mine = await house.world.one(
        "select id from lead where owner_id = :ana and qualified_at is not null limit 1", ana=house.ana.user_id
    )
    house.clock.move(minutes=3)
    await chat.write(house.ana, mine.id, "Good morning! I am Ana.")
    await house.world.settle()
    await _move(house, mine.id, Stage.WORKING)
    await _move(house, mine.id, Stage.WON)
    await house.world.says("I only talk to people", phone="15550100231")
    by_hand = await house.world.one("select id from lead order by id desc limit 1")
    await chat.write(house.mara, by_hand.id, "Here I am, a person.")
    await house.world.settle()
    await _move(house, by_hand.id, Stage.QUALIFIED)


async def _move(house: House, lead_id: int, stage: Stage) -> None:
    lead = await house.world.one("select version from lead where id = :id", id=lead_id)
    await desk.move(house.mara, lead_id, stage, version=lead.version)


async def people_say_what_they_think(house: House) -> None:
    """One agrees with the rating, one does not; both are asked blindly."""
    rated = await house.world.rows(
        "select l.id, l.owner_id, c.temperature from lead l join lateral (select temperature from classification"
        " where lead_id = l.id order by id desc limit 1) c on true where l.blind order by l.id"
    )
    owned = [row for row in rated if row.owner_id is not None]
    for row, agrees in zip(owned, (True, False), strict=False):
        other = Temperature.COLD if row.temperature != Temperature.COLD else Temperature.HOT
        said = Temperature(row.temperature) if agrees else other
        owner = await house.world.one("select * from team_user where id = :id", id=row.owner_id)
        viewer = house.ana if owner.id == house.ana.user_id else _as(house, owner.id)
        await verdicts.give(viewer, row.id, Opinion(said, Risk.LOW))


def _as(house: House, user_id: int) -> Any:
    from dataclasses import replace

    return replace(house.ana, user_id=user_id)


async def messages_get_lost(house: House) -> None:
    """One webhook never comes and is found in the chat; one stored message vanishes from the table."""
    house.world.gateway.lead_writes(AGENT, PHONE, "this webhook gets lost")
    house.world.gateway.waiting.clear()
    house.clock.move(seconds=120)
    await history.merge_due()
    async with transaction() as db:
        await db.execute(sa.text("delete from message where id = (select max(id) from message where direction = 'in')"))
    await conservation.audit()


async def sessions_fall_and_return(house: House) -> None:
    """The gateway is restarted, and the agent's session with it; later the session falls by itself and is given up."""
    gateway = house.world.gateway
    await guardian.check()
    await history.merge_due()
    house.clock.move(seconds=60)
    await gateway.stop(AGENT)
    await gateway.deliver()
    house.clock.move(seconds=30)
    await gateway.start(AGENT)
    await gateway.deliver()
    await guardian.check()
    house.clock.move(minutes=10)
    gateway.fail_next("restart", SessionNotFound())
    for number in range(14):
        if number % 4 == 0:
            gateway.fail(AGENT)
            await gateway.deliver()
        await guardian.check()
        house.clock.move(seconds=8)
    await gateway.start(AGENT)
    gateway.unpair(CONSULTANT)
    await gateway.deliver()
    await guardian.check()


class _Browsers:
    """Browsers that show whatever they are sent."""

    async def emit(self, keys: object, to: object) -> None: ...

    async def enter(self, sid: str, rooms: object) -> bool:
        return True

    async def viewers(self, sids: object) -> dict[str, None]:
        return {}

    async def close(self, sid: str) -> None: ...


async def boards_are_watched(house: House) -> None:
    """A browser opens the board, hears of a change, answers a heartbeat, loses its line and comes back."""
    board = LiveBoard(_Browsers())
    await board.join("s1", house.ana)
    lead = await house.world.one("select id from lead order by id desc limit 1")
    board.hear(Told("lead", {"id": lead.id}))
    await board.catch_up()
    await _comes_and_goes(board)


async def _comes_and_goes(board: LiveBoard) -> None:
    async def on_connect(sid: str, environ: dict[str, Any], auth: Any = None) -> None: ...

    server: Any = types.SimpleNamespace(create_queue=asyncio.Queue, start_background_task=lambda _: None)
    server.logger = types.SimpleNamespace(info=lambda *_: None)
    namespace = types.SimpleNamespace(
        on_connect=on_connect, on_disconnect=lambda sid, reason="": None, sid_to_token={"s1": "token"}
    )
    now = [0.0]
    attendance = Attendance(board.left, now=lambda: now[0])
    attend(namespace, attendance)
    receive = AsyncSocket.receive
    hear_pongs(attendance)
    await namespace.on_connect("s1", {})
    now[0] = 20.0
    socket = AsyncSocket(server, "s1")
    socket.last_ping = time.time() - 0.02
    await socket.receive(Packet(PONG))
    AsyncSocket.receive = receive
    namespace.on_disconnect("s1", "transport close")
    now[0] = 28.0
    await namespace.on_connect("s1", {})


async def the_door_is_knocked_at(house: House) -> None:
    """Requests that end well, at the wrong door, without a key, and in an error of ours; too many wrong passwords."""
    web = house.web
    for path in ("/healthz", "/api/v1/leads", "/broken"):
        await web.get(path)
    form = {"email": house.ana.email, "password": PASSWORD}
    assert (await web.post("/api/sign-in", data=form)).headers["location"] == "/"
    committed = house.clock.now().timestamp() * 1000
    house.clock.move(milliseconds=80)
    await web.post("/api/seen", json={"painted": committed})
    for _ in range(8):
        await web.post("/api/sign-in", data={**form, "password": "wrong"})


async def the_database_is_busy(house: House) -> None:
    """A slow statement, and a pool in which somebody waits in vain."""
    async with reading() as db:
        await db.execute(sa.text("select pg_sleep(0.12)").execution_options(query_summary="day.slow"))
    small = create_async_engine(async_url(house.database.url), pool_size=1, max_overflow=0, pool_timeout=0.01)
    telemetry.instrument_engine(small, "small")
    async with small.connect():
        with suppress(PoolTimeout):
            await small.connect()
    await small.dispose()
    probes.watch("readyz", lambda: not answers("http://127.0.0.1:9", "/readyz", 200))


async def processes_come_and_go(house: House) -> None:
    """One stops in order; one is killed, which the next of its kind finds out."""
    async with lifecycle.lived("worker", 1) as life:
        life.stopping()
    with suppress(ConnectionAbortedError):
        async with lifecycle.lived("web", 2):
            raise ConnectionAbortedError
    async with lifecycle.lived("web", 2) as life:
        life.stopping()
