"""The agent's turns: one for a burst, one at a time, and what follows from them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations import chat, turns
from app.database import transaction
from app.distribution import service as distribution
from app.leads.models import Lead
from app.qualification.extraction.reading import Reading
from app.qualification.interpreter import Interpreter, RuleInterpreter, TurnRequest
from app.registry import override, use
from app.settings import Settings
from tests.integration.conversations.people import MANAGER, answer_everything, hire
from tests.integration.conversations.world import AGENT, PHONE, World


class Slow:
    """An interpreter in whose thinking time something happens."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        self.rules = RuleInterpreter()
        self.meanwhile = meanwhile
        self.calls = 0

    async def interpret(self, turn: TurnRequest) -> Reading:
        self.calls += 1
        done = self.meanwhile()
        if asyncio.iscoroutine(done):
            await done
        return await self.rules.interpret(turn)


async def test_a_burst_is_one_turn_with_one_reply(world: World) -> None:
    await world.says("Hello", "do you have English courses?", "in the evening")
    await world.pass_time(2)
    assert await world.replies() == []
    await world.pass_time(1)
    assert len(await world.replies()) == 1
    lead = await world.lead()
    assert (lead.stage, lead.turn_due_at, lead.first_unanswered_at) == ("qualifying", None, None)
    assert lead.unread == 0, "what the agent answered waits for nobody"
    assert len(world.gateway.seen) == 3
    assert lead.preview_author == "agent"


async def test_a_turn_that_finds_nothing_unanswered_does_nothing(world: World) -> None:
    await world.says("Hello")
    await world.pass_time(3)
    lead = await world.lead()
    assert await turns.take_turn(lead.id, world.clock.now()) is turns.Ended.NOT_OURS
    assert len(await world.replies()) == 1


async def test_a_draft_that_a_newer_message_overtook_is_thrown_away_once(world: World) -> None:
    await world.says("Hello")
    slow = Slow(lambda: world.says("wait, one more thing") if slow.calls == 1 else None)
    with override(Interpreter, slow):
        await world.pass_time(3)
        assert await world.replies() == []
        assert (await world.lead()).drafts_dropped == 1
        await world.pass_time(3)
    assert len(await world.replies()) == 1
    assert slow.calls == 2


async def test_a_draft_is_not_thrown_away_twice(world: World) -> None:
    await world.says("Hello")
    slow = Slow(lambda: world.says("and another") if slow.calls <= 2 else None)
    with override(Interpreter, slow):
        await world.pass_time(3)
        await world.pass_time(3)
        assert len(await world.replies()) == 1
        lead = await world.lead()
        assert lead.turn_due_at is not None, "what came in the meantime keeps its turn"
        await world.pass_time(3)
    assert len(await world.replies()) == 2


async def test_past_the_longest_wait_the_draft_is_sent_all_the_same(world: World) -> None:
    async def slowly() -> None:
        world.clock.move(seconds=12)
        await world.says("still there?")

    await world.says("Hello")
    slow = Slow(lambda: slowly() if slow.calls == 1 else None)
    with override(Interpreter, slow):
        await world.pass_time(3)
    assert len(await world.replies()) >= 1
    assert (await world.lead()).drafts_dropped == 0


async def test_a_turn_that_stood_still_while_another_answered_says_nothing(world: World) -> None:
    await world.says("Hello")
    lead = await world.lead()
    due, calls = world.clock.now(), 0

    async def rescued() -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            assert await turns.take_turn(lead.id, due) is turns.Ended.REPLIED

    with override(Interpreter, Slow(rescued)):
        assert await turns.take_turn(lead.id, due) is turns.Ended.SILENT
    assert len(await world.rows("select 1 from message where direction = 'out'")) == 1
    assert (await world.one("select turns from qualification")).turns == 1


async def test_what_came_behind_an_answer_given_meanwhile_gets_its_own_turn(world: World) -> None:
    await world.says("Hello")
    lead = await world.lead()
    due, calls = world.clock.now(), 0

    async def rescued() -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            await turns.take_turn(lead.id, due)
            await world.says("do you teach online?")

    with override(Interpreter, Slow(rescued)):
        await turns.take_turn(lead.id, due)
        await world.pass_time(3)
    assert len(await world.replies()) == 2
    assert (await world.one("select turns from qualification")).turns == 2


