"""The bench of the instruments serves leads with and without them, and leaves every instrument as it was."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest
import structlog

from app.bench import instruments, ledger
from app.bench.instruments import Times
from app.clock import Clock, SystemClock
from app.conversations.intake import SessionWatch
from app.database import Database
from app.jobs.queue import Queue
from app.qualification.interpreter import Interpreter
from app.qualification.playbook import Playbook
from app.registry import override
from app.settings import Settings
from app.whatsapp.gateway import Gateway
from metrics.registry import REGISTRY, Instrument


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A bench keeps quiet; the tests after it want to read what is logged."""
    level, configured = logging.getLogger().level, structlog.get_config()
    yield
    logging.getLogger().setLevel(level)
    structlog.configure(**configured)


@pytest.fixture
def roles() -> Iterator[None]:
    """Whoever takes a place inside leaves it again."""
    taken = (Settings, Clock, Database, Queue, SessionWatch, Playbook, Gateway, Interpreter)
    with ExitStack() as stack:
        for role in taken:
            stack.enter_context(override(role, cast("Any", None)))
        yield


@pytest.mark.usefixtures("roles")
async def test_both_sides_serve_leads_and_only_one_counts(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name, value in (("RUN", 1), ("WARM_UP", 1), ("SCRAPES", 2)):
        monkeypatch.setattr(instruments, name, value)
    at = Instrument.at
    stored = {"session": "agent", "outcome": "stored"}
    before = REGISTRY.get_sample_value("leadline_webhooks_total", stored) or 0
    found: Any = await instruments.measure_on(database_url, tmp_path, pairs=2)
    assert REGISTRY.get_sample_value("leadline_webhooks_total", stored) == before + 3
    assert Instrument.at is at
    assert found["webhook"].keys() == found["rules_turn"].keys() == found["both"].keys()
    assert found["scrape"]["consultants"] == instruments.CONSULTANTS
    assert 1_000 < found["scrape"]["series"] < 10_000


def test_the_cost_is_the_median_of_the_pairs_with_its_bounds():
    times = Times()
    for extra in (0.01, 0.02, 0.03, 5.0):
        times.add((1 + extra, 1 + extra), (1.0, 1.0))
    told: Any = instruments._told(times)
    low, high = told["interval_95"]
    assert told["cost_percent"] == pytest.approx(2.5, abs=0.01)
    assert low <= told["cost_percent"] <= high


async def test_a_long_ledger_tells_the_same_before_and_after_folding(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ledger, "TIMES", 1)
    with override(Clock, SystemClock()):
        found = await ledger.measure_here(rows=1_000)
    assert found["rows"] == 1_000
    assert found.keys() >= {"whole_ledger_ms", "folded_ms", "times_faster", "rows_folded_a_second"}
