"""Instruments come from the catalogue, begin at zero, and let nobody add series."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, Counter

from metrics.registry import Instrument, counter, gauge
from metrics.shape import Kind, Label, Metric


def made(*labels: Label) -> tuple[Instrument[Counter], CollectorRegistry]:
    registry = CollectorRegistry()
    metric = Metric("leadline_tests_total", Kind.COUNTER, "Tests.", labels=labels)
    raw = Counter(metric.name, metric.meaning, metric.label_names, registry=registry)
    return Instrument(metric, raw), registry


def values(registry: CollectorRegistry) -> dict[tuple[str, ...], float]:
    return {tuple(sample.labels.values()): sample.value for family in registry.collect() for sample in family.samples}


def test_every_series_of_an_enumeration_exists_before_the_first_event():
    _, registry = made(Label("session", ("agent", "consultant")), Label("direction", ("in", "out")))
    assert values(registry) == {
        ("agent", "in"): 0, ("agent", "out"): 0, ("consultant", "in"): 0, ("consultant", "out"): 0,
    }  # fmt: skip


def test_a_metric_without_labels_begins_at_zero():
    _, registry = made()
    assert values(registry) == {(): 0}


def test_a_value_outside_of_an_enumeration_counts_as_other():
    instrument, registry = made(Label("session", ("agent",)))
    instrument.at("intruder-1").inc()
    instrument.at("intruder-2").inc()
    assert values(registry) == {("agent",): 0, ("_OTHER",): 2}


def test_an_open_label_keeps_only_so_many_values_apart():
    instrument, registry = made(Label("route", at_most=2))
    for route in ("/a", "/b", "/c", "/d", "/a"):
        instrument.at(route).inc()
    assert values(registry) == {("/a",): 2, ("/b",): 1, ("_OTHER",): 2}


def test_the_wrong_number_of_values_is_refused():
    instrument, _ = made(Label("route", at_most=2))
    with pytest.raises(ValueError, match="zip"):
        instrument.at("/a", "/b")


def test_a_name_outside_of_the_catalogue_makes_no_instrument():
    with pytest.raises(KeyError):
        counter("leadline_invented_total")


def test_an_instrument_has_the_type_that_the_catalogue_says():
    with pytest.raises(KeyError, match="is a counter"):
        gauge("leadline_webhooks_total")
