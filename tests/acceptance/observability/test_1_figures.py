"""Every panel and every rule has something to say about a Leadline under traffic with the usual troubles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest

from tests.acceptance.observability.watched import ROOT, Watched
from tests.support import promql
from tests.support.prometheus_server import RunningPrometheus

pytestmark = [pytest.mark.needs("prometheus", "alertmanager"), pytest.mark.timeout(300)]

WITHIN = 90.0
MOST_SERIES = 10_000

# What cannot have a number here, and why.
EMPTY = {
    "leadline-realtime: Delivered, exact (7 days)": "it counts what was accepted ten minutes ago or earlier",
}
# The same of what rules measure.
NEVER = {
    'absent(up{job="leadline"})': "it says something only when there is nothing",
    'max by (queue)(leadline_job_queue_depth{job="leadline",state="dead"})': "no job was given up",
}


def panels() -> Iterator[tuple[str, str]]:
    """Title and expression of each query of each dashboard."""
    for path in sorted((ROOT / "grafana" / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                if "expr" in target:
                    yield f"{path.stem}: {panel['title']}", target["expr"]


def measured(node: Any) -> Iterator[str]:
    """What a rule measures: its expression without the comparisons that decide."""
    if isinstance(node, promql_parser.ParenExpr):
        yield from measured(node.expr)
    elif isinstance(node, promql_parser.BinaryExpr) and str(node.op) in {">", "<", ">=", "==", "and", "or", "unless"}:
        yield from measured(node.lhs)
        yield from measured(node.rhs)
    elif any(True for _ in promql.selectors(node)):
        yield str(node)


def measures() -> list[tuple[str, str]]:
    """Name and measured expressions of each rule."""
    rules = promql.rules(ROOT / "prometheus" / "rules")
    return [
        (rule.get("record") or rule["alert"], asked)
        for rule in rules
        for asked in measured(promql_parser.parse(rule["expr"]))
    ]


def unanswered(watched: Watched, asked: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What has no number yet."""
    return [(name, query) for name, query in asked if not watched.ask(query)]


def all_answered(watched: Watched, asked: list[tuple[str, str]]) -> None:
    """Wait until everything has a number, and remember what never had one."""
    waiting = asked

    def done() -> bool:
        nonlocal waiting
        waiting = unanswered(watched, waiting)
        return not waiting

    watched.until(done, WITHIN, lambda: "\n".join(f"{name} | {query}" for name, query in waiting))


def test_every_panel_shows_a_number(watched: Watched):
    asked = [(title, query) for title, query in panels() if title not in EMPTY]
    assert len(asked) > 100
    all_answered(watched, asked)


def test_what_is_listed_as_empty_is_empty(watched: Watched):
    listed = [(title, query) for title, query in panels() if title in EMPTY]
    assert {title for title, _ in listed} == set(EMPTY)
    assert unanswered(watched, listed) == listed


def test_every_rule_has_something_to_judge_by(watched: Watched):
    asked = [(name, query) for name, query in measures() if query not in NEVER]
    assert len(asked) > 150
    all_answered(watched, asked)


def test_every_rule_is_healthy(watched: Watched):
    for prometheus in (watched.prometheus, watched.native):
        rules = [rule for group in prometheus.get("rules")["groups"] for rule in group["rules"]]
        assert len(rules) > 150
        assert [(rule["name"], rule["lastError"]) for rule in rules if rule["health"] == "err"] == []


def test_every_target_is_up(watched: Watched):
    for prometheus in (watched.prometheus, watched.native):
        targets = prometheus.get("targets")["activeTargets"]
        assert {each["labels"]["job"] for each in targets} >= {"leadline", "leadline-blackbox", "postgres"}
        watched.until(lambda asked=prometheus: down(asked) == [], WITHIN, lambda asked=prometheus: down(asked))


def down(prometheus: RunningPrometheus) -> list[tuple[str, str]]:
    """The targets that did not answer their last scrape, and why."""
    targets = prometheus.get("targets")["activeTargets"]
    return [(each["scrapeUrl"], each["lastError"]) for each in targets if each["health"] != "up"]


def test_the_figures_of_the_watching_itself(watched: Watched):
    by_process = {
        each["metric"]["process"]: each["value"][1]
        for each in watched.prometheus.samples('scrape_samples_scraped{job="leadline"}')
    }
    took = {
        each["metric"]["process"]: f"{float(each['value'][1]) * 1000:.0f} ms"
        for each in watched.prometheus.samples('quantile_over_time(0.5, scrape_duration_seconds{job="leadline"}[30s])')
    }
    print(f"\nseries: {by_process}; half of the scrapes took at most: {took}")  # noqa: T201 - figures for the docs
    assert sum(map(int, by_process.values())) < MOST_SERIES
