"""Rules and routes as they are in production, with time running faster: so that minutes pass in seconds.

Every duration of the language is divided by one factor, in the parsed PromQL and in the fields beside it: ranges,
steps of subqueries, offsets, ``for``, ``keep_firing_for``, intervals of groups, the waits of Alertmanager. Nothing else
is: limits, shares and counts are those of production, and so are ages in seconds that an expression compares with a
number.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import promql_parser
import yaml

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
LEAST = timedelta(seconds=1)
"""Prometheus knows milliseconds, the parser writes whole seconds."""
WAITS = ("group_wait", "group_interval", "repeat_interval")


def faster(query: str, factor: float) -> str:
    """The same question about spans that are ``factor`` times shorter, and a second at least."""
    tree = promql_parser.parse(query)
    _hasten(tree, factor)
    return str(tree)


def faster_rules(rules: dict[str, Any], factor: float) -> dict[str, Any]:
    """A file of rules that judges ``factor`` times faster."""
    for group in rules["groups"]:
        _shorten(group, ("interval",), factor)
        for rule in group["rules"]:
            rule["expr"] = faster(rule["expr"], factor)
            _shorten(rule, ("for", "keep_firing_for"), factor)
    return rules


def faster_routes(routes: dict[str, Any], factor: float) -> dict[str, Any]:
    """An Alertmanager's configuration that waits ``factor`` times shorter."""
    every = [routes["route"], *routes["route"].get("routes", [])]
    for route in every:
        _shorten(route, WAITS, factor)
    return routes


def write_faster(rules: Path, folder: Path, factor: float) -> None:
    """Write the faster copy of each file of rules into ``folder``."""
    for path in sorted(rules.glob("*.yml")):
        made = faster_rules(yaml.safe_load(path.read_text()), factor)
        (folder / path.name).write_text(yaml.safe_dump(made, sort_keys=False, width=1000))


def seconds(duration: str) -> float:
    """A duration as Prometheus writes it (``1h30m``), in seconds."""
    return sum(int(count) * UNITS[unit] for count, unit in re.findall(r"(\d+)(ms|[smhdwy])", duration))


def _shorten(fields: dict[str, Any], names: tuple[str, ...], factor: float) -> None:
    for name in names:
        if name in fields:
            fields[name] = f"{max(round(seconds(fields[name]) / factor * 1000), 1)}ms"


def _hasten(node: Any, factor: float) -> None:
    for name in ("range", "step", "offset"):
        length = getattr(node, name, None)
        if isinstance(length, timedelta) and length:
            setattr(node, name, max(timedelta(seconds=round(length / factor / LEAST)), LEAST))
    for child in _inside(node):
        _hasten(child, factor)


def _inside(node: Any) -> list[Any]:
    named = [getattr(node, name, None) for name in ("expr", "lhs", "rhs", "vector_selector", "param")]
    kept = [child for child in named if child is not None and not isinstance(child, str | int | float)]
    return [*kept, *(getattr(node, "args", None) or ())]
