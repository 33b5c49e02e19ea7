"""What becomes due when nothing happens, lead by lead."""

from __future__ import annotations

import sqlalchemy as sa

from app.conversations import chat, followthrough
from app.database import transaction
from app.registry import override, use
from app.settings import Settings
from tests.integration.conversations.people import MANAGER
from tests.integration.conversations.world import AGENT, World, hook_of


async def run(statement: str, **values: object) -> None:
    async with transaction() as db:
        await db.execute(sa.text(statement), values)


async def two_silent_leads(world: World) -> list[int]:
    for number in range(2):
        world.gateway.lead_writes(AGENT, f"1555010013{number}", "Hello")
    await world.gateway.deliver()
    await world.pass_time(4)
    return [row.id for row in await world.rows("select id from lead order by id")]


async def test_a_stored_interview_that_cannot_be_read_holds_up_no_other(world: World) -> None:
    broken, sound = await two_silent_leads(world)
    await run(
        "update qualification set progress = progress || cast(:odd as jsonb) where lead_id = :id",
        odd='{"finished": "no such end"}',
        id=broken,
    )
    await run("update lead set abandon_due_at = :at", at=world.clock.now())
    assert await followthrough.sweep_abandoned() == 2
    rows = await world.rows("select lead_id, status from qualification order by lead_id")
    assert [(row.lead_id, row.status) for row in rows] == [(broken, "active"), (sound, "abandoned")]
    due = await world.rows("select id from lead where abandon_due_at is not null")
    assert [row.id for row in due] == [broken], "it is tried again later"
    assert await followthrough.sweep_abandoned() == 0, "and not at once"
    world.clock.move(minutes=1)
    assert await followthrough.sweep_abandoned() == 1


async def test_a_lead_that_writes_while_it_is_being_given_up_is_not(world: World) -> None:
    first, _ = await two_silent_leads(world)
    now = world.clock.now()
    await run("update lead set abandon_due_at = null where id <> :id", id=first)
    await run("update lead set abandon_due_at = :at where id = :id", at=now, id=first)
    claimed = await followthrough._claim("abandon_due_at", now, 10)
    assert claimed == [first]
    world.gateway.lead_writes(AGENT, "15550100130", "Still here")
    await world.gateway.deliver()
    await followthrough._abandon(first, now=now)
    assert (await world.one("select status from qualification where lead_id = :id", id=first)).status == "active"


async def test_who_wrote_what_came_too_late_for_the_agent_waits_for_a_person_after_the_pause_too(world: World) -> None:
    await world.says("Hello")
    lead = await world.lead()
    with override(Settings, use(Settings).model_copy(update={"human_pause_minutes": 180})):
        await chat.write(MANAGER, lead.id, "I am on it")
    late = await hook_of(world, "Is Tuesday possible?")
    world.clock.move(hours=2)
    await world.take_in(late)
    waits = (await world.lead()).waiting_since
    assert waits == world.clock.now()

    await world.pass_time(3601)

    lead = await world.lead()
    assert (lead.automation, lead.resume_due_at, lead.waiting_since) == ("human", None, waits)
    await chat.return_to_agent(MANAGER, lead.id)
    lead = await world.lead()
    assert (lead.automation, lead.waiting_since, lead.turn_due_at) == ("agent", waits, None)
    assert lead.due_at is not None
