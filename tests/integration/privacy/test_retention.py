"""What is kept for a time only."""

from __future__ import annotations

import sqlalchemy as sa

from app.conversations.replay import replay
from app.database import transaction
from app.privacy import retention
from app.privacy import service as privacy
from app.registry import override, use
from app.settings import Settings
from tests.integration.conversations.people import MANAGER
from tests.integration.conversations.world import AGENT, PHONE, World


async def bodies(world: World) -> int:
    return len(await world.rows("select 1 from raw_event where body <> ''"))


async def test_bodies_of_webhooks_are_emptied_after_a_month(world: World) -> None:
    await world.says("Hello", "there")
    kept = await bodies(world)
    assert kept > 1
    world.clock.move(days=29)
    assert await retention.keep_house() == 0
    world.clock.move(days=2)
    assert await retention.keep_house() == kept
    assert await bodies(world) == 0
    assert len(await world.rows("select 1 from message where direction = 'in'")) == 2
    assert (await replay()).failed == 0


async def test_the_same_webhook_again_is_still_known(world: World) -> None:
    world.gateway.lead_writes(AGENT, PHONE, "Hello")
    webhook = world.gateway.waiting[0]
    await world.gateway.deliver()
    world.clock.move(days=31)
    await retention.keep_house()
    assert (await world.take_in(webhook)).outcome == "duplicate"


async def test_rows_that_were_emptied_long_ago_are_dropped_and_a_late_copy_still_makes_no_second_message(
    world: World,
) -> None:
    world.gateway.lead_writes(AGENT, PHONE, "Hello")
    webhook = world.gateway.waiting[0]
    await world.gateway.deliver()
    world.clock.move(days=59)
    await retention.keep_house()
    assert len(await world.rows("select 1 from raw_event where kind = 'message'")) == 1
    world.clock.move(days=2)
    await retention.keep_house()
    assert await world.rows("select 1 from raw_event where kind = 'message'") == []
    assert (await replay()).failed == 0
    assert (await world.take_in(webhook)).outcome == "duplicate"
    assert len(await world.rows("select 1 from message")) == 1


async def test_bodies_are_found_without_passing_by_all_that_are_empty(world: World) -> None:
    async with transaction() as db:
        await db.execute(
            sa.text(
                "insert into raw_event (provider, session, sha256, body, headers, received_at)"
                " select 'waha', 'agent', sha256(n::text::bytea), '', '{}', now() - n * interval '1 minute'"
                " from generate_series(1, 5000) as n"
            )
        )
        await db.execute(sa.text("analyze raw_event"))
        asked = sa.text(f"explain {retention._BLANK.text}")
        now = world.clock.now()
        lines = await db.execute(asked, {"now": now, "before": now, "batch": 1000})
    assert "raw_event_full" in "\n".join(line[0] for line in lines)


async def test_an_operator_may_keep_them(world: World) -> None:
    await world.says("Hello")
    world.clock.move(days=400)
    with override(Settings, use(Settings).model_copy(update={"raw_event_days": 0.0})):
        assert await retention.keep_house() == 0


async def test_the_trace_of_an_erasure_is_forgotten_after_a_week(world: World) -> None:
    await world.says("Hello")
    await privacy.erase(MANAGER, (await world.lead()).id)
    assert len(await world.rows("select 1 from erasure")) > 0
    world.clock.move(days=8)
    await retention.keep_house()
    assert await world.rows("select 1 from erasure") == []
