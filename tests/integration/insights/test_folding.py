"""The ledger's totals are the same at every instant, whoever folds, dies or prunes in between."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.clock import FixedClock
from app.database import transaction
from app.leads import folding, ledger
from app.leads.ledger import Kind
from app.registry import override
from app.settings import Settings, load_settings

pytestmark = pytest.mark.usefixtures("database", "settings")

SOURCES = ("whatsapp", "form", "import")


async def happen(clock: FixedClock, rng: random.Random, count: int) -> None:
    async with transaction() as db:
        for _ in range(count):
            at = clock.now() - timedelta(seconds=rng.uniform(0, 300))
            if rng.random() < 0.3:
                price = rng.choice((0.1, 0.2, 0.00031))
                ledger.record(db, Kind.LLM_COST, lead_id=None, amount=price, at=at, gen_ai_request_model="m")
            else:
                ledger.record(db, Kind.LEAD_CREATED, lead_id=None, at=at, source=rng.choice(SOURCES))


async def whole() -> dict[tuple[str, str], Decimal]:
    """The truth: a sum over every row, folded or not."""
    async with transaction() as db:
        rows = await db.execute(
            sa.text("select kind, labels::text as labels, sum(amount::numeric) as n from ledger group by 1, 2")
        )
        return {(row.kind, row.labels): row.n for row in rows}


async def told() -> dict[tuple[str, str], Decimal]:
    async with transaction() as db:
        texts = {}
        for kind, labels, amount in await folding.totals():
            spelled = sa.text("select cast(:one as jsonb)::text")
            texts[kind, (await db.execute(spelled, {"one": json.dumps(labels)})).scalar_one()] = amount
        return texts


async def count(what: str) -> int:
    async with transaction() as db:
        return int((await db.execute(sa.text(f"select count(*) from ledger where {what}"))).scalar_one())


@pytest.mark.parametrize("seed", range(2))
async def test_totals_equal_the_sum_of_all_rows_after_every_step(clock: FixedClock, seed: int):
    rng = random.Random(seed)
    for _ in range(8):
        await happen(clock, rng, rng.randrange(30))
        assert await told() == await whole()
        await folding.fold(batch=rng.choice((1, 7, 1000)))
        assert await told() == await whole()
        clock.move(seconds=rng.uniform(0, 90))
    clock.move(seconds=600)
    await folding.fold()
    assert await count("folded_at is null") == 0
    assert await told() == await whole()


async def test_two_leaders_and_readers_at_once_add_each_row_once(clock: FixedClock):
    await happen(clock, random.Random(5), 400)
    clock.move(seconds=600)
    before = await whole()

    async def read() -> None:
        for _ in range(10):
            assert await told() == before

    moved, others, *_ = await asyncio.gather(folding.fold(batch=13), folding.fold(batch=17), read(), read())
    assert moved + others <= 400
    await folding.fold()
    assert await count("folded_at is null") == 0
    assert await told() == before


class PowerCut(Exception):
    """The end, before the commit."""


async def fold_and_die(clock: FixedClock) -> None:
    async with transaction() as db:
        values = {"before": clock.now(), "now": clock.now(), "batch": 50}
        assert (await db.execute(folding._FOLD, values)).scalar_one() == 50
        raise PowerCut


async def test_a_fold_that_dies_before_its_commit_has_moved_nothing(clock: FixedClock):
    await happen(clock, random.Random(6), 50)
    clock.move(seconds=600)
    before = await whole()

    with pytest.raises(PowerCut):
        await fold_and_die(clock)
    assert await count("folded_at is null") == 50
    assert await told() == before


async def test_young_rows_are_left_alone_and_counted_all_the_same(clock: FixedClock):
    async with transaction() as db:
        ledger.record(db, Kind.OPTED_OUT, lead_id=None, at=clock.now())
    assert await folding.fold() == 0
    assert await told() == await whole()


async def test_an_amount_added_in_another_order_is_the_same_to_the_last_digit(clock: FixedClock):
    """A total that fell by the last digit of a float would look like a counter that began anew."""
    rng = random.Random(7)
    amounts = [rng.random() / 1000 for _ in range(300)]
    async with transaction() as db:
        for amount in amounts:
            ledger.record(db, Kind.LLM_COST, lead_id=None, amount=amount, at=clock.now() - timedelta(hours=1))
    seen = []
    for _ in range(30):
        seen.append((await folding.totals())[0][2])
        async with transaction() as db:
            await db.execute(folding._FOLD, {"before": clock.now(), "now": clock.now(), "batch": 10})
    assert len(set(seen)) == 1


async def test_old_rows_are_pruned_once_they_are_folded_and_stay_counted(clock: FixedClock):
    async with transaction() as db:
        for days in (10, 399, 401, 500):
            ledger.record(db, Kind.OPTED_OUT, lead_id=None, at=clock.now() - timedelta(days=days))
    assert await folding.prune() == 0, "a row that is in no total yet is never deleted"
    await folding.fold()
    assert await folding.prune() == 2
    assert await count("true") == 2
    assert [amount for _, _, amount in await folding.totals()] == [4]


async def test_nothing_is_pruned_where_the_operator_keeps_all(clock: FixedClock, settings: Settings):
    async with transaction() as db:
        ledger.record(db, Kind.OPTED_OUT, lead_id=None, at=clock.now() - timedelta(days=4000))
    await folding.fold()
    with override(Settings, load_settings(ledger_days=0)):
        assert await folding.prune() == 0
