"""What the committed dashboards ask for."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from tests.support.promql import base, parse, selectors

DASHBOARDS = Path(__file__).resolve().parents[2] / "grafana" / "dashboards"
RECORDED = {
    "slo:leadline_availability:good": "probe_success",
}
"""Series that rules record, and the metric behind them."""


@cache
def shown_metrics() -> frozenset[str]:
    """Every metric that some panel of some dashboard draws."""
    names = {selector.name or "" for query in _queries() for selector in selectors(parse(query))}
    return frozenset(base(RECORDED.get(name, name)) for name in names)


def _queries() -> list[str]:
    pages = [json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))]
    targets = [target for page in pages for panel in page["panels"] for target in panel.get("targets", [])]
    return [target["expr"] for target in targets if "expr" in target]
