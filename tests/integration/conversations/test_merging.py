"""Two records that prove to be one person: what both knew stays, and nothing is answered twice."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.conversations import brief, chat
from app.database import transaction
from app.leads import merging
from tests.integration.conversations.people import MANAGER, hire
from tests.integration.conversations.world import PHONE, World

HIDDEN = "777000111222333"
OTHER_PHONE = "15550100111"


async def execute(statement: str, **values: Any) -> None:
    async with transaction() as db:
        await db.execute(sa.text(statement), values)


async def merged(world: World) -> Any:
    """The one lead that the older and the younger record become."""
    old, young = [row.id for row in await world.rows("select id from lead order by id")]
    async with transaction() as db:
        await merging.merge(db, keep=old, gone=[young], now=world.clock.now())
    return await world.lead()


async def test_a_chat_that_was_answered_is_not_answered_again(world: World) -> None:
    await world.says("Hello, do you have evening classes?")
    await world.pass_time(3)
    world.gateway.hide(PHONE, HIDDEN, known=False)
    await world.says("I want to talk to a person", "it is about prices")
    await world.pass_time(3)
    await chat.return_to_agent(MANAGER, (await world.one("select max(id) as id from lead")).id)
    said = len(await world.replies())

    world.gateway.hide(PHONE, HIDDEN, known=True)
    await world.says("do you teach online?")
    await world.pass_time(3)

    assert len(await world.replies()) == said + 1
    assert (await world.lead()).automation == "agent", "nobody asked for a person again"


async def test_what_is_open_in_the_one_and_older_than_the_answer_of_the_other_is_answered_alone(world: World) -> None:
    await world.says("Hello, I want an English course")
    await world.pass_time(3)
    await world.says("My name is Lia Souza", phone=OTHER_PHONE)
    await execute("update lead set turn_due_at = null where id = (select max(id) from lead)")
    await world.says("and I want to talk to a person")
    await world.pass_time(3)
    await chat.return_to_agent(MANAGER, (await world.one("select min(id) as id from lead")).id)
    said = len(await world.replies())

    lead = await merged(world)
    assert (lead.automation, lead.turn_due_at) == ("agent", world.clock.now())
    assert (
        lead.first_unanswered_at == (await world.one("select created_at from message where body ~ 'Souza'")).created_at
    )
    await world.settle()

    lead = await world.lead()
    assert len(await world.replies()) == said + 1
    assert (lead.automation, lead.name, lead.first_unanswered_at) == ("agent", "Lia Souza", None)


async def test_the_clocks_of_both_records_go_on(world: World) -> None:
    await world.says("hello", phone=OTHER_PHONE)
    young_first = world.clock.now()
    world.clock.move(minutes=5)
    await world.says("hello")
    old, young = [row.id for row in await world.rows("select id from lead order by id desc")]
    await chat.write(MANAGER, young, "Hi, this is Mara.")
    contact = (await world.one("select human_contact_at from lead where id = :id", id=young)).human_contact_at
    world.clock.move(minutes=1)
    await world.says("still there?", phone=OTHER_PHONE)
    waiting = await world.one("select waiting_since, due_at from lead where id = :id", id=young)
    assert waiting.waiting_since is not None

    async with transaction() as db:
        await merging.merge(db, keep=old, gone=[young], now=world.clock.now())

    lead = await world.lead()
    assert (lead.first_inbound_at, lead.human_contact_at) == (young_first, contact)
    assert lead.automation == "human"
    assert lead.waiting_since <= waiting.waiting_since
    assert lead.due_at == waiting.due_at
    assert lead.turn_due_at is None, "a person has the chat"


async def test_the_brief_and_the_follow_ups_stay_with_the_person(world: World) -> None:
    await hire("Ana")
    await world.says("hello", phone=OTHER_PHONE)
    await world.pass_time(3)
    await answer_everything_of_a_new_one(world)
    await brief.sweep_due()
    await world.work()
    young = (await world.one("select max(id) as id from lead")).id
    await execute(
        "insert into follow_up (lead_id, stage, number, audience, status) values"
        " (:id, 'qualifying', 1, 'lead', 'unanswered'), (:id, 'qualifying', 2, 'lead', 'reserved')",
        id=young,
    )

    lead = await merged(world)

    assert (await world.one("select lead_id from brief")).lead_id == lead.id
    rows = await world.rows("select lead_id, status, reason from follow_up order by number")
    assert [tuple(row) for row in rows] == [(lead.id, "unanswered", None), (lead.id, "cancelled", "replied")]
    assert await world.rows("select 1 from audit_event where lead_id <> :id", id=lead.id) == []


async def answer_everything_of_a_new_one(world: World) -> None:
    """The second person tells all there is to tell."""
    await world.says(
        "Hi! I'm Marta Silva, marta.silva@example.com, from Lisbon. I want to enrol in the evening English course,",
        "I can pay up to 900 euros, want to start next week, and I decide on my own.",
    )
    await world.pass_time(3)


async def test_who_opted_out_in_one_record_is_left_alone_in_both(world: World) -> None:
    await world.says("hello")
    await world.says("hello", phone=OTHER_PHONE)
    await chat.opt_out(MANAGER, (await world.one("select max(id) as id from lead")).id)

    lead = await merged(world)

    assert (lead.automation, lead.turn_due_at, lead.waiting_since, lead.due_at) == ("off", None, None, None)
    assert lead.answered_id == lead.last_inbound_id


async def test_three_records_become_one(world: World) -> None:
    for phone in (PHONE, OTHER_PHONE, "15550100112"):
        await world.says("hello", phone=phone)
    old, *young = [row.id for row in await world.rows("select id from lead order by id")]
    async with transaction() as db:
        await merging.merge(db, keep=old, gone=young, now=world.clock.now())

    lead = await world.lead()
    assert (lead.unread, len(await world.rows("select 1 from message where lead_id = :id", id=lead.id))) == (3, 3)
