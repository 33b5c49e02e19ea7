"""Every instrument of the catalogue is fed by the product: by a call, a kind of ledger row, or a query."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import metrics
from app.insights.collector import BUSINESS, JOBS, WINDOWS
from app.leads.ledger import Kind
from metrics.catalogue import CATALOGUE
from metrics.registry import Instrument
from metrics.shape import Metric, Origin

ROOT = Path(__file__).resolve().parents[3]
INSIDE = {"registry", "collector", "exposition", "catalogue", "promql", "requirements", "shape", "vocabulary"}
"""Modules of ``metrics`` that hold no instruments of their own."""
OF_THE_COLLECTOR = {"leadline_collector_last_success_timestamp_seconds"}


@cache
def modules() -> dict[str, ast.Module]:
    names = [one.name for one in pkgutil.iter_modules(metrics.__path__) if one.name not in INSIDE | {"entries"}]
    return {name: ast.parse((ROOT / "metrics" / f"{name}.py").read_text()) for name in names}


@cache
def product() -> str:
    return "\n".join(path.read_text() for path in sorted((ROOT / "app").rglob("*.py")) if "simulator" not in path.parts)


def instruments(module: str) -> dict[str, str]:
    """The variables of a module that hold instruments, with the names of their metrics."""
    made = vars(importlib.import_module(f"metrics.{module}"))
    return {name: value.metric.name for name, value in made.items() if isinstance(value, Instrument)}


def calls() -> Iterator[tuple[str, str, set[str]]]:
    """Each public function of a module that touches instruments: module, function, metrics."""
    for module, tree in modules().items():
        held = instruments(module)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                named = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
                if touched := {held[name] for name in named & held.keys()}:
                    yield module, node.name, touched


def called(module: str, function: str) -> bool:
    """Whether the product calls it, as ``metrics.module.f``, ``module.f``, an alias of the module, or ``f`` itself, or
    hands it on.
    """
    named = f"{module}.{function}"
    ways = (f"{named}(", f"metrics.{function}(", f"{named})", f"partial(metrics.{named},")
    imported = f"from metrics.{module} import" in product() and f"{function}(" in product()
    return imported or any(way in product() for way in ways)


CALLS = sorted(calls(), key=lambda one: one[:2])


@pytest.mark.parametrize(("module", "function"), [one[:2] for one in CALLS], ids=str)
def test_a_function_that_observes_is_called_by_the_product(module: str, function: str):
    assert called(module, function)


def of(*origins: Origin) -> list[Metric]:
    return [metric for metric in CATALOGUE.values() if metric.origin in origins]


@pytest.mark.parametrize(
    "metric", of(Origin.PROCESS, Origin.CONFIGURATION, Origin.PROBE, Origin.REFLEX), ids=lambda metric: metric.name
)
def test_a_metric_of_a_process_has_an_instrument_that_some_function_touches(metric: Metric):
    touched = set().union(*(one[2] for one in CALLS))
    assert metric.name in touched | OF_THE_COLLECTOR


@pytest.mark.parametrize("metric", of(Origin.LEDGER), ids=lambda metric: metric.name)
def test_a_counter_from_the_ledger_has_a_kind_that_the_product_records(metric: Metric):
    kind = Kind(metric.event)
    assert f"Kind.{kind.name}" in product() or f"'{kind.value}'" in product()


@pytest.mark.parametrize("metric", of(Origin.SQL), ids=lambda metric: metric.name)
def test_a_gauge_of_the_database_is_read(metric: Metric):
    assert metric.name in {*BUSINESS, *WINDOWS, *JOBS}


def test_nothing_is_read_that_the_catalogue_does_not_know():
    assert {*BUSINESS, *WINDOWS, *JOBS} == {metric.name for metric in of(Origin.SQL)}
