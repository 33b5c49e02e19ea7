"""Each step of a message on its way to a phone is counted once, whoever reported it and in whatever order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.conversations import turns
from app.database import transaction
from app.messages import repository as messages
from app.vocabulary import DeliveryStatus
from app.whatsapp.gateway import SendReceipt
from metrics.registry import REGISTRY
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


FIRST_CONTACT = ("leadline_lead_first_contact_seconds", {"actor": "agent"})
TURN = ("leadline_turn_duration_seconds", {"method": "rules"})
DELIVERY = ("leadline_whatsapp_delivery_latency_seconds", {"session": "agent"})


def observed() -> Callable[[tuple[str, dict[str, str]]], tuple[float, float]]:
    """How often a histogram is observed from now on, and the sum of it."""

    def value(histogram: tuple[str, dict[str, str]], part: str) -> float:
        return REGISTRY.get_sample_value(f"{histogram[0]}_{part}", histogram[1]) or 0.0

    begun = {
        (kind[0], part): value(kind, part) for kind in (FIRST_CONTACT, TURN, DELIVERY) for part in ("count", "sum")
    }
    return lambda kind: (
        value(kind, "count") - begun[kind[0], "count"],
        round(value(kind, "sum") - begun[kind[0], "sum"], 3),
    )


def tell_before_the_answer(world: World, monkeypatch: pytest.MonkeyPatch, *acks: int) -> None:
    """The gateway's webhooks about a send come in before its answer does."""
    send = world.gateway.send

    async def telling(*about: Any, **more: Any) -> SendReceipt:
        receipt = await send(*about, **more)
        for ack in acks:
            world.gateway.acknowledge(AGENT, receipt.message_id, ack)
            world.gateway.waiting.rotate(1)
        await world.gateway.deliver()
        return receipt

    monkeypatch.setattr(world.gateway, "send", telling)


@pytest.mark.parametrize("acks", [(), (DELIVERED,)])
async def test_who_tells_first_that_a_message_was_taken_tells_the_first_contact(
    world: World, monkeypatch: pytest.MonkeyPatch, acks: tuple[int, ...]
) -> None:
    seen = observed()
    tell_before_the_answer(world, monkeypatch, *acks)
    await world.says("Hello")
    await world.pass_time(4)
    lead = await world.lead()
    assert (lead.first_contact_at - lead.first_inbound_at).total_seconds() == 4
    assert seen(FIRST_CONTACT) == (1, 4)
    assert seen(TURN) == (1, 1)
    assert seen(DELIVERY)[0] == len(acks)
    await world.says("And the price?")
    await world.pass_time(600)
    assert seen(FIRST_CONTACT) == (1, 4), "a later answer is no first contact"
    assert seen(TURN)[0] == 2


async def test_the_echo_of_a_send_whose_answer_was_lost_tells_the_first_contact(world: World) -> None:
    seen = observed()
    world.gateway.lose_next_answer(accepted=True)
    await world.says("Hello")
    await world.pass_time(4)
    assert (await world.one("select status from message where direction = 'out'")).status == "accepted"
    assert (await world.lead()).first_contact_at is not None
    assert seen(FIRST_CONTACT) == (1, 4)
    assert seen(TURN) == (1, 1)


async def test_a_message_that_was_read_first_is_measured_as_delivered(world: World) -> None:
    key, seen = await answered(world), observed()
    world.clock.move(seconds=7)
    for ack in (READ, DELIVERED):
        world.gateway.acknowledge(AGENT, key, ack)
    await world.gateway.deliver()
    assert seen(DELIVERY) == (1, 7)


async def test_a_receipt_that_waited_for_its_message_is_measured_too(world: World) -> None:
    seen, now = observed(), world.clock.now()
    await world.says("Hello", session=CONSULTANT)
    key = world.gateway.phone_writes(CONSULTANT, PHONE, "Good morning!")
    echo = world.gateway.waiting.pop()
    async with transaction() as db:
        await messages.park_ack(
            db, session="consultant", gateway_id=key, status=DeliveryStatus.READ, at=now + timedelta(seconds=9), now=now
        )
    await world.take_in(echo)
    assert (await world.one("select status from message where direction = 'out'")).status == "read"
    delivery = ("leadline_whatsapp_delivery_latency_seconds_count", {"session": "consultant"})
    assert (REGISTRY.get_sample_value(*delivery) or 0) > 0
    assert seen(DELIVERY) == (0, 0), "it went by the other number"


async def test_what_was_rolled_back_is_not_measured(world: World) -> None:
    key, seen = await answered(world), observed()
    now = world.clock.now()

    async def acknowledged_and_lost() -> None:
        async with transaction() as db:
            await messages.climb(db, session="agent", gateway_id=key, status=DeliveryStatus.DELIVERED, at=now, now=now)
            raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        await acknowledged_and_lost()
    assert seen(DELIVERY) == (0, 0)


async def test_two_reports_at_one_instant_count_each_step_once(world: World) -> None:
    """The gateway's answer holds the row while an ack comes: the ack finds what the answer has changed."""
    world.gateway.lose_next_answer(accepted=True)
    await world.says("Hello")
    world.clock.move(seconds=4)
    await turns.sweep_due()
    for _ in ("turn", "send"):
        await world.work()
    row = await world.one("select id, gateway_id, status from message where direction = 'out'")
    assert row.status == "sending"
    world.gateway.waiting.clear()
    world.gateway.acknowledge(AGENT, row.gateway_id, READ)
    async with transaction() as db:
        now = world.clock.now()
        await messages.climb(
            db, session="agent", gateway_id=row.gateway_id, status=DeliveryStatus.ACCEPTED, at=now, now=now
        )
        await db.flush()
        acknowledging = asyncio.create_task(world.gateway.deliver())
        while not await world.rows("select 1 from pg_locks where not granted"):
            await asyncio.sleep(0.01)
    await acknowledging
    assert await steps(world) == ["accepted", "delivered", "read"]
