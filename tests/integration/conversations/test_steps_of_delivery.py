"""Each step of a message on its way to a phone is counted once, whoever reported it and in whatever order."""

from __future__ import annotations

from tests.integration.conversations.world import AGENT, CONSULTANT, PHONE, World

DELIVERED, READ = 2, 3


async def steps(world: World) -> list[str]:
    rows = await world.rows(
        "select labels ->> 'status' as status, sum(amount) as n from ledger where kind = 'message_status'"
        " group by 1 order by 1"
    )
    assert {row.n for row in rows} <= {1}, "no step counts twice"
    return [row.status for row in rows]


async def answered(world: World) -> str:
    """The agent answered once; returns the id of its message."""
    await world.says("Hello")
    await world.pass_time(4)
    (key,) = world.gateway.sent(AGENT)
    return key


async def test_a_message_that_was_read_was_delivered_even_when_nobody_said_so(world: World) -> None:
    world.gateway.acknowledge(AGENT, await answered(world), READ)
    await world.gateway.deliver()
    assert await steps(world) == ["accepted", "delivered", "read"]


async def test_reports_in_any_order_count_each_step_once(world: World) -> None:
    key = await answered(world)
    for ack in (READ, DELIVERED, READ):
        world.gateway.acknowledge(AGENT, key, ack)
        await world.gateway.deliver()
    assert await steps(world) == ["accepted", "delivered", "read"]


async def test_a_message_that_a_person_typed_on_the_phone_counts_as_accepted(world: World) -> None:
    await world.says("Hello", session=CONSULTANT)
    key = world.gateway.phone_writes(CONSULTANT, PHONE, "Good morning!")
    await world.gateway.deliver()
    world.gateway.acknowledge(CONSULTANT, key, DELIVERED)
    await world.gateway.deliver()
    assert await steps(world) == ["accepted", "delivered"]
