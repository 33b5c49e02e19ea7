"""Messages out: receipts, echoes, acks, and sends of which nobody knows what became."""

from __future__ import annotations

import pytest

from app.vocabulary import DeliveryStatus
from app.whatsapp.errors import AmbiguousSend, SessionNotFound, SessionNotReady
from app.whatsapp.events import AckEvent, MessageDirection, MessageEvent, MessageType, Origin, SessionStatus
from app.whatsapp.gateway import Address, OutboundMessage, SendReceipt, SightingOutcome
from tests.contract.gateway.worlds import AGENT, LEAD, World, events, ready, spec, state_becomes

TO = Address.of_phone(LEAD)
HELLO = OutboundMessage.text("Olá, tudo bem? 👋")


async def send(world: World, message_id: str | None) -> SendReceipt:
    return await world.gateway.send(AGENT, TO, HELLO, client_ref="row 1", message_id=message_id)


async def in_the_chat(world: World) -> list[str]:
    since = world.clock.now()
    history = world.gateway.history(AGENT, since=since, chat=TO)
    return [event.message_id async for event in history if isinstance(event, MessageEvent)]


async def test_a_send_is_accepted_under_the_id_that_was_given_beforehand(world: World):
    await ready(world)
    message_id = await world.gateway.new_message_id(AGENT)

    receipt = await send(world, message_id)

    assert receipt == SendReceipt("row 1", message_id or "", TO)


async def test_ids_are_never_given_twice(world: World):
    await ready(world)

    assert len({await world.gateway.new_message_id(AGENT) for _ in range(20)}) == 20


async def test_without_an_id_the_gateway_names_the_message_itself(world: World):
    await ready(world)

    receipt = await send(world, None)

    assert receipt.message_id
    assert await in_the_chat(world) == [receipt.message_id]


async def test_our_own_message_comes_back_as_an_echo(world: World):
    await ready(world)

    receipt = await send(world, await world.gateway.new_message_id(AGENT))

    echo = next(event for event in await events(world) if isinstance(event, MessageEvent))
    assert echo.message_id == receipt.message_id
    assert echo.direction is MessageDirection.OUT
    assert echo.origin is Origin.API
    assert echo.type is MessageType.TEXT
    assert echo.text == HELLO.body
    assert echo.chat == TO
    assert echo.sender == Address.of_phone("15550100001")
    assert echo.push_name is None


async def test_a_message_climbs_from_sent_to_delivered_to_read(world: World):
    await ready(world)
    receipt = await send(world, await world.gateway.new_message_id(AGENT))

    await world.read_everything(AGENT, receipt.message_id)

    acks = [event for event in await events(world) if isinstance(event, AckEvent)]
    climbed = [ack.status for ack in acks if ack.status is not DeliveryStatus.ACCEPTED]
    assert climbed == [DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ]
    assert {ack.message_id for ack in acks} == {receipt.message_id}
    assert {ack.chat for ack in acks} == {TO}


async def test_the_same_id_twice_is_one_message(world: World):
    await ready(world)
    message_id = await world.gateway.new_message_id(AGENT)

    first, second = await send(world, message_id), await send(world, message_id)

    assert first == second
    assert await in_the_chat(world) == [message_id]


async def test_a_send_whose_answer_is_lost_is_found_in_the_chat(world: World):
    await ready(world)
    message_id = await world.gateway.new_message_id(AGENT)
    assert message_id
    world.lose_next_answer(accepted=True)

    with pytest.raises(AmbiguousSend) as lost:
        await send(world, message_id)
    sighting = await world.gateway.find_sent(AGENT, TO, message_id)

    assert not lost.value.retryable
    assert sighting.outcome is SightingOutcome.FOUND
    assert sighting.delivery is not None


async def test_a_send_that_never_arrived_is_not_in_the_chat_and_may_be_repeated(world: World):
    await ready(world)
    message_id = await world.gateway.new_message_id(AGENT)
    assert message_id
    world.lose_next_answer(accepted=False)
    with pytest.raises(AmbiguousSend):
        await send(world, message_id)

    sighting = await world.gateway.find_sent(AGENT, TO, message_id)
    await send(world, message_id)

    assert sighting.outcome is SightingOutcome.NOT_FOUND
    assert await in_the_chat(world) == [message_id]


async def test_a_session_that_is_not_ready_cannot_say_whether_a_message_was_sent(world: World):
    await ready(world)
    await world.fail(AGENT)

    assert (await world.gateway.find_sent(AGENT, TO, "3EB0AA")).outcome is SightingOutcome.UNKNOWN


async def test_a_session_that_awaits_its_login_sends_nothing(world: World):
    await world.gateway.ensure_session(AGENT, spec(AGENT))
    await state_becomes(world, AGENT, SessionStatus.AUTH_REQUIRED)

    with pytest.raises(SessionNotReady) as refused:
        await send(world, "3EB0AA")

    assert refused.value.retryable
    assert refused.value.raw_status == "SCAN_QR_CODE"
    assert refused.value.expected == ("WORKING",)


async def test_a_stopped_session_sends_nothing(world: World):
    await ready(world)
    await world.gateway.stop(AGENT)

    with pytest.raises(SessionNotFound):
        await send(world, "3EB0AA")


async def test_reading_and_typing_are_shown(world: World):
    await ready(world)
    inbound = await world.lead_writes(AGENT, "Hello?")

    await world.gateway.mark_seen(AGENT, TO, [inbound])
    await world.gateway.typing(AGENT, TO, on=True, inbound_id=inbound)
    await world.gateway.typing(AGENT, TO, on=False)


async def test_an_error_keeps_texts_and_numbers_to_itself(world: World):
    await ready(world)
    world.lose_next_answer(accepted=False)

    with pytest.raises(AmbiguousSend) as lost:
        await send(world, "3EB0AA")

    assert LEAD not in f"{lost.value!r} {lost.value.facts}"
    assert HELLO.body not in f"{lost.value!r} {lost.value.facts} {HELLO!r}"
