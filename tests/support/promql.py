"""Reading PromQL in tests: what an expression asks for, and whether the catalogue knows it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser
import yaml

from metrics.catalogue import CATALOGUE
from metrics.promql import measured
from metrics.shape import Kind, Metric

PARTS = ("_bucket", "_sum", "_count")
OF_PROMETHEUS = {"ALERTS"}


def concrete(query: str, *, recent: str = "5m", whole: str = "1h", job: str = "leadline") -> str:
    """A panel's query with Grafana's variables filled in."""
    filled = query.replace("$__rate_interval", recent).replace("$__range", whole)
    return filled.replace("$job", job)


def parse(query: str) -> Any:
    """The tree of a panel's query."""
    return promql_parser.parse(concrete(query))


def _inside(node: Any) -> Iterator[Any]:
    for name in ("expr", "lhs", "rhs", "vector_selector", "param"):
        child = getattr(node, name, None)
        if child is not None and not isinstance(child, str | int | float):
            yield child
    yield from getattr(node, "args", None) or ()


def selectors(node: Any) -> Iterator[Any]:
    """Every selector of series in the tree."""
    yield from (selector for selector, _ in selectors_in_functions(node))


def selectors_in_functions(node: Any, function: str = "") -> Iterator[tuple[Any, str]]:
    """Every selector with the function that is nearest around it."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node, function
    inner = node.func.name if isinstance(node, promql_parser.Call) else function
    for child in _inside(node):
        yield from selectors_in_functions(child, inner)


def entry(name: str) -> Metric | None:
    """The entry of the catalogue that a series belongs to."""
    return CATALOGUE.get(base(name))


def base(name: str) -> str:
    """The name of the metric that a series belongs to: without _bucket, _sum, _count, and behind its recording."""
    name = measured(name)
    if name in CATALOGUE:
        return name
    return next((name.removesuffix(part) for part in PARTS if name.removesuffix(part) in CATALOGUE), name)


def only_rises(metric: Metric, series: str) -> bool:
    """Whether the series is a counter, by itself or as a part of a histogram."""
    return metric.kind is Kind.COUNTER or (metric.kind is Kind.HISTOGRAM and series != metric.name)


def is_known(name: str, recorded: frozenset[str]) -> bool:
    """Whether the catalogue or a recording rule makes the series."""
    return entry(name) is not None or name in recorded or name in OF_PROMETHEUS


@cache
def rules(folder: Path) -> tuple[dict[str, Any], ...]:
    """Every rule of the files in a folder."""
    files = [yaml.safe_load(path.read_text()) for path in sorted(folder.glob("*.yml"))]
    return tuple(rule for file in files for group in file["groups"] for rule in group["rules"])


@cache
def recorded(folder: Path) -> frozenset[str]:
    """The names that recording rules make."""
    return frozenset(rule["record"] for rule in rules(folder) if "record" in rule)


@cache
def read_by_rules(folder: Path) -> frozenset[str]:
    """The metrics that rules read."""
    return frozenset(base(selector.name) for rule in rules(folder) for selector in selectors(parse(rule["expr"])))
