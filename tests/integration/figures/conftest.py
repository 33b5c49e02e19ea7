"""One day is played for all tests of the figures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.embedded import EmbeddedPostgres
from metrics import exposition
from metrics.promql import lasting
from prometheus.generator.rules import TOTALS
from tests.integration.figures.day import play
from tests.integration.figures.house import House, Scrape, opened
from tests.integration.figures.pairs import PAIRS, Told, told_by_both
from tests.support.programs import path_of
from tests.support.prometheus_server import RunningPrometheus, start_prometheus

DATABASE = "figures_day"


@dataclass
class Played:
    """What a scrape said before and after the day, and what Prometheus and the database say of each business figure."""

    before: Scrape
    after: Scrape
    told: dict[str, Told] = field(default_factory=dict[str, Told])

    def rise(self, name: str, **labels: str) -> float:
        """How much the series of that name with these labels rose over the day."""
        return self.after.of(name, **labels) - self.before.of(name, **labels)


@pytest.fixture(scope="session")
def played(postgres: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """The day, played once; read by Prometheus too where there is one."""
    folder = tmp_path_factory.mktemp("figures")
    postgres.create(DATABASE, template=template)
    with ExitStack() as stack:
        stack.callback(postgres.drop, DATABASE)
        served = exposition.start(0)
        stack.callback(served.stop)
        prometheus = stack.enter_context(_prometheus(folder, served.url))
        yield asyncio.run(_played(postgres.url(DATABASE), folder, served.url, prometheus))


def _prometheus(folder: Path, url: str) -> Any:
    if path_of("prometheus") is None:
        return nullcontext()
    target = {"targets": [url.split("/")[2]]}
    rules = folder / "totals.yml"
    rules.write_text(yaml.safe_dump({"groups": [TOTALS]}))
    configuration = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(rules)],
        "scrape_configs": [{"job_name": "leadline", "static_configs": [target]}],
    }
    return start_prometheus(folder / "prometheus", configuration)


async def _played(database: str, folder: Path, url: str, prometheus: RunningPrometheus | None) -> Played:
    async with opened(database, folder, url) as house:
        before = await house.scrape()
        await _scraped(prometheus)
        await play(house)
        after = await house.scrape()
        await _scraped(prometheus)
        return Played(before, after, await _compared(house, prometheus))


async def _compared(house: House, prometheus: RunningPrometheus | None) -> dict[str, Told]:
    if prometheus is None:
        return {}
    return {pair.title: await told_by_both(house, prometheus, pair) for pair in PAIRS}


async def _scraped(prometheus: RunningPrometheus | None) -> None:
    """Return when Prometheus has read what is shown now, and recorded its totals."""
    if prometheus is not None:
        await _sampled(prometheus, 'up{job="leadline"}')
        await _sampled(prometheus, lasting("leadline_leads_created_total"))


async def _sampled(prometheus: RunningPrometheus, series: str) -> None:
    """Return when a series has a sample of now or later."""
    since = time.time()
    async with asyncio.timeout(30):
        while True:
            found = await asyncio.to_thread(prometheus.samples, f"max(timestamp({series}))")
            if found and float(found[0]["value"][1]) > since:
                return
            await asyncio.sleep(0.2)
