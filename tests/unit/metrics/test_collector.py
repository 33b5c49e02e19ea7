"""Figures from the database appear at scrapes as one snapshot, and never look alive when they are old."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from metrics.collector import OLD_AFTER, CachedCollector, Sample, from_ledger
from metrics.registry import REGISTRY

LEADS = "leadline_leads"
CREATED = "leadline_leads_created_total"
ASSIGNED = "leadline_consultant_assigned_leads"


class Table:
    """A database that says whatever the test wants."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.down = False
        self.now = 1_000.0

    async def read(self) -> list[Sample]:
        if self.down:
            raise ConnectionError
        return self.samples

    def clock(self) -> float:
        return self.now


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def collector(table: Table) -> Iterator[CachedCollector]:
    made = CachedCollector("business", table.read, [LEADS, CREATED, ASSIGNED], clock=table.clock)
    made.start()
    yield made
    made.stop()


def test_nothing_is_shown_before_the_first_reading(collector: CachedCollector):
    assert list(collector.collect()) == []


async def test_a_reading_shows_its_values_and_zero_for_all_it_does_not_mention(
    collector: CachedCollector, table: Table
):
    table.samples = [Sample(LEADS, 3, {"stage": "new"}), Sample(CREATED, 5, {"source": "whatsapp"})]
    await collector.refresh()
    assert REGISTRY.get_sample_value(LEADS, {"stage": "new"}) == 3
    assert REGISTRY.get_sample_value(LEADS, {"stage": "won"}) == 0
    assert REGISTRY.get_sample_value(CREATED, {"source": "whatsapp"}) == 5


async def test_what_vanished_from_the_database_vanishes_from_the_metrics(collector: CachedCollector, table: Table):
    table.samples = [Sample(ASSIGNED, 3, {"consultant": "7", "window": "7d"})]
    await collector.refresh()
    assert REGISTRY.get_sample_value(ASSIGNED, {"consultant": "7", "window": "7d"}) == 3
    table.samples = []
    await collector.refresh()
    assert REGISTRY.get_sample_value(ASSIGNED, {"consultant": "7", "window": "7d"}) is None


async def test_values_outside_of_an_enumeration_are_summed_as_other(collector: CachedCollector, table: Table):
    table.samples = [Sample(CREATED, 1, {"source": "fax"}), Sample(CREATED, 2, {"source": "pigeon"})]
    await collector.refresh()
    assert REGISTRY.get_sample_value(CREATED, {"source": "_OTHER"}) == 3


async def test_when_the_database_is_down_the_last_snapshot_stays_until_it_is_old(
    collector: CachedCollector, table: Table
):
    table.samples = [Sample(LEADS, 3, {"stage": "new"})]
    await collector.refresh()
    table.down, table.now = True, table.now + OLD_AFTER
    with pytest.raises(ConnectionError):
        await collector.refresh()
    assert REGISTRY.get_sample_value(LEADS, {"stage": "new"}) == 3
    table.now += 1
    assert REGISTRY.get_sample_value(LEADS, {"stage": "new"}) is None
    last = "leadline_collector_last_success_timestamp_seconds"
    assert REGISTRY.get_sample_value(last, {"collector": "business"}) == 1_000


async def test_a_worker_that_leads_no_more_shows_nothing(table: Table):
    collector = CachedCollector("business", table.read, [LEADS], clock=table.clock)
    collector.start()
    await collector.refresh()
    collector.stop()
    assert REGISTRY.get_sample_value(LEADS, {"stage": "new"}) is None
    collector.start()
    assert REGISTRY.get_sample_value(LEADS, {"stage": "new"}) is None
    collector.stop()


def test_ledger_totals_become_the_counters_that_stand_for_them():
    totals = [("lead_created", {"source": "form"}, 4.0), ("stage_changed", {"to": "won"}, 9.0)]
    assert from_ledger(totals) == [Sample(CREATED, 4.0, {"source": "form"})]
