"""Histograms of a running process are read between two looks, and reckoned as Prometheus does."""

from __future__ import annotations

from math import inf

import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from app.bench import scraped


@pytest.fixture
def page() -> tuple[CollectorRegistry, Histogram]:
    registry = CollectorRegistry()
    return registry, Histogram("wait_seconds", "x", ["outcome"], buckets=(0.01, 0.05, 0.1), registry=registry)


def read(registry: CollectorRegistry, **labels: str) -> scraped.Buckets:
    return scraped.buckets_in(generate_latest(registry).decode(), "wait_seconds", **labels)


def test_only_what_came_between_two_looks_counts(page: tuple[CollectorRegistry, Histogram]):
    registry, wait = page
    wait.labels("assigned").observe(9)
    before = read(registry, outcome="assigned")
    for _ in range(10):
        wait.labels("assigned").observe(0.02)
    wait.labels("nobody").observe(0.02)
    observed = scraped.between(before, read(registry, outcome="assigned"))
    assert observed == {0.01: 0, 0.05: 10, 0.1: 10, inf: 10}
    assert scraped.told(observed) == {"count": 10, "p50_ms": 30.0, "p95_ms": 48.0, "p99_ms": 49.6}


def test_series_of_other_labels_are_added_up(page: tuple[CollectorRegistry, Histogram]):
    registry, wait = page
    wait.labels("assigned").observe(0.02)
    wait.labels("nobody").observe(0.2)
    assert read(registry)[inf] == 2


def test_beyond_the_last_bound_the_last_bound_is_told():
    assert scraped.quantile({0.01: 0, 0.1: 0, inf: 4}, 0.95) == 0.1


def test_nothing_observed_has_no_quantile():
    assert scraped.told({}) == {"count": 0, "p50_ms": None, "p95_ms": None, "p99_ms": None}


async def test_a_page_that_nobody_serves_is_empty():
    assert await scraped.buckets("", "wait_seconds") == {}
    assert await scraped.buckets("http://127.0.0.1:9/metrics", "wait_seconds") == {}
