"""Rules that judge faster ask the same about shorter spans, and about nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import promql
from tests.support.faster import faster, faster_routes, faster_rules, seconds

RULES = Path(__file__).resolve().parents[3] / "prometheus" / "rules"


@pytest.mark.parametrize(
    ("slow", "fast"),
    [
        ("rate(a_total[5m])", "rate(a_total{}[5s])"),
        ("sum(increase(a_total[1h] offset 5m))", "sum(increase(a_total{}[1m] offset 5s))"),
        ('max_over_time(sum(up{job="5m"})[1d:1m])', 'max_over_time(sum(up{job="5m"})[24m:1s])'),
        ("a > 300 and b < 0.05", "a{} > 300 and b{} < 0.05"),
        ("predict_linear(a[6h], 24 * 3600) < 0", "predict_linear(a{}[6m], 24 * 3600) < 0"),
        ("rate(a_total[10s])", "rate(a_total{}[1s])"),
    ],
)
def test_spans_shrink_and_limits_stay(slow: str, fast: str):
    assert faster(slow, 60).split() == fast.split()


def test_waits_of_rules_shrink_as_well():
    rule = {"alert": "A", "expr": "a > 1", "for": "1h30m", "keep_firing_for": "30s", "labels": {"severity": "warning"}}
    made = faster_rules({"groups": [{"name": "g", "interval": "2m", "rules": [rule]}]}, 60)
    (group,) = made["groups"]
    assert group["interval"] == "2000ms"
    assert [group["rules"][0][name] for name in ("for", "keep_firing_for")] == ["90000ms", "500ms"]


def test_waits_of_routes_shrink_to_a_millisecond_at_least():
    made = faster_routes(
        {"route": {"group_wait": "30s", "routes": [{"group_wait": "0s", "repeat_interval": "1h"}]}}, 60
    )
    assert made["route"]["group_wait"] == "500ms"
    assert made["route"]["routes"] == [{"group_wait": "1ms", "repeat_interval": "60000ms"}]


def test_every_rule_asks_the_same_series():
    for rule in promql.rules(RULES):
        before, after = promql.parse(rule["expr"]), promql.parse(faster(rule["expr"], 60))
        assert [str(one) for one in named(after)] == [str(one) for one in named(before)]


def named(tree: object) -> list[tuple[str, str]]:
    return [(one.name, str(one.matchers)) for one in promql.selectors(tree)]


def test_durations_are_read_as_prometheus_writes_them():
    assert [seconds(each) for each in ("1h30m", "500ms", "3d")] == [5400, 0.5, 259200]
