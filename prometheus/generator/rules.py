"""Recording and alerting rules for the objectives, with the series that Sloth makes, so that its public
dashboards work unchanged.

An alert needs a long and a short window to agree: the long one says that it matters, the short one that it
has not stopped. Factors and windows are those of Google's SRE workbook for 30 days.
"""

from __future__ import annotations

from typing import Any

import yaml

from metrics.catalogue import CATALOGUE
from metrics.promql import lasting
from metrics.shape import Origin
from prometheus.generator.objectives import OBJECTIVES, PERIOD_DAYS, Objective

Rule = dict[str, Any]
Group = dict[str, Any]

HEADER = "# Made by `python -m prometheus.generator` from prometheus/generator/objectives.py: edit that.\n"
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
PERIOD = f"{PERIOD_DAYS}d"
# Reading 30 days is dear, and the answer changes slowly; well under the 5 minutes after which it would vanish.
PERIOD_EVERY = "2m"
PAGES = ((14.4, "5m", "1h"), (6, "30m", "6h"))
TICKETS = ((3, "2h", "1d"), (1, "6h", "3d"))
ON_ID = "on (sloth_id, sloth_slo, sloth_service) group_left"

GOOD = "slo:leadline_availability:good"

# Ten minutes of evaluations: a Prometheus that began a moment ago has seen nothing that it may judge by.
MOMENTS = 40
# A minute: the evaluations before the first probe was made prove nothing either.
BAD_MOMENTS = 4

# What is not measured counts as down: silence is no evidence of health.
BASE: Group = {
    "name": "leadline-base",
    "rules": [
        {
            "record": GOOD,
            "expr": 'min(probe_success{job="leadline-blackbox",probe=~"readyz|login_page"}) or vector(0)',
        },
    ],
}

# One series for each total, whoever leads. The greatest: a worker that does not know yet that another one leads shows
# an older total, and a counter that falls would be taken for one that began anew.
TOTALS: Group = {
    "name": "leadline-totals",
    "rules": [
        {"record": lasting(name), "expr": f'max without (instance, process) ({name}{{job=~".+"}})'}
        for name, metric in CATALOGUE.items()
        if metric.origin is Origin.LEDGER
    ],
}


def document() -> str:
    """The whole file."""
    groups = [TOTALS, BASE, *(group for objective in OBJECTIVES for group in _groups(objective))]
    return HEADER + yaml.dump({"groups": groups}, Dumper=_Readable, sort_keys=False, width=1000)


class _Readable(yaml.SafeDumper):
    """Writes an expression of several lines as such."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        return yaml.ScalarNode("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)


_Readable.add_representer(str, _Readable.represent_str)


def _groups(objective: Objective) -> list[Group]:
    name = f"leadline-slo-{objective.name}"
    return [
        {"name": f"{name}-recordings", "rules": _recordings(objective)},
        {"name": f"{name}-period", "interval": PERIOD_EVERY, "rules": [_ratio(objective, PERIOD)]},
        {"name": f"{name}-meta", "rules": _meta(objective)},
        {"name": f"{name}-alerts", "rules": [_alert(objective, "critical"), _alert(objective, "warning")]},
    ]


def _recordings(objective: Objective) -> list[Rule]:
    return [_ratio(objective, window) for window in WINDOWS]


def _ratio(objective: Objective, window: str) -> Rule:
    return {
        "record": f"slo:sli_error:ratio_rate{window}",
        "expr": objective.error_ratio.replace("$window", window),
        "labels": _labels(objective, window),
    }


def _meta(objective: Objective) -> list[Rule]:
    selector = _selector(objective)
    budget = f"{ON_ID} slo:error_budget:ratio{selector}"
    rules = {
        "slo:objective:ratio": f"vector({objective.target})",
        "slo:error_budget:ratio": f"vector({objective.budget})",
        "slo:time_period:days": f"vector({PERIOD_DAYS})",
        "slo:current_burn_rate:ratio": f"{_errors(objective, '5m')} / {budget}",
        "slo:period_burn_rate:ratio": f"{_errors(objective, PERIOD)} / {budget}",
        "slo:period_error_budget_remaining:ratio": f"1 - slo:period_burn_rate:ratio{selector}",
    }
    recorded: list[Rule] = [
        {"record": name, "expr": expr, "labels": _labels(objective)} for name, expr in rules.items()
    ]
    told = {"sloth_mode": "cli-gen-prom", "sloth_spec": "prometheus/v1", "sloth_objective": f"{objective.target:.2%}"}
    return [*recorded, {"record": "sloth_slo_info", "expr": "vector(1)", "labels": {**_labels(objective), **told}}]


def _alert(objective: Objective, severity: str) -> Rule:
    pairs = PAGES if severity == "critical" else TICKETS
    return {
        "alert": objective.alert,
        "expr": "\nor ignoring (sloth_window)\n".join(_pair(objective, *pair) for pair in pairs),
        "labels": {"severity": severity, "slo": objective.name},
        "annotations": {
            "summary": f"{objective.trouble}.",
            "description": f"{objective.promise} The allowance of {PERIOD_DAYS} days is being used up too fast:"
            " {{ $value | humanizePercentage }} of the last window was bad.",
            "runbook": f"docs/runbooks/{objective.alert}.md",
            "dashboard": "/d/leadline-slo",
        },
    }


def _pair(objective: Objective, factor: float, short: str, long: str) -> str:
    limit = f"({factor} * {objective.budget})"
    if objective.events:
        guard = f"sum(increase({objective.events}[{long}])) >= {objective.enough}"
    else:
        seen = f"count_over_time({GOOD}[{long}])"
        guard = f"{seen} >= {MOMENTS} and {seen} - sum_over_time({GOOD}[{long}]) >= {BAD_MOMENTS}"
    return (
        f"(\n  {_errors(objective, short)} > {limit}\n  and ignoring (sloth_window)\n"
        f"  {_errors(objective, long)} > {limit}\n  and on () ({guard})\n)"
    )


def _errors(objective: Objective, window: str) -> str:
    return f"slo:sli_error:ratio_rate{window}{_selector(objective)}"


def _selector(objective: Objective) -> str:
    return f'{{sloth_id="{objective.id}"}}'


def _labels(objective: Objective, window: str = "") -> dict[str, str]:
    labels = {"sloth_id": objective.id, "sloth_service": "leadline", "sloth_slo": objective.name}
    return {**labels, "sloth_window": window} if window else labels