async def test_a_burst_is_read_in_the_order_in_which_it_was_written(world: World) -> None:
    world.gateway.lead_writes(AGENT, PHONE, "my budget is 5000 dollars")
    refused = world.gateway.waiting.pop()
    world.clock.move(seconds=1)
    await world.says("no sorry, 8000 dollars")
    world.clock.move(seconds=1)
    await world.take_in(refused)
    await world.pass_time(3)
    assert (await world.one("select facts from qualification")).facts["budget"]["value"]["amount"] == 8000
    lead = await world.lead()
    assert (lead.answered_id, lead.first_unanswered_at) == (lead.last_inbound_id, None)
    shown = [bubble.text for bubble in await chat.thread(MANAGER, lead.id)]
    assert shown[:2] == ["my budget is 5000 dollars", "no sorry, 8000 dollars"]


async def take_back(text: str) -> None:
    """The lead deletes a message."""
    async with transaction() as db:
        await db.execute(sa.text("update message set revoked_at = now() where body = :text"), {"text": text})


async def test_what_the_lead_took_back_is_not_answered_and_the_rest_is(world: World) -> None:
    await world.says("I want to talk to a person", "do you have English courses?")
    await take_back("I want to talk to a person")
    await world.pass_time(3)
    lead = await world.lead()
    assert len(await world.replies()) == 1
    assert (lead.automation, lead.first_unanswered_at) == ("agent", None)


async def test_a_burst_that_was_taken_back_as_a_whole_gets_no_answer_and_nothing_stays_open(world: World) -> None:
    await world.says("I love you", "all of you")
    await take_back("I love you")
    await take_back("all of you")
    await world.pass_time(3)
    lead = await world.lead()
    assert await world.replies() == []
    assert (lead.answered_id, lead.first_unanswered_at, lead.turn_due_at) == (lead.last_inbound_id, None, None)
    await world.says("Hello")
    await world.pass_time(3)
    assert len(await world.replies()) == 1


async def test_what_the_lead_says_against_a_fact_that_the_team_set_is_noted_for_the_team(world: World) -> None:
    await world.says("hi, English course, I live in Leeds")
    await world.pass_time(3)
    async with transaction() as db:
        await db.execute(sa.text("update qualification set facts = jsonb_set(facts, '{city,locked_by}', '\"Mara\"')"))
    await world.says("I live in York")
    await world.pass_time(3)
    note = await world.one("select body from message where kind = 'note'")
    assert note.body == "City: the lead says York, which Mara had set to Leeds. It stays so until changed."
    assert (await world.one("select facts from qualification")).facts["city"]["value"] == "Leeds"


async def test_a_human_who_writes_while_the_agent_thinks_is_not_talked_over(world: World) -> None:
    await world.says("Hello")
    lead = await world.lead()
    with override(Interpreter, Slow(lambda: chat.write(MANAGER, lead.id, "This is Mara."))):
        await world.pass_time(3)
    assert await world.replies() == []
    assert (await world.lead()).automation == "human"


async def test_given_back_to_the_agent_the_open_message_gets_its_turn(world: World) -> None:
    await world.says("Hello")
    lead = await world.lead()
    await chat.pause_agent(MANAGER, lead.id)
    await world.pass_time(10)
    assert await world.replies() == []
    await chat.return_to_agent(MANAGER, lead.id)
    await world.settle()
    assert len(await world.replies()) == 1


async def test_a_lead_who_tells_everything_is_qualified_rated_and_given_to_a_consultant(world: World) -> None:
    await hire("Ana", "Bruno")
    await answer_everything(world)
    lead = await world.lead()
    assert (lead.stage, lead.name, lead.automation) == ("qualified", "Marta Silva", "agent")
    assert lead.temperature == "HOT"
    assert lead.facts_known == 7
    assert lead.owner_id is not None
    assert lead.due_at > lead.waiting_since
    assignment = await world.one("select * from assignment")
    assert assignment.reason == "round_robin"
    assert {line["name"] for line in assignment.why["considered"]} == {"Ana", "Bruno"}
    interview = await world.one("select * from qualification")
    assert interview.status == "completed"
    assert interview.facts["email"]["message_id"] is not None
    assert "marta.silva@example.com" in interview.facts["email"]["quote"]


async def test_who_asks_for_a_person_is_handed_over_at_once(world: World) -> None:
    await hire("Ana")
    await world.says("I want to talk to a real person please")
    await world.pass_time(3)
    lead = await world.lead()
    assert (lead.stage, lead.automation) == ("qualified", "human")
    assert lead.owner_id is not None
    assert len(await world.replies()) == 1, "the hand-over is announced"
    await world.says("hello?")
    await world.pass_time(20)
    assert len(await world.replies()) == 1, "and then the agent is silent"


