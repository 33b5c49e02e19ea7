"""Follow-ups: twice at most, never twice the same, never after an answer, and never too late."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from app.conversations import chat, followup_results, followups
from app.conversations.record import record
from app.database import transaction
from app.leads import desk
from app.messages import outbox
from app.registry import override, use
from app.settings import Settings
from app.vocabulary import Stage
from app.whatsapp.errors import Transient
from tests.integration.conversations.people import MANAGER, answer_everything, hire
from tests.integration.conversations.world import World

HOUR = 3600.0


async def falls_silent(world: World) -> Any:
    """A lead who said their name, was asked the next thing, and does not answer."""
    await world.says("Hi, I'm Marta")
    await world.pass_time(3)
    await world.pass_time(1)
    return await world.lead()


async def after(world: World, hours: float) -> None:
    """Let hours pass, and what is due happen."""
    world.clock.move(hours=hours)
    await sweep(world)


async def sweep(world: World) -> None:
    for _ in range(6):
        found = await followups.sweep_due() + await followup_results.sweep_results()
        await world.settle()
        if not found:
            return


async def follow_ups(world: World) -> list[tuple[int, str, str | None]]:
    rows = await world.rows("select number, status, reason from follow_up order by id")
    return [(row.number, row.status, row.reason) for row in rows]


async def counts(world: World, kind: str) -> list[dict[str, str]]:
    return [row.labels for row in await world.rows("select labels from ledger where kind = :kind", kind=kind)]


async def test_a_silent_lead_is_asked_twice_and_then_left_in_peace(world: World) -> None:
    await falls_silent(world)
    await after(world, 1.9)
    assert await follow_ups(world) == []
    await after(world, 0.2)
    assert await follow_ups(world) == [(1, "sent", None)]
    await after(world, 8)
    assert len(await follow_ups(world)) == 1
    await after(world, 0.7)
    assert [number for number, _, _ in await follow_ups(world)] == [1, 2], "before the night, as tomorrow is too late"
    await after(world, 40)
    assert len(await follow_ups(world)) == 2
    first, second = (await world.replies())[1:]
    assert "what you are looking for" in first
    assert "Marta" in first
    assert "?" in first
    assert "STOP" in second
    assert "person" in second
    assert await counts(world, "follow_up_sent") == [{"audience": "lead", "stage": "qualifying"}] * 2


async def test_follow_ups_leave_the_clock_of_the_interview_alone(world: World) -> None:
    lead = await falls_silent(world)
    await after(world, 2.1)
    await after(world, 18)
    assert (await world.lead()).abandon_due_at == lead.abandon_due_at
    await after(world, 4.1)
    (finished,) = await counts(world, "qualification_finished")
    assert finished["outcome"] == "abandoned"


async def test_where_interviews_end_sooner_than_a_follow_up_could_come_there_is_none(world: World) -> None:
    with override(Settings, use(Settings).model_copy(update={"abandon_after_seconds": 20.0})):
        lead = await falls_silent(world)
        assert lead.follow_up_due_at is None
        await after(world, 3)
    assert await follow_ups(world) == []


async def test_an_answer_stops_them_and_counts_as_recovered(world: World) -> None:
    await falls_silent(world)
    await after(world, 2.1)
    await world.says("An English course, sorry")
    await world.pass_time(3)
    await sweep(world)
    assert await follow_ups(world) == [(1, "answered", None)]
    assert await counts(world, "follow_up_answered") == [{"audience": "lead"}]
    texts = [text for _, text in (await record(MANAGER, (await world.lead()).id)).timeline]
    assert "Follow-up 1 sent" in texts
    assert "The lead answered follow-up 1" in texts


async def test_a_lead_who_falls_silent_again_gets_the_second_and_no_third(world: World) -> None:
    await falls_silent(world)
    await after(world, 2.1)
    await world.says("An English course, sorry")
    await world.pass_time(3)
    await after(world, 22.5)
    assert [number for number, _, _ in await follow_ups(world)] == [1, 2]
    await world.says("in Lisbon")
    await world.pass_time(3)
    await after(world, 30)
    assert len(await follow_ups(world)) == 2


async def test_two_workers_send_a_follow_up_once(world: World) -> None:
    await falls_silent(world)
    world.clock.move(hours=2.1)
    await asyncio.gather(*(followups.sweep_due() for _ in range(4)))
    lead = await world.lead()
    await asyncio.gather(*(followups.follow_up(lead.id) for _ in range(4)))
    await sweep(world)
    assert await follow_ups(world) == [(1, "sent", None)]
    assert len(await world.replies()) == 2


async def test_a_follow_up_that_was_reserved_before_a_crash_is_sent_once(world: World) -> None:
    lead = await falls_silent(world)
    world.clock.move(hours=2.1)
    assert await followups.reserve(lead.id) is not None
    assert await follow_ups(world) == [(1, "reserved", None)]
    await sweep(world)
    assert await follow_ups(world) == [(1, "reserved", None)], "the crashed worker may still be alive for a minute"
    await after(world, 1.1 / 60)
    assert await follow_ups(world) == [(1, "sent", None)]
    assert len(await world.replies()) == 2


async def test_a_reply_between_reservation_and_writing_calls_it_off(world: World) -> None:
    lead = await falls_silent(world)
    world.clock.move(hours=2.1)
    reserved = await followups.reserve(lead.id)
    assert reserved is not None
    await world.says("English course")
    await followups.carry_out(reserved)
    assert await follow_ups(world) == [(1, "cancelled", "replied")]
    await world.pass_time(3)
    assert len(await world.replies()) == 2, "the answer of the turn, and no follow-up"


async def test_a_person_a_moved_card_and_an_opt_out_call_it_off(world: World) -> None:
    lead = await falls_silent(world)
    world.clock.move(hours=2.1)
    for act, reason in (
        (lambda: desk.move(MANAGER, lead.id, Stage.LOST, version=10**6), "moved"),
        (lambda: chat.pause_agent(MANAGER, lead.id), "taken_over"),
        (lambda: chat.opt_out(MANAGER, lead.id), "opted_out"),
    ):
        async with transaction() as db:
            await db.execute(sa.text("delete from follow_up"))
            await db.execute(sa.text("update lead set stage = 'qualifying', automation = 'agent'"))
            await db.execute(sa.text("update lead set abandon_due_at = now() + interval '1 year'"))
        reserved = await followups.reserve(lead.id)
        assert reserved is not None, reason
        await act()
        await followups.carry_out(reserved)
        assert await follow_ups(world) == [(1, "cancelled", reason)]
    assert len(await world.replies()) == 1


async def written_and_not_sent(world: World) -> None:
    """The follow-up is a message in the queue, and the gateway does not take it yet."""
    await falls_silent(world)
    world.gateway.fail_next("send", Transient())
    await after(world, 2.1)
    assert await follow_ups(world) == [(1, "sent", None)]
    assert len(await world.replies()) == 1


@pytest.mark.parametrize("how", ["replied", "taken_over", "opted_out", "moved", "window_closed"])
async def test_it_is_checked_again_when_it_is_sent(world: World, how: str) -> None:
    await written_and_not_sent(world)
    lead = await world.lead()
    match how:
        case "replied":
            await world.says("hello?")
        case "taken_over":
            await chat.pause_agent(MANAGER, lead.id)
        case "opted_out":
            await chat.opt_out(MANAGER, lead.id)
        case "moved":
            await desk.move(MANAGER, lead.id, Stage.WORKING, version=lead.version)
        case _:
            world.clock.move(hours=23)
    world.clock.move(seconds=5)
    await outbox.sweep_due()
    await world.work()
    await sweep(world)
    follow_up = await world.one("select status from message where purpose = 'follow_up'")
    assert follow_up.status == "cancelled"
    assert (await follow_ups(world))[0] == (1, "cancelled", how)
    assert {"reason": how} in await counts(world, "follow_up_skipped")


async def test_outside_the_24_hours_it_is_left_out_and_the_record_says_why(world: World) -> None:
    changed = use(Settings).model_copy(update={"follow_up_hours": 25.0, "second_follow_up_hours": 30.0})
    changed = changed.model_copy(update={"abandon_after_seconds": 7 * 24 * HOUR})
    with override(Settings, changed):
        world.clock.move(hours=3)
        await falls_silent(world)
        lead = await world.lead()
        # Somebody slept: nothing looked before the chat closed.
        await after(world, 26)
        assert await follow_ups(world) == [(1, "skipped", "window_closed")]
        await after(world, 30)
        assert len(await follow_ups(world)) == 1
    assert len(await world.replies()) == 1
    texts = [text for _, text in (await record(MANAGER, lead.id)).timeline]
    assert "Follow-up 1 left out: WhatsApp closes a chat 24 hours after the lead wrote" in texts


async def test_a_follow_up_wakes_nobody(world: World) -> None:
    world.clock.move(hours=10.5)
    await falls_silent(world)
    await after(world, 2.1)
    assert await follow_ups(world) == [], "half past nine in the evening"
    lead = await world.lead()
    assert lead.follow_up_due_at.hour == 9
    await after(world, 11.8)
    assert await follow_ups(world) == [(1, "sent", None)]


async def test_the_consultant_of_a_quiet_lead_is_reminded_and_the_lead_is_not_written_to(world: World) -> None:
    await hire("Ana")
    await answer_everything(world)
    lead = await world.lead()
    assert lead.owner_id is not None
    written = len(await world.replies())
    async with transaction() as db:
        await db.execute(sa.text("update lead set waiting_since = null, due_at = null"))
    await after(world, 24.1)
    assert len(await world.replies()) == written
    note = await world.one("select * from message where author = 'system'")
    assert "Nobody has written for 24 hours" in note.body
    assert note.kind == "note"
    assert (await world.lead()).waiting_since is not None
    await after(world, 20)
    assert len(await follow_ups(world)) == 1
    await chat.write(MANAGER, lead.id, "Hello Marta")
    await sweep(world)
    assert await follow_ups(world) == [(1, "answered", None)]
    await after(world, 24)
    assert len(await follow_ups(world)) == 1, "somebody wrote; the quiet began anew"
    await after(world, 4)
    assert len(await follow_ups(world)) == 2


async def test_what_the_agent_still_answers_takes_no_reminder_away(world: World) -> None:
    await hire("Ana")
    await answer_everything(world)
    await world.says("thank you!")
    await world.pass_time(3)
    await after(world, 24.1)
    assert await follow_ups(world) == [(1, "sent", None)]


async def test_a_setting_lets_the_agent_write_to_leads_of_consultants_instead(world: World) -> None:
    await hire("Ana")
    await answer_everything(world)
    changes = {"follow_up_stages": "qualifying, qualified", "remind_after_hours": 5.0}
    with override(Settings, use(Settings).model_copy(update=changes)):
        async with transaction() as db:
            await db.execute(sa.text("update lead set follow_up_due_at = now() - interval '1 year'"))
        written = len(await world.replies())
        await after(world, 5.1)
        assert len(await world.replies()) == written + 1
    assert "One of our consultants has your notes" in (await world.replies())[-1]


async def test_who_waved_it_off_is_not_asked_again(world: World) -> None:
    await world.says("Hi, I'm Marta and I want an English course, but I will contact you next month myself")
    await world.pass_time(3)
    await after(world, 2.1)
    made = await follow_ups(world)
    assert all(status == "skipped" for _, status, _ in made)
    assert len(await world.replies()) <= 1


async def test_a_lead_that_cannot_be_followed_up_does_not_hold_up_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lead = await falls_silent(world)

    async def breaks(_lead_id: int) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(followups, "follow_up", breaks)
    world.clock.move(hours=2.1)
    assert await followups.sweep_due() == 1
    assert (await world.lead()).follow_up_due_at > lead.follow_up_due_at
