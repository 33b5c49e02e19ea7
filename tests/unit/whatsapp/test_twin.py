"""What the twin does beyond the contract: faults on demand, and the same bytes each time."""

from __future__ import annotations

import pytest

from app.clock import FixedClock
from app.vocabulary import DeliveryStatus
from app.whatsapp.errors import RateLimited, RecipientUnreachable
from app.whatsapp.events import AckEvent
from app.whatsapp.gateway import Address, OutboundMessage, SessionRef, SessionSpec, SightingOutcome
from app.whatsapp.twin import TwinGateway
from app.whatsapp.twin_payloads import Webhook

AGENT = SessionRef("agent")
SPEC = SessionSpec("http://leadline.test/webhooks/waha/agent")
LEAD = "15550100110"
TO = Address.of_phone(LEAD)
HELLO = OutboundMessage.text("Hello")


async def made(clock: FixedClock) -> TwinGateway:
    twin = TwinGateway(clock, hmac_keys={"agent": "k"}, auto_pair=True)
    await twin.ensure_session(AGENT, SPEC)
    return twin


async def test_a_session_may_be_logged_in_from_the_start(clock: FixedClock):
    twin = await made(clock)

    assert (await twin.get_session(AGENT)).ready


async def test_the_next_call_fails_as_ordered_and_only_that_one(clock: FixedClock):
    twin = await made(clock)
    twin.fail_next("send", RateLimited(retry_after=3))
    twin.fail_next("send", RecipientUnreachable())

    for expected in (RateLimited, RecipientUnreachable):
        with pytest.raises(expected):
            await twin.send(AGENT, TO, HELLO, client_ref="1")
    receipt = await twin.send(AGENT, TO, HELLO, client_ref="1")

    assert twin.sent(AGENT) == [receipt.message_id]


async def test_looking_for_a_message_fails_quietly(clock: FixedClock):
    twin = await made(clock)
    twin.fail_next("find_sent", RateLimited(retry_after=3))

    assert (await twin.find_sent(AGENT, TO, "3EB0")).outcome is SightingOutcome.UNKNOWN


async def test_a_number_that_left_cannot_be_reached(clock: FixedClock):
    twin = await made(clock)
    twin.remove(LEAD)

    with pytest.raises(RecipientUnreachable):
        await twin.send(AGENT, TO, HELLO, client_ref="1")


async def test_the_same_calls_give_the_same_bytes(clock: FixedClock):
    first, second = [await story(clock), await story(clock)]

    assert first == second


async def story(clock: FixedClock) -> list[Webhook]:
    twin = await made(clock)
    twin.lead_writes(AGENT, LEAD, "Hi")
    receipt = await twin.send(AGENT, TO, HELLO, client_ref="1")
    twin.acknowledge(AGENT, receipt.message_id, -1)
    return list(twin.waiting)


async def test_a_message_may_fail_after_it_was_accepted(clock: FixedClock):
    twin = await made(clock)
    receipt = await twin.send(AGENT, TO, HELLO, client_ref="1")
    await twin.deliver()
    twin.acknowledge(AGENT, receipt.message_id, -1)

    (hook,) = twin.waiting
    (event,) = twin.parse(AGENT, hook.raw, hook.headers)

    assert isinstance(event, AckEvent)
    assert event.status is DeliveryStatus.FAILED


async def test_a_message_that_was_never_sent_cannot_be_acknowledged(clock: FixedClock):
    twin = await made(clock)

    with pytest.raises(LookupError):
        twin.acknowledge(AGENT, "3EB0", 2)


async def test_webhooks_of_a_delivery_that_fails_are_not_lost(clock: FixedClock):
    async def refuses(_hook: Webhook) -> None:
        raise ConnectionError

    twin = TwinGateway(clock, hmac_keys={"agent": "k"}, receiver=refuses)
    await twin.ensure_session(AGENT, SPEC)
    waiting = len(twin.waiting)

    with pytest.raises(ConnectionError):
        await twin.deliver()

    assert len(twin.waiting) == waiting


async def test_it_remembers_who_was_shown_typing_and_reading(clock: FixedClock):
    twin = await made(clock)
    inbound = twin.lead_writes(AGENT, LEAD, "Hi")

    await twin.typing(AGENT, TO, on=True)
    await twin.mark_seen(AGENT, TO, [inbound])

    assert twin.typing_in == {TO}
    assert twin.seen == [inbound]