async def test_who_opts_out_gets_one_farewell_and_never_again_a_word(world: World) -> None:
    await hire("Ana")
    await world.says("Hi, English courses?")
    await world.pass_time(3)
    await world.says("stop writing to me, remove me from your list")
    await world.pass_time(3)
    lead = await world.lead()
    assert (lead.automation, lead.stage) == ("off", "lost")
    assert lead.owner_id is None
    assert len(await world.replies()) == 2
    await world.says("I said stop")
    await world.pass_time(60)
    assert len(await world.replies()) == 2
    assert (await world.one("select granted from consent")).granted is False


async def test_each_change_of_facts_appends_a_judgement(world: World) -> None:
    await world.says("Hi, I'd like to enrol in English classes")
    await world.pass_time(3)
    await world.says("I can start next week and I decide alone, budget is 900 euros")
    await world.pass_time(3)
    rows = await world.rows("select temperature, score, reasons, method from classification order by id")
    assert len(rows) >= 2
    assert all(row.method == "rules" and row.score == sum(r["points"] for r in row.reasons) for row in rows)


async def test_a_silent_lead_is_abandoned_and_taken_up_again(world: World) -> None:
    await world.says("Hi, English courses?")
    await world.pass_time(3)
    await world.pass_time(86_400)
    assert (await world.one("select status from qualification")).status == "abandoned"
    kinds = await world.rows("select labels from ledger where kind = 'qualification_finished'")
    assert [row.labels["outcome"] for row in kinds] == ["abandoned"]
    await world.says("sorry, I was away. I live in Porto")
    await world.pass_time(3)
    assert (await world.one("select status from qualification")).status == "active"


async def test_the_pause_after_a_human_ends_by_itself_when_settings_say_so(world: World) -> None:
    await world.says("Hello")
    lead = await world.lead()
    with override(Settings, use(Settings).model_copy(update={"human_pause_minutes": 10})):
        await chat.write(MANAGER, lead.id, "I am on it")
        await world.pass_time(599)
        assert (await world.lead()).automation == "human"
        await world.pass_time(2)
    assert (await world.lead()).automation == "agent"


async def test_concurrent_workers_assign_a_lead_exactly_once(world: World) -> None:
    await hire("Ana", "Bruno", "Carla")
    await world.says("hello")
    lead = await world.lead()
    async with transaction() as db:
        await db.execute(sa.text("update lead set qualified_at = now(), stage = 'qualified'"))
    owners = await asyncio.gather(*(distribution.assign_fairly(lead.id) for _ in range(6)))
    assert len(set(owners)) == 1
    assert len(await world.rows("select 1 from assignment")) == 1


async def test_many_leads_are_shared_evenly_by_concurrent_workers(world: World) -> None:
    await hire("Ana", "Bruno", "Carla")
    for number in range(9):
        world.gateway.lead_writes(AGENT, f"155501001{number:02d}", "hello")
    await world.gateway.deliver()
    async with transaction() as db:
        await db.execute(sa.text("update lead set qualified_at = now(), stage = 'qualified'"))
    leads = [row.id for row in await world.rows("select id from lead")]
    await asyncio.gather(*(distribution.assign_fairly(lead) for lead in leads))
    counts = await world.rows("select count(*) as n from assignment group by consultant_id")
    assert [row.n for row in counts] == [3, 3, 3]


async def test_with_nobody_on_duty_the_lead_waits_and_is_given_later(world: World) -> None:
    await world.says("I want to talk to a person")
    await world.pass_time(3)
    assert (await world.lead()).owner_id is None
    (ana,) = await hire("Ana")
    await world.pass_time(61)
    assert (await world.lead()).owner_id == ana


async def test_an_assignment_that_fails_takes_no_reply_back_and_is_made_good_by_the_sweep(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hire("Ana")

    async def fails(db: AsyncSession, lead: Lead) -> None:
        lead.owner_id = 404
        await db.flush()

    with monkeypatch.context() as patched:
        patched.setattr(turns.distribution, "assign_within", fails)
        await world.says("I want to talk to a person")
        await world.pass_time(3)
    assert await world.replies()
    lead = await world.lead()
    assert (lead.owner_id, lead.stage) == (None, "qualified")
    await world.pass_time(6)
    assert (await world.lead()).owner_id is not None


async def test_a_roster_that_somebody_holds_keeps_no_reply_back(world: World) -> None:
    await hire("Ana")
    async with transaction() as standing_still:
        await standing_still.execute(sa.text("select pg_advisory_xact_lock(4711)"))
        await world.says("I want to talk to a person")
        await world.pass_time(3)
        assert await world.replies()
        assert (await world.lead()).owner_id is None
    await world.pass_time(6)
    assert (await world.lead()).owner_id is not None
