"""The count of leads whom nobody answered, in a real database."""

from __future__ import annotations

import asyncio

from app.database import Database
from app.registry import use
from tests.bench.answers import Unanswered, left_in
from tests.integration.conversations.world import World


async def left() -> Unanswered:
    return await asyncio.to_thread(left_in, use(Database).url.replace("+psycopg", ""))


async def test_a_lead_is_without_an_answer_until_one_is_sent_and_owed_none_after_the_farewell(world: World) -> None:
    await world.says("Hello, I would like a course", phone="15550100111")
    assert await left() == Unanswered(leads=1, bursts=1, of=1)
    await world.pass_time(4)
    assert await left() == Unanswered(leads=0, bursts=0, of=1)
    await world.says("Stop writing to me", phone="15550100111")
    await world.pass_time(4)
    await world.says("thanks", phone="15550100111")
    await world.pass_time(4)
    assert await left() == Unanswered(leads=0, bursts=0, of=1)
