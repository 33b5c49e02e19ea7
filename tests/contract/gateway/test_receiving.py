"""Messages in: signatures, who wrote, hidden numbers, files, and the history."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.vocabulary import DeliveryStatus
from app.whatsapp.errors import MediaError, SignatureError
from app.whatsapp.events import (
    AckEvent,
    DroppedEvent,
    DropReason,
    MessageDirection,
    MessageEvent,
    MessageType,
    Origin,
)
from app.whatsapp.gateway import Address, AddressKind, OutboundMessage
from app.whatsapp.twin_payloads import Webhook
from tests.contract.gateway.worlds import AGENT, CONSULTANT, LEAD, World, events, ready

TO = Address.of_phone(LEAD)


async def the_webhook(world: World) -> Webhook:
    (hook,) = await world.webhooks()
    return hook


async def the_message(world: World) -> MessageEvent:
    (event,) = await events(world)
    assert isinstance(event, MessageEvent)
    return event


async def test_what_a_lead_writes_comes_as_an_event(world: World):
    await ready(world)

    message_id = await world.lead_writes(AGENT, "Quero informações 🙏")

    event = await the_message(world)
    assert event.provider == world.gateway.provider
    assert event.session == "agent"
    assert event.message_id == message_id
    assert event.direction is MessageDirection.IN
    assert event.origin is Origin.LEAD
    assert event.type is MessageType.TEXT
    assert event.text == "Quero informações 🙏"
    assert event.chat == event.sender == TO
    assert event.chat.phone == LEAD
    assert event.occurred_at == world.clock.now()


async def test_a_body_that_was_changed_on_the_way_is_refused(world: World):
    await ready(world)
    await world.lead_writes(AGENT, "Hello")
    hook = await the_webhook(world)

    with pytest.raises(SignatureError):
        world.gateway.verify(AGENT, hook.raw.replace(b"Hello", b"Jello"), hook.headers)


async def test_a_body_without_a_signature_is_refused(world: World):
    await ready(world)
    await world.lead_writes(AGENT, "Hello")
    hook = await the_webhook(world)

    with pytest.raises(SignatureError):
        world.gateway.verify(AGENT, hook.raw, {"content-type": "application/json"})


async def test_the_key_of_one_session_does_not_open_the_other(world: World):
    await ready(world)
    await world.lead_writes(AGENT, "Hello")
    hook = await the_webhook(world)

    with pytest.raises(SignatureError):
        world.gateway.verify(CONSULTANT, hook.raw, hook.headers)


async def test_a_body_that_speaks_for_another_session_is_dropped(world: World):
    await ready(world)
    await world.lead_writes(AGENT, "Hello")
    hook = await the_webhook(world)

    (event,) = world.gateway.parse(CONSULTANT, hook.raw, hook.headers)

    assert isinstance(event, DroppedEvent)
    assert event.reason is DropReason.OTHER_SESSION


async def test_what_a_person_types_on_the_phone_itself_is_a_persons_message(world: World):
    await ready(world, CONSULTANT)

    message_id = await world.phone_writes(CONSULTANT, "I will take it from here")

    event = next(event for event in await events(world) if isinstance(event, MessageEvent))
    assert event.message_id == message_id
    assert event.direction is MessageDirection.OUT
    assert event.origin is Origin.HUMAN
    assert event.chat == TO


async def test_a_lead_whose_number_is_hidden_may_come_with_the_number_beside_it(world: World):
    await ready(world)
    await world.hide_the_lead(known=True)

    await world.lead_writes(AGENT, "Hello")

    event = await the_message(world)
    assert event.chat.kind is AddressKind.LID
    assert event.chat.value != LEAD
    assert event.chat.phone == LEAD


async def test_a_lead_whose_number_is_hidden_for_ever_can_be_answered(world: World):
    await ready(world)
    await world.hide_the_lead(known=False)
    await world.lead_writes(AGENT, "Hello")
    chat = (await the_message(world)).chat

    receipt = await world.gateway.send(AGENT, chat, OutboundMessage.text("Hello!"), client_ref="1", message_id=None)
    identity = await world.gateway.resolve(AGENT, chat)

    assert chat.kind is AddressKind.LID
    assert chat.phone is None
    assert receipt.chat == chat
    assert (identity.phone, identity.lid) == (None, chat.value)


async def test_the_number_behind_a_hidden_lead_can_be_asked_for(world: World):
    await ready(world)
    await world.hide_the_lead(known=True)
    await world.lead_writes(AGENT, "Hello")
    chat = (await the_message(world)).chat

    by_lid = await world.gateway.resolve(AGENT, Address(AddressKind.LID, chat.value))
    by_phone = await world.gateway.resolve(AGENT, TO)

    assert (by_lid.phone, by_lid.lid) == (LEAD, chat.value)
    assert (by_phone.phone, by_phone.lid) == (LEAD, chat.value)


async def test_a_group_has_no_number_behind_it(world: World):
    await ready(world)
    group = Address.of_jid("120363000000000001@g.us")

    identity = await world.gateway.resolve(AGENT, group)

    assert (identity.address, identity.phone, identity.lid) == (group, None, None)


async def test_whether_a_number_is_on_whatsapp_can_be_asked(world: World):
    await ready(world)

    there = await world.gateway.check_number(AGENT, f"+{LEAD}")
    nobody = await world.gateway.check_number(AGENT, await world.absent())

    assert (there.exists, there.address) == (True, TO)
    assert (nobody.exists, nobody.address) == (False, None)


async def test_a_file_is_fetched_once_and_gone_later(world: World):
    await ready(world)
    await world.lead_sends_file(AGENT, b"a picture", "image/png")
    event = await the_message(world)
    assert event.media is not None

    assert event.type is MessageType.IMAGE
    assert event.media.mime_type == "image/png"
    assert await world.gateway.fetch_media(AGENT, event.media, max_bytes=100) == b"a picture"
    await world.forget_files()
    with pytest.raises(MediaError):
        await world.gateway.fetch_media(AGENT, event.media, max_bytes=100)


async def test_a_file_that_is_too_large_is_not_fetched(world: World):
    await ready(world)
    await world.lead_sends_file(AGENT, b"a picture", "image/png")
    event = await the_message(world)
    assert event.media is not None

    with pytest.raises(MediaError) as refused:
        await world.gateway.fetch_media(AGENT, event.media, max_bytes=3)

    assert refused.value.provider_code == "too_large"


async def test_the_history_gives_back_what_webhooks_lost(world: World):
    await ready(world)
    await world.lead_writes(AGENT, "too old")
    world.clock.move(minutes=5)
    since = world.clock.now()
    asked = await world.lead_writes(AGENT, "What does it cost?")
    world.clock.move(seconds=2)
    answer = await world.gateway.send(AGENT, TO, OutboundMessage.text("90 a month"), client_ref="1")
    await world.read_everything(AGENT, answer.message_id)
    await world.webhooks()

    found = [event async for event in world.gateway.history(AGENT, since=since)]

    messages = [event for event in found if isinstance(event, MessageEvent)]
    assert [(event.message_id, event.text) for event in messages] == [
        (asked, "What does it cost?"),
        (answer.message_id, "90 a month"),
    ]
    assert [event.direction for event in messages] == [MessageDirection.IN, MessageDirection.OUT]
    assert messages[1].occurred_at == since + timedelta(seconds=2)
    acks = [event for event in found if isinstance(event, AckEvent)]
    assert [(ack.message_id, ack.status) for ack in acks] == [(answer.message_id, DeliveryStatus.READ)]


async def test_the_history_of_one_chat_is_only_that_chat(world: World):
    await ready(world)
    await world.lead_writes(AGENT, "Hello")
    other = Address.of_phone("15550100120")
    sent = await world.gateway.send(AGENT, other, OutboundMessage.text("Hi"), client_ref="1")

    history = world.gateway.history(AGENT, since=world.clock.now(), chat=other)

    assert {event.message_id async for event in history} == {sent.message_id}


async def test_a_message_that_never_existed_has_no_file(world: World):
    await ready(world)
    await world.lead_sends_file(AGENT, b"a picture", "image/png")
    media = (await the_message(world)).media
    assert media is not None
    await world.forget_files()

    with pytest.raises(MediaError) as gone:
        await world.gateway.fetch_media(AGENT, media, max_bytes=100)

    assert not gone.value.retryable


async def test_what_the_gateway_can_do_is_said_without_asking_it(world: World):
    assert world.gateway.capabilities().history
