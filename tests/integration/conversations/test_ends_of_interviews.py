"""An interview ends once, in the row, the ledger and the views; an end that is undone is counted back."""

from __future__ import annotations

from typing import Any

from app.conversations import chat
from app.leads import desk
from app.vocabulary import Stage
from tests.integration.conversations.people import MANAGER, answer_everything, hire
from tests.integration.conversations.world import World

DAY = 86_400.0


async def ledger(world: World, kind: str) -> list[Any]:
    return await world.rows("select labels, amount from ledger where kind = :kind order by id", kind=kind)


async def ends(world: World) -> tuple[list[str], list[str]]:
    """How the ledger says the interview ended, and which ends it counted back."""
    finished, resumed = [
        [row.labels["outcome"] for row in await ledger(world, f"qualification_{what}")]
        for what in ("finished", "resumed")
    ]
    return finished, resumed


async def stands(world: World) -> tuple[str, bool]:
    """The outcome in the view that reports read, and whether it has an end."""
    row = await world.one("select outcome, finished_at from reporting.interview")
    return row.outcome, row.finished_at is not None


async def test_who_came_back_and_completed_has_completed(world: World) -> None:
    await hire("Ana")
    await world.says("Hi, English courses?")
    await world.pass_time(3)
    await world.pass_time(DAY)
    assert (await stands(world), await ends(world)) == (("abandoned", True), (["abandoned"], []))

    await answer_everything(world)

    assert await stands(world) == ("completed", True)
    assert await ends(world) == (["abandoned", "completed"], ["abandoned"])
    interview = await world.one("select facts, counted from qualification")
    for kind, expected in (("facts_expected", 7), ("facts_collected", len(interview.facts))):
        rows = await ledger(world, kind)
        assert sum(row.amount for row in rows) == expected, kind
        assert len({row.labels["engagement"] for row in rows}) == 1, "one interview stands in one group"


async def test_who_came_back_and_talks_on_has_not_ended(world: World) -> None:
    await world.says("Hi, English courses?")
    await world.pass_time(3)
    await world.pass_time(DAY)
    await world.says("sorry, I was away. I live in Porto")
    await world.pass_time(3)
    assert (await stands(world), await ends(world)) == (("active", False), (["abandoned"], ["abandoned"]))


async def test_who_completed_and_then_asks_for_a_person_has_completed(world: World) -> None:
    await hire("Ana")
    await answer_everything(world)
    ended = (await world.one("select finished_at from qualification")).finished_at
    await world.says("can I talk to a real person?")
    await world.pass_time(3)
    assert (await world.lead()).automation == "human"
    assert (await stands(world), await ends(world)) == (("completed", True), (["completed"], []))
    assert (await world.one("select finished_at from qualification")).finished_at == ended
    assert len(await ledger(world, "facts_expected")) == 1


async def test_who_allows_contact_again_goes_on_where_they_stopped(world: World) -> None:
    await hire("Ana")
    await world.says("Hi, English courses? I live in Porto")
    await world.pass_time(3)
    await world.says("stop writing to me, remove me from your list")
    await world.pass_time(3)
    lead = await world.lead()
    assert (lead.stage, await stands(world)) == ("lost", ("opted_out", True))

    await chat.opt_in(MANAGER, lead.id)
    assert (await world.lead()).stage == "qualifying", "where the opt-out took them from"
    await chat.return_to_agent(MANAGER, lead.id)
    assert (await stands(world), await ends(world)) == (("active", False), (["opted_out"], ["opted_out"]))
    said = len(await world.replies())
    await world.says("ok, my name is Lia Souza")
    await world.pass_time(3)

    assert len(await world.replies()) == said + 1
    assert (await world.lead()).name == "Lia Souza"


async def test_a_lead_whom_a_person_had_given_up_stays_given_up_when_they_allow_contact(world: World) -> None:
    await world.says("hello")
    lead = await world.lead()
    await chat.opt_out(MANAGER, lead.id)
    await desk.move(MANAGER, lead.id, Stage.WORKING, version=(await world.lead()).version)
    await desk.move(MANAGER, lead.id, Stage.LOST, version=(await world.lead()).version)
    await chat.opt_in(MANAGER, lead.id)
    assert (await world.lead()).stage == "lost"


async def test_who_had_completed_and_allows_contact_again_is_not_asked_anew(world: World) -> None:
    await hire("Ana")
    await answer_everything(world)
    await world.says("stop writing to me, remove me from your list")
    await world.pass_time(3)
    lead = await world.lead()
    assert (lead.automation, await stands(world)) == ("off", ("completed", True))

    await chat.opt_in(MANAGER, lead.id)
    await chat.return_to_agent(MANAGER, lead.id)
    said = len(await world.replies())
    await world.says("do you teach online?")
    await world.pass_time(3)

    assert "online" in (await world.replies())[said]
    assert await ends(world) == (["completed"], [])


async def test_a_lead_returned_to_the_agent_who_asks_for_a_person_again_gets_one(world: World) -> None:
    await hire("Ana")
    await world.says("I want to talk to a person")
    await world.pass_time(3)
    lead = await world.lead()
    await chat.write(MANAGER, lead.id, "Hi, this is Mara.")
    await chat.return_to_agent(MANAGER, lead.id)
    world.clock.move(minutes=5)

    await world.says("please let me talk to a person")
    await world.pass_time(3)

    lead = await world.lead()
    assert (lead.automation, lead.waiting_since) == ("human", world.clock.now())
    assert await ends(world) == (["handed_over"], [])


async def test_a_lead_whom_the_agent_answers_no_more_waits_for_a_person(world: World) -> None:
    await hire("Ana")
    await answer_everything(world)
    lead = await world.lead()
    await chat.write(MANAGER, lead.id, "Hi, this is Mara.")
    await chat.return_to_agent(MANAGER, lead.id)
    for _ in range(2):
        await world.says("thanks!")
        await world.pass_time(3)
    assert (await world.lead()).waiting_since is None

    await world.says("well then")
    await world.pass_time(3)

    lead = await world.lead()
    assert lead.waiting_since == world.clock.now()
    assert lead.first_unanswered_at is None


async def test_who_told_everything_and_leaves_a_doubt_open_gets_a_consultant_all_the_same(world: World) -> None:
    (ana,) = await hire("Ana")
    await world.says(
        "Hi! I'm Marta Silva, marta.silva@example.com, I live in Lisbon. I want the evening English course,",
        "I want to start next week, and I decide on my own.",
    )
    await world.pass_time(3)
    await world.says("up to 900 euros a month. I live in Porto")
    await world.pass_time(3)
    asked = (await world.replies())[-1]
    assert "Lisbo" in asked
    assert "Porto" in asked
    assert (await world.lead()).stage == "qualifying"

    await world.pass_time(DAY)
    await world.pass_time(6)

    lead = await world.lead()
    assert (lead.stage, lead.owner_id) == ("qualified", ana)
    assert (await stands(world), await ends(world)) == (("completed", True), (["completed"], []))
    assert (await world.replies())[-1] == asked
    await world.says("In Porto")
    await world.pass_time(3)
    assert (await world.one("select facts from qualification")).facts["city"]["value"].startswith("Porto")
