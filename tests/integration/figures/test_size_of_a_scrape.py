"""A scrape stays small with a big team, and nobody waits for it."""

from __future__ import annotations

import asyncio
import threading

import pytest
import sqlalchemy as sa

from app.clock import Clock, SystemClock
from app.database import Database, transaction
from app.insights.collector import Figures
from app.registry import override
from app.settings import Settings
from metrics import exposition
from metrics.catalogue import CATALOGUE
from metrics.registry import REGISTRY
from metrics.shape import Kind
from tests.integration.figures.house import get, parsed

CONSULTANTS = 200
MOST_SERIES = 10_000


async def team_of(count: int) -> None:
    async with transaction() as db:
        await db.execute(
            sa.text(
                "insert into team_user (email, name) select 'c' || n || '@leadline.test', 'Somebody'"
                " from generate_series(1, :n) n"
            ),
            {"n": count},
        )


async def test_two_hundred_consultants_make_few_series(database: Database, settings: Settings):
    with override(Clock, SystemClock()):
        await team_of(CONSULTANTS)
        figures, served = Figures(), exposition.start(0)
        async with figures.shown():
            await figures.refresh()
            scrape = parsed(await asyncio.to_thread(get, served.url))
    await asyncio.to_thread(served.stop)
    assert scrape.count("leadline_consultant_assigned_leads") == 2 * CONSULTANTS
    assert scrape.size < MOST_SERIES


def test_the_most_that_can_be_shown_is_within_the_budget_too():
    assert sum(metric.series for metric in CATALOGUE.values()) < MOST_SERIES


@pytest.mark.parametrize("name", [m.name for m in CATALOGUE.values() if any(label.at_most for label in m.labels)])
def test_an_open_label_cannot_grow_without_bound(name: str):
    metric = CATALOGUE[name]
    assert all(label.values or label.at_most for label in metric.labels)
    assert metric.combinations or metric.kind is not Kind.HISTOGRAM or metric.series < MOST_SERIES / 10


async def test_a_scrape_is_answered_while_the_event_loop_is_busy():
    """The loop does nothing else until the scrape is there, so another thread must have made it."""
    served = exposition.start(0)
    answered = threading.Event()
    seen: list[str] = []

    def scrape() -> None:
        seen.append(get(served.url))
        answered.set()

    thread = threading.Thread(target=scrape)
    thread.start()
    assert answered.wait(60)
    thread.join()
    await asyncio.to_thread(served.stop)
    assert "leadline_" in seen[0]


async def test_a_scrape_asks_the_database_nothing(database: Database, settings: Settings):
    with override(Clock, SystemClock()):
        figures = Figures()
        async with figures.shown():
            await figures.refresh()
            await database.close()
            assert REGISTRY.get_sample_value("leadline_leads", {"stage": "new"}) == 0
