"""The database goes away and comes back. Last of its folder, because it shakes everything."""

from __future__ import annotations

import asyncio

import pytest

from tests.acceptance.whole_way.town import DELIVERY_PATIENCE, Town, greeted, until

pytestmark = pytest.mark.timeout(240)


async def test_the_database_is_killed_under_traffic(town: Town):
    crowd = await town.crowd(15)
    await town.everybody_writes(crowd, "Hello, I would like to learn English")
    await town.sees("send", crowd)
    before = town.leadline.kill("database")
    await town.everybody_writes(crowd, "and I live in Porto")

    async def is_back() -> bool:
        return town.leadline.now.processes["database"] != before

    await until(is_back)
    await town.settled(crowd, within=DELIVERY_PATIENCE)
    await town.nothing_was_lost_or_doubled(crowd)


async def test_jobs_are_heard_of_at_once_again_when_the_database_is_back(town: Town):
    before = town.leadline.kill("database")

    async def is_back() -> bool:
        return town.leadline.now.processes["database"] != before

    await until(is_back)
    await greeted(town, "First After The Outage")
    assert any([await is_answered_before_a_poll(town) for _ in range(3)])


async def is_answered_before_a_poll(town: Town) -> bool:
    """Whether the jobs of a reply start at once: two of them, found by polling alone, take more than five seconds."""
    lead = await town.meet("Somebody In A Hurry")
    await lead.write("Hello, I would like to learn English")
    try:
        async with asyncio.timeout(5):
            return bool(await lead.hear())
    except TimeoutError:
        return False
