"""What a person typed on the phone may be seen late: it answers what the lead had written by then, and no more."""

from __future__ import annotations

import pytest

from app.distribution import service as distribution
from app.sessions import history
from metrics.registry import REGISTRY
from tests.integration.conversations.people import MANAGER, hire
from tests.integration.conversations.world import AGENT, CONSULTANT, PHONE, World


async def lose_webhooks(world: World) -> None:
    world.gateway.waiting.clear()


async def write_by_phone_unseen(world: World, text: str) -> None:
    world.gateway.phone_writes(CONSULTANT, PHONE, text)
    await lose_webhooks(world)


async def test_a_reply_that_came_in_between_still_waits(world: World) -> None:
    await world.says("Hello", session=CONSULTANT)
    world.clock.move(minutes=1)
    await write_by_phone_unseen(world, "Good morning, this is Ana")
    world.clock.move(minutes=10)
    await world.says("Is Tuesday possible?", "At ten?", session=CONSULTANT)
    wrote_at = world.clock.now()
    world.clock.move(minutes=10)
    await history.merge_due()
    lead = await world.lead()
    assert len(await world.rows("select 1 from message where author = 'human'")) == 1
    assert (lead.waiting_since, lead.first_unanswered_at) == (wrote_at, wrote_at)
    assert lead.due_at is not None
    assert (lead.unread, lead.preview, lead.preview_author) == (2, "At ten?", "lead")
    assert lead.answered_id == (await world.one("select min(id) as id from message where direction = 'in'")).id


async def test_what_it_answered_does_not_wait_any_more(world: World) -> None:
    await world.says("Hello", session=CONSULTANT)
    world.clock.move(minutes=1)
    await write_by_phone_unseen(world, "Good morning, this is Ana")
    wrote_at = world.clock.now()
    world.clock.move(minutes=20)
    await history.merge_due()
    lead = await world.lead()
    assert (lead.waiting_since, lead.due_at, lead.unread, lead.preview_author) == (None, None, 0, "human")
    assert lead.answered_id == lead.last_inbound_id
    assert lead.first_contact_at == wrote_at


async def test_a_lead_of_the_agent_whose_turn_is_called_off_waits_for_a_person(world: World) -> None:
    world.gateway.phone_writes(AGENT, PHONE, "We open a new class")
    await lose_webhooks(world)
    world.clock.move(minutes=10)
    await world.says("Tell me more")
    await history.merge_due()
    lead = await world.lead()
    assert (lead.automation, lead.turn_due_at, lead.unread) == ("human", None, 1)
    assert lead.waiting_since == world.clock.now()
    assert lead.first_contact_at is None, "nobody has answered yet"


async def test_a_late_copy_is_no_reaction_to_an_assignment_made_after_it(world: World) -> None:
    (ana,) = await hire("Ana")
    await world.says("Hello", session=CONSULTANT)
    await write_by_phone_unseen(world, "Good morning")
    world.clock.move(minutes=10)
    lead_id = (await world.lead()).id
    await distribution.assign(MANAGER, lead_id, ana)
    world.clock.move(minutes=10)
    await history.merge_due()
    assert (await world.one("select first_contact_at from assignment")).first_contact_at is None


async def test_a_first_contact_by_phone_is_measured_as_that_of_a_person(world: World) -> None:
    def value(part: str) -> float:
        return REGISTRY.get_sample_value(f"leadline_lead_first_contact_seconds_{part}", {"actor": "human"}) or 0.0

    count, total = value("count"), value("sum")
    await world.says("Hello", session=CONSULTANT)
    world.clock.move(seconds=90)
    for text in ("Good morning", "How can I help?"):
        world.gateway.phone_writes(CONSULTANT, PHONE, text)
        await world.gateway.deliver()
    assert value("count") == count + 1
    assert value("sum") - total == pytest.approx(90, abs=1)
