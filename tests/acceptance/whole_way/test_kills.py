"""Whatever is killed, and whatever the gateway does: nothing is lost, and nothing is said twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.whole_way.town import Lead, Town, greeted, town_of, until
from tests.support.leadline import RunningLeadline

pytestmark = pytest.mark.timeout(240)

RESCUED_WITHIN = 30.0
"""A dead worker is noticed after 15 s of silence, by a duty that runs every 5 s; a new one starts meanwhile."""
SENT_AGAIN_WITHIN = 60.0
"""A refused send is tried again after 1, 2, 4 s; one without an answer is looked for in the chat first."""
SETTLED_HISTORY = timedelta(seconds=62)
"""Younger words are left to their webhooks, which may just be slow."""


@pytest.fixture(scope="module")
def unheard(impatient_leadline: RunningLeadline) -> Lead:
    """Somebody whose last words were lost on the way, some while ago."""

    async def lose() -> Lead:
        async with town_of(impatient_leadline) as town:
            lead = await greeted(town, "Unheard Voice")
            await town.trouble("drop", session="agent", event="message.any", once=1)
            await lead.write("My name is Unheard Voice and I live in Porto")
            await town.sees("dropped", [lead])
            return lead

    return asyncio.run(lose())


@pytest.fixture(autouse=True)
def _something_is_lost_early(unheard: Lead) -> None:
    """It has to grow old enough for the last test, while the others run."""


async def test_a_turn_whose_worker_is_killed_is_taken_by_the_next_one(town: Town):
    lead = await greeted(town, "Killed Turn")

    async with town.closed("qualification"):
        await lead.write("My name is Rui Tavares", "and I live in Porto")
        await town.stands_still_at("qualification")
        town.leadline.kill("worker")

    await town.settled([lead], within=RESCUED_WITHIN)
    assert len(await lead.texts()) == 2
    assert (await lead.record())["qualification"]["facts"].keys() >= {"name", "city"}
    await town.nothing_was_lost_or_doubled([lead])


async def test_a_message_whose_worker_is_killed_while_it_is_sent_is_sent_once(town: Town):
    crowd = await town.crowd(6)
    await town.trouble("slow_send", seconds=20)
    await town.everybody_writes(crowd, "Hello", "I would like to learn English")
    # Without echoes and acks nobody but the chat itself can tell what became of the messages.
    await town.sees("delivered", crowd, times=12)
    await town.trouble("drop", session="agent")

    await town.sees("send", crowd, times=3)
    town.leadline.kill("worker")
    await town.calm()

    await town.settled(crowd, within=RESCUED_WITHIN)
    await town.nothing_was_lost_or_doubled(crowd)


async def test_webhooks_whose_web_process_is_killed_are_taken_when_they_come_again(town: Town):
    crowd = await town.crowd(20)
    async with town.closed("message"):
        await town.everybody_writes(crowd, "Hello", "I would like to learn English")
        await town.stands_still_at("message")
        town.leadline.kill("web")
    await town.everybody_writes(crowd, "I live in Porto")

    # Some of the first deliveries were committed without an answer: only when they came again is it over.
    await town.sees("delivered", crowd, times=3 * len(crowd))
    await town.settled(crowd)
    await town.nothing_was_lost_or_doubled(crowd)


async def test_webhooks_that_come_twice_late_or_in_the_wrong_order_change_nothing(town: Town):
    for trouble in ("duplicate", "duplicate_other_id", "duplicate_together", "reorder"):
        await town.trouble(trouble, rate=0.4)
    await town.trouble("delay", rate=0.3, seconds=1.0)
    crowd = await town.crowd(12)
    for text in ("Hello, I would like to learn English", "My name is Rui Tavares", "I live in Porto"):
        await town.everybody_writes(crowd, text)
        await asyncio.gather(*(lead.hear() for lead in crowd))

    await town.settled(crowd)
    await town.nothing_was_lost_or_doubled(crowd)
    facts = [(await lead.record())["qualification"]["facts"] for lead in crowd]
    assert [(one["name"], one["city"]) for one in facts] == [("Rui Tavares", "Porto")] * len(crowd)


async def test_sends_that_are_refused_or_answered_too_late_are_sent_once(town: Town):
    crowd = await town.crowd(6)
    await town.trouble("refuse_send", once=3)
    await town.trouble("slow_send", once=3, seconds=15)
    await town.everybody_writes(crowd, "Hello, I would like to learn English")

    await town.settled(crowd, within=SENT_AGAIN_WITHIN)
    await town.nothing_was_lost_or_doubled(crowd)


async def test_words_that_never_arrived_are_found_in_the_chat_when_the_session_comes_back(town: Town, unheard: Lead):
    unheard.town = town
    (lost,) = await town.sees("dropped", [unheard])

    async def is_old() -> bool:
        return datetime.fromtimestamp(lost["at"], UTC) < datetime.now(UTC) - SETTLED_HISTORY

    await until(is_old, within=SETTLED_HISTORY.total_seconds() + 1)
    await town.simulator.call("POST", "/_sim/sessions/agent/failed")

    await town.settled([unheard], within=40)
    record = await unheard.record()
    assert record["qualification"]["facts"]["city"] == "Porto"
    assert await town.rows("select 1 from ledger where kind = 'message_recovered' and lead_id = %s", record["id"])
    await town.nothing_was_lost_or_doubled([unheard])
