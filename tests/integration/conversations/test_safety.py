"""The net under everything."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.conversations import safety, turns
from app.database import transaction
from app.qualification.interpreter import Interpreter
from app.registry import override
from tests.integration.conversations.world import World, forget


class Broken:
    """An interpreter with a bug."""

    async def interpret(self, _turn: object) -> object:
        raise ZeroDivisionError


async def test_a_turn_whose_job_vanished_is_taken_after_all(world: World) -> None:
    await world.says("Hello")
    await forget(world, "update lead set turn_due_at = null")
    await world.pass_time(100)
    assert await safety.find_forgotten() == 0
    await world.pass_time(30)
    assert await safety.find_forgotten() == 1
    await world.settle()
    assert len(await world.replies()) == 1
    assert await safety.find_forgotten() == 0


async def test_a_message_whose_job_vanished_is_sent_after_all(world: World) -> None:
    await world.says("Hello")
    world.clock.move(seconds=3)
    await turns.sweep_due()
    lead = await world.lead()
    await turns.take_turn(lead.id, world.clock.now())
    await forget(world, "update message set created_at = created_at - interval '3 minutes' where direction = 'out'")
    assert await safety.find_forgotten() == 1
    await world.settle()
    assert len(await world.replies()) == 1


async def test_when_the_agent_fails_for_good_a_person_is_called(world: World, caplog: pytest.LogCaptureFixture) -> None:
    await world.says("Hello")
    with override(Interpreter, Broken()):  # type: ignore[arg-type]
        world.clock.move(seconds=3)
        await turns.sweep_due()
        async with transaction() as db:
            await db.execute(sa.text("update procrastinate_jobs set attempts = 6"))
        await world.work()
    lead = await world.lead()
    assert lead.automation == "human"
    assert lead.waiting_since is not None
    (job,) = await world.rows("select status from procrastinate_jobs")
    assert job.status == "failed"
