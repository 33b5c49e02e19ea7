"""What was committed and counted is looked for again; what is gone is a loss, unless the person was erased."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import FixedClock
from app.database import reading, transaction
from app.insights import conservation
from app.leads import ledger
from app.leads.ledger import Kind

pytestmark = pytest.mark.usefixtures("database")


async def execute(statement: str, **values: object) -> None:
    async with transaction() as db:
        await db.execute(sa.text(statement), values)


async def lead_with_messages(clock: FixedClock, count: int) -> int:
    async with transaction() as db:
        new = sa.text("insert into lead (created_at) values (:now) returning id")
        lead_id = int((await db.execute(new, {"now": clock.now()})).scalar_one())
        ledger.record(db, Kind.LEAD_CREATED, lead_id=lead_id, at=clock.now(), source="whatsapp")
        for _ in range(count):
            await db.execute(
                sa.text(
                    "insert into message (lead_id, session, direction, author, status, body)"
                    " values (:id, 'agent', 'in', 'lead', 'received', 'hello')"
                ),
                {"id": lead_id},
            )
            ledger.record(db, Kind.MESSAGE_PERSISTED, lead_id=lead_id, at=clock.now(), session="agent", direction="in")
    return lead_id


async def losses() -> list[Any]:
    async with reading() as db:
        return list(
            await db.execute(sa.text("select labels ->> 'kind' as kind, amount from ledger where kind = 'data_loss'"))
        )


async def test_a_whole_database_has_lost_nothing(clock: FixedClock):
    await lead_with_messages(clock, 3)
    assert await conservation.audit() == 0
    assert await losses() == []


async def test_messages_that_vanished_are_counted_once(clock: FixedClock):
    lead_id = await lead_with_messages(clock, 5)
    await execute("delete from message where id in (select id from message where lead_id = :id limit 2)", id=lead_id)
    assert await conservation.audit() == 2
    assert await conservation.audit() == 0
    assert [(row.kind, row.amount) for row in await losses()] == [("message", 2)]
    await execute("delete from message where lead_id = :id", id=lead_id)
    assert await conservation.audit() == 3


async def test_a_lead_that_vanished_is_counted_once(clock: FixedClock):
    lead_id = await lead_with_messages(clock, 1)
    await execute("delete from lead where id = :id", id=lead_id)
    assert await conservation.audit() == 1
    assert await conservation.audit() == 0
    assert [row.kind for row in await losses()] == ["lead"]


async def test_a_person_who_was_erased_is_no_loss(clock: FixedClock):
    lead_id = await lead_with_messages(clock, 2)
    await execute("update ledger set lead_id = null where lead_id = :id", id=lead_id)
    await execute("delete from lead where id = :id", id=lead_id)
    assert await conservation.audit() == 0


async def test_an_old_chat_that_was_shortened_is_no_loss(clock: FixedClock):
    lead_id = await lead_with_messages(clock, 2)
    clock.move(days=8)
    await execute("delete from message where lead_id = :id", id=lead_id)
    assert await conservation.audit() == 0
