"""The catalogue is complete, well named and small enough."""

from __future__ import annotations

import re
from collections import Counter

import promql_parser
import pytest

from metrics.catalogue import AREAS, CATALOGUE
from metrics.promql import lasting, measured
from metrics.requirements import Need
from metrics.shape import Kind, Metric, Origin, Unit

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
FOREIGN = ("http_server_", "db_client_", "gen_ai_", "messaging_", "reflex_", "probe_success", "pg_up")
UNIT_SUFFIX = {Unit.SECONDS: "_seconds", Unit.BYTES: "_bytes", Unit.RATIO: "_ratio", Unit.USD: "_usd"}
MOST_SERIES = 10_000

entries = pytest.mark.parametrize("metric", CATALOGUE.values(), ids=lambda metric: metric.name)
panels = pytest.mark.parametrize(
    "expression",
    [panel.expression for metric in CATALOGUE.values() for panel in metric.panels],
)


@entries
def test_a_name_is_ours_or_follows_a_convention(metric: Metric):
    assert NAME.fullmatch(metric.name)
    assert metric.name.startswith(("leadline_", *FOREIGN))


@entries
def test_a_name_ends_with_its_unit_and_a_counter_with_total(metric: Metric):
    assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
    suffix = UNIT_SUFFIX.get(metric.unit)
    assert suffix is None or metric.name.removesuffix("_total").endswith(suffix)


@entries
def test_an_entry_says_what_it_means_and_whom_it_serves(metric: Metric):
    assert metric.meaning.endswith(".")
    assert metric.serves


@entries
def test_a_histogram_has_rising_buckets_and_nothing_else_has_any(metric: Metric):
    assert bool(metric.buckets) == (metric.kind is Kind.HISTOGRAM)
    assert list(metric.buckets) == sorted(set(metric.buckets))


@entries
def test_labels_are_bounded_and_never_reserved(metric: Metric):
    names = metric.label_names
    assert len(names) == len(set(names))
    assert not {"job", "instance", "le", "lead", "phone", "user"} & set(names)
    assert all(bool(label.values) != bool(label.at_most) for label in metric.labels)


@entries
def test_a_counter_from_the_ledger_names_its_event(metric: Metric):
    assert bool(metric.event) == (metric.origin is Origin.LEDGER)


def test_no_name_and_no_event_occurs_twice():
    names = Counter(metric.name for area in AREAS.values() for metric in area)
    events = Counter(metric.event for metric in CATALOGUE.values() if metric.event)
    assert not [name for name, count in (names + events).items() if count > 1]


def test_every_need_is_served_by_a_panel():
    served = {need for metric in CATALOGUE.values() if metric.panels for need in metric.serves}
    assert set(Need) - served == set()


def test_all_series_together_stay_within_the_budget():
    assert sum(metric.series for metric in CATALOGUE.values()) < MOST_SERIES


@panels
def test_a_panel_is_valid_promql_over_metrics_of_the_catalogue(expression: str):
    query = expression.replace("$__rate_interval", "5m").replace("$__range", "1h")
    assert promql_parser.parse(query)
    assert _selected(query) <= _exposed()


@panels
def test_a_panel_reads_the_rise_of_a_business_counter_from_its_recording(expression: str):
    for name, metric in CATALOGUE.items():
        if metric.origin is Origin.LEDGER:
            assert name not in expression.replace(lasting(name), "")


@panels
def test_a_panel_selects_by_labels_and_values_that_exist(expression: str):
    for name, matchers in re.findall(r"([a-z_:]+)\{([^}]+)\}", expression):
        metric = CATALOGUE[_entry_of(name)]
        for label, operator, value in re.findall(r'(\w+)(=~|!=|=)"([^"]*)"', matchers):
            if label == "le":
                assert float(value) in metric.buckets
                continue
            values = next(each.values for each in metric.labels if each.name == label)
            if values and operator == "=":
                assert value in values


def _selected(query: str) -> set[str]:
    named = re.findall(r"(?<![:\w])((?:leadline|http|db|gen_ai|messaging|reflex|probe)_[a-z_]+)\b(?!\s*[=!:])", query)
    return set(named) - {label.name for metric in CATALOGUE.values() for label in metric.labels}


def _exposed() -> set[str]:
    suffixes = ("_bucket", "_sum", "_count")
    histograms = {f"{m.name}{s}" for m in CATALOGUE.values() if m.kind is Kind.HISTOGRAM for s in suffixes}
    return set(CATALOGUE) | histograms


def _entry_of(name: str) -> str:
    name = measured(name)
    return name if name in CATALOGUE else re.sub(r"_(bucket|sum|count)$", "", name)
