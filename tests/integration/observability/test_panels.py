"""Every panel and every rule is answered by a real Prometheus that reads every metric of the catalogue."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.prometheus_server import Exhibit, RunningPrometheus, start_prometheus
from tests.support.promql import concrete

pytestmark = pytest.mark.needs("prometheus")

ROOT = Path(__file__).resolve().parents[3]
SCRAPES = 10

# What stays empty here, and why.
EMPTY = {
    "Delivered within 5 minutes": "its objective compares with the messages of five minutes ago",
    "Delivered within 5 minutes: kept": "as above",
}


def panels() -> Iterator[tuple[str, str, str]]:
    for path in sorted((ROOT / "grafana" / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                if "expr" in target:
                    yield path.stem, panel["title"], target["expr"]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rules, all evaluated at the pace of the test."""
    folder = tmp_path_factory.mktemp("rules")
    for path in (ROOT / "prometheus" / "rules").glob("*.yml"):
        made = yaml.safe_load(path.read_text())
        for group in made["groups"]:
            group.pop("interval", None)
        (folder / path.name).write_text(yaml.safe_dump(made))
    return folder


@pytest.fixture(scope="module")
def prometheus(rules: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPrometheus]:
    exhibit = Exhibit()
    target = {"targets": [exhibit.address]}
    configuration = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [f"{rules}/*.yml"],
        "scrape_configs": [
            {"job_name": "leadline", "static_configs": [{**target, "labels": {"process": "web"}}]},
            {"job_name": "leadline-blackbox", "metrics_path": "/probes", "static_configs": [target]},
        ],
    }
    with start_prometheus(tmp_path_factory.mktemp("prometheus"), configuration) as running:
        exhibit.wait_for_looks(2 * SCRAPES)
        while not all(group["lastEvaluation"] > "1" for group in running.get("rules")["groups"]):
            exhibit.wait_for_looks(2)
        yield running
    exhibit.close()


def numbers(samples: list[dict[str, Any]]) -> list[float]:
    return [float(sample["value"][1]) for sample in samples]


def test_every_panel_is_answered_with_numbers(prometheus: RunningPrometheus):
    wrong = []
    for dashboard, title, query in panels():
        # A subquery by minutes has nothing to see in some seconds.
        asked = re.sub(r":1m\]", ":1s]", concrete(query, recent="5s", whole="10s"))
        found = [value for value in numbers(prometheus.samples(asked)) if not math.isnan(value)]
        if bool(found) == (title in EMPTY):
            wrong.append((dashboard, title, query))
    assert wrong == []


def test_every_rule_is_healthy(prometheus: RunningPrometheus):
    rules = [rule for group in prometheus.get("rules")["groups"] for rule in group["rules"]]
    assert len(rules) > 150
    assert [(rule["name"], rule["lastError"]) for rule in rules if rule["health"] != "ok"] == []


def test_the_series_of_sloth_are_there_for_its_dashboards(prometheus: RunningPrometheus):
    for name in ("slo:objective:ratio", "slo:error_budget:ratio", "slo:time_period:days", "sloth_slo_info"):
        assert len(prometheus.samples(name)) == 7
    for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"):
        assert len(prometheus.samples(f"slo:sli_error:ratio_rate{window}")) >= 6


def test_the_sign_of_life_fires(prometheus: RunningPrometheus):
    assert numbers(prometheus.samples('ALERTS{alertname="LeadlineWatchdog",alertstate="firing"}')) == [1]
