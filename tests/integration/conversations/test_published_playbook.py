"""A published playbook counts from the next turn on, also in talks that are under way."""

from __future__ import annotations

from app.qualification import published
from app.qualification.playbook import text_of
from app.qualification.playbook_text import read, write
from app.team.viewer import OPERATOR
from tests.integration.conversations.world import World

SCHOOL = text_of("school")


async def test_the_next_turn_asks_in_the_new_words_and_in_the_old_ones_after_a_roll_back(world: World) -> None:
    await world.says("Hello, I saw your ad")
    await world.pass_time(3)
    assert (await world.replies())[-1].endswith(
        "Which course are you looking for, and is it for you or for someone else?"
    )

    await published.publish_text(OPERATOR, SCHOOL.replace("May I have your name?", "Who am I writing with?"), "")
    await world.says("The English course, for me")
    await world.pass_time(3)
    assert (await world.replies())[-1].endswith("Who am I writing with?")
    assert (await world.one("select playbook_version as v from qualification")).v == "1", "as it began"

    await published.publish_text(OPERATOR, SCHOOL.replace("When would you like to start?", "Starting when?"), "")
    await published.publish(OPERATOR, 1, seen=2)
    await world.says("Ana Ribeiro")
    await world.pass_time(3)
    assert (await world.replies())[-1].endswith("When would you like to start?")


async def test_a_new_talk_says_by_which_version_it_began(world: World) -> None:
    for note in ("first", "second"):
        await published.publish_text(OPERATOR, SCHOOL.replace("Aurora", note), note)
    await world.says("Hello")
    await world.pass_time(3)

    begun = await world.one("select playbook, playbook_version as v from qualification")

    assert (begun.playbook, begun.v) == ("school", "2")


async def test_a_talk_goes_on_when_the_fact_it_asked_for_is_asked_for_no_more(world: World) -> None:
    await world.says("Hello, I would like the English course, I am Ana Ribeiro")
    await world.pass_time(3)
    assert (await world.replies())[-1].endswith("When would you like to start?")

    data = read(SCHOOL).data
    data["questions"] = [each for each in data["questions"] if each["fact"] in {"name", "interest", "city"}]
    await published.publish_text(OPERATOR, write(data), "only three")
    await world.says("next month")
    await world.pass_time(3)
    assert (await world.replies())[-1].endswith("Which city do you live in?")
    lead = await world.lead()
    assert (lead.facts_known, lead.facts_total) == (2, 3), "what is asked for counts"

    await world.says("Leeds")
    await world.pass_time(3)
    assert (await world.lead()).qualified_at is not None
    assert "Leeds" in (await world.replies())[-1]


async def test_a_fact_that_a_new_playbook_asks_for_is_asked_for(world: World) -> None:
    data = read(SCHOOL).data
    questions = data["questions"]
    data["questions"] = questions[:2]
    await published.publish_text(OPERATOR, write(data), "two")
    await world.says("Hello, I would like the English course")
    await world.pass_time(3)

    data["questions"] = [questions[4], *questions[:2]]
    await published.publish_text(OPERATOR, write(data), "three")
    await world.says("I am Ana Ribeiro")
    await world.pass_time(3)

    assert (await world.replies())[-1].endswith("Which city do you live in?")
