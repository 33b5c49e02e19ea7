"""Messages out: in order, once, and honest about what is not known."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.conversations import chat
from app.database import transaction
from app.messages import outbox
from app.messages.outbox import Draft, Purpose
from app.vocabulary import Author
from app.whatsapp import twin_payloads as payloads
from app.whatsapp.address import Address
from app.whatsapp.errors import AmbiguousSend, InvalidRequest, RateLimited, SessionNotReady, Transient
from app.whatsapp.twin_payloads import Webhook
from tests.integration.conversations.people import MANAGER
from tests.integration.conversations.world import AGENT, CONSULTANT, PHONE, World


async def queue(world: World, *texts: str, author: Author = Author.AGENT, purpose: str | None = Purpose.REPLY) -> int:
    """The agent writes messages to the only lead; nothing is sent yet."""
    await world.says("Hello")
    lead = await world.lead()
    async with transaction() as db:
        await db.execute(sa.text("update lead set turn_due_at = null"))
        for text in texts:
            await outbox.enqueue(db, Draft(lead.id, "agent", author, text, purpose=purpose), world.clock.now())
    return int(lead.id)


async def out(world: World) -> list[tuple[str, str]]:
    rows = await world.rows("select body, status from message where direction = 'out' order by id")
    return [(row.body, row.status) for row in rows]


async def test_messages_go_out_in_the_order_in_which_they_were_written(world: World) -> None:
    await queue(world, "one", "two", "three")
    await world.work()
    assert await world.replies() == ["one", "two", "three"]
    assert [status for _, status in await out(world)] == ["accepted"] * 3


async def test_acks_climb_and_never_fall(world: World) -> None:
    await queue(world, "one")
    await world.work()
    key = (await world.one("select gateway_id from message where direction = 'out'")).gateway_id
    for ack in (2, 1, 3, 2):
        world.gateway.acknowledge(AGENT, key, ack)
    await world.gateway.deliver()
    row = await world.one("select status, sent_at, delivered_at, read_at from message where direction = 'out'")
    assert row.status == "read"
    assert None not in (row.sent_at, row.delivered_at, row.read_at)


async def test_an_ack_that_comes_before_its_message_waits_for_it(world: World) -> None:
    lead_id = await queue(world, "one")
    # The twin numbers its ids, so the id of the next send is known before it happens.
    key = await world.gateway.new_message_id(AGENT)
    assert key is not None
    async with transaction() as db:
        from app.messages import repository as messages
        from app.vocabulary import DeliveryStatus

        now = world.clock.now()
        parked = await messages.park_ack(
            db, session="agent", gateway_id=key, status=DeliveryStatus.DELIVERED, at=now, now=now
        )
    assert parked
    async with transaction() as db:
        await db.execute(sa.text("update message set gateway_id = :key where direction = 'out'"), {"key": key})
    await outbox.send_waiting(lead_id, "agent")
    assert (await out(world)) == [("one", "delivered")]
    assert await world.rows("select 1 from pending_ack") == []


async def test_unclaimed_acks_are_forgotten_after_a_while(world: World) -> None:
    from app.messages import repository as messages
    from app.vocabulary import DeliveryStatus

    now = world.clock.now()
    async with transaction() as db:
        await messages.park_ack(db, session="agent", gateway_id="3EB0FF", status=DeliveryStatus.READ, at=now, now=now)
    async with transaction() as db:
        assert await messages.drop_parked(db, before=now) == 0
        assert await messages.drop_parked(db, before=now + timedelta(seconds=1)) == 1


async def test_a_lost_answer_is_looked_up_and_not_sent_again(world: World) -> None:
    await queue(world, "once only")
    world.gateway.lose_next_answer(accepted=True)
    await world.work()
    assert await out(world) == [("once only", "sending")]
    await world.pass_time(4)
    assert await world.replies() == ["once only"]
    assert await out(world) == [("once only", "accepted")]


async def test_a_send_that_never_arrived_is_repeated_with_the_same_id(world: World) -> None:
    await queue(world, "once only")
    world.gateway.lose_next_answer(accepted=False)
    await world.work()
    before = await world.one("select gateway_id from message where direction = 'out'")
    await world.pass_time(4)
    assert await world.replies() == [], "its absence proves nothing yet"
    await world.pass_time(8)
    assert await world.replies() == ["once only"]
    after = await world.one("select gateway_id, attempts from message where direction = 'out'")
    assert (after.gateway_id, after.attempts) == (before.gateway_id, 2)


async def test_when_nobody_can_tell_a_person_decides(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.whatsapp.gateway import Sighting, SightingOutcome

    async def blind(*_: object) -> Sighting:
        return Sighting(SightingOutcome.UNKNOWN)

    await queue(world, "maybe", "after it")
    world.gateway.fail_next("send", AmbiguousSend())
    monkeypatch.setattr(world.gateway, "find_sent", blind)
    await world.work()
    await world.pass_time(4)
    assert await out(world) == [("maybe", "sending"), ("after it", "queued")]
    await world.pass_time(700)
    assert await out(world) == [("maybe", "unknown"), ("after it", "accepted")]
    message = await world.one("select id, error from message where body = 'maybe'")
    assert "Nobody can tell" in message.error
    await chat.retry(MANAGER, message.id)
    await world.work()
    assert (await out(world))[0] == ("maybe", "accepted")


@pytest.mark.parametrize("error", [SessionNotReady(), Transient(), RateLimited(retry_after=7)])
async def test_what_may_pass_is_tried_again_later_and_keeps_the_order(world: World, error: Exception) -> None:
    await queue(world, "first", "second")
    world.gateway.fail_next("send", error)
    await world.work()
    assert await world.replies() == []
    await world.pass_time(0.5)
    assert await world.replies() == [], "the pause is not over"
    await world.pass_time(7)
    assert await world.replies() == ["first", "second"]


async def test_a_refused_message_has_failed_with_its_reason_and_the_next_goes_out(world: World) -> None:
    await queue(world, "bad", "good")
    world.gateway.fail_next("send", InvalidRequest("WAHA does not take this."))
    await world.work()
    assert await out(world) == [("bad", "failed"), ("good", "accepted")]
    assert (await world.one("select error from message where body = 'bad'")).error == "WAHA does not take this."


async def test_after_an_opt_out_nothing_is_sent_on_any_path(world: World) -> None:
    lead_id = await queue(world, "from the agent")
    await queue_human(world, lead_id, "from a human")
    await chat.opt_out(MANAGER, lead_id)
    await world.work()
    assert await world.replies() == []
    assert await world.replies(CONSULTANT) == []
    assert [status for _, status in await out(world)] == ["cancelled", "cancelled"]


async def queue_human(world: World, lead_id: int, text: str) -> None:
    async with transaction() as db:
        await outbox.enqueue(db, Draft(lead_id, "consultant", Author.HUMAN, text), world.clock.now())


async def test_the_agents_draft_is_not_sent_once_a_human_took_the_chat(world: World) -> None:
    lead_id = await queue(world, "from the agent")
    await chat.write(MANAGER, lead_id, "This is Mara.")
    await world.work()
    assert await world.replies() == []
    assert await world.replies(CONSULTANT) == ["This is Mara."]


async def test_a_last_word_still_goes_out_unless_a_human_spoke_since(world: World) -> None:
    lead_id = await queue(world, "A colleague takes over now.", purpose=Purpose.LAST_WORD)
    await chat.pause_agent(MANAGER, lead_id)
    await world.work()
    assert await world.replies() == ["A colleague takes over now."]


async def test_a_send_found_half_done_after_a_crash_is_looked_up(world: World) -> None:
    """The process died after the gateway accepted, before our commit: the row stands at sending with its id."""
    lead_id = await queue(world, "once only")
    outgoing = await outbox._next(lead_id, "agent")
    assert outgoing is not None
    key = await outbox._new_id(outgoing)
    assert await outbox._claim(outgoing, key)
    from app.whatsapp.gateway import OutboundMessage

    to = outgoing.to
    assert to is not None
    await world.gateway.send(AGENT, to, OutboundMessage.text("once only"), client_ref="1", message_id=key)
    await world.work()
    assert await world.replies() == ["once only"]
    assert await out(world) == [("once only", "accepted")]


async def test_the_first_contact_is_the_first_message_that_was_accepted(world: World) -> None:
    await queue(world, "one", "two")
    world.clock.move(seconds=5)
    await world.work()
    lead = await world.lead()
    assert (lead.first_contact_at - lead.first_inbound_at).total_seconds() == 5


def echo_of(world: World, text: str, key: str) -> Webhook:
    """The echo of a message that our account sent through the API under ``key``."""
    now = world.clock.now()
    payload = payloads.message(key, Address.of_phone(PHONE), text, me="15550100001@c.us", at=now, source="api")
    body = payloads.envelope("message.any", payload, session="agent", me=None, number=77, at=now)
    return payloads.webhook("test-hmac-key-of-the-agent", body)


async def test_a_gateway_that_gives_another_id_than_the_proposed_one_is_understood_by_its_echo(world: World) -> None:
    lead_id = await queue(world, "once only")
    outgoing = await outbox._next(lead_id, "agent")
    assert outgoing is not None
    assert await outbox._claim(outgoing, "3EB0PROPOSED")
    await world.take_in(echo_of(world, "once only", "3EB0ANOTHER"))
    row = await world.one("select status, gateway_id from message where direction = 'out'")
    assert (row.status, row.gateway_id) == ("accepted", "3EB0ANOTHER")
    assert (await world.lead()).automation == "agent"


async def test_what_another_program_sent_from_our_number_silences_the_agent(world: World) -> None:
    await world.says("Hello")
    await world.take_in(echo_of(world, "A newsletter, by another tool", "3EB0FOREIGN"))
    assert (await world.lead()).automation == "human"
    assert (await world.one("select body from message where direction = 'out'")).body == "A newsletter, by another tool"


async def test_a_gateway_that_cannot_mark_messages_as_read_costs_nothing(world: World) -> None:
    await world.says("Hello")
    world.gateway.fail_next("mark_seen", Transient())
    await world.pass_time(3)
    assert len(await world.replies()) == 1
