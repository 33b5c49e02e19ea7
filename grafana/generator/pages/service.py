"""For whoever is on call: what is slow, failing or running out?"""

from __future__ import annotations

from grafana.generator.bands import at_least, at_most, none_at_all
from grafana.generator.shows import Board, bars, lines

SERVICE = Board(
    "leadline-service",
    "Leadline: Service",
    "For whoever is on call: what is slow, failing or running out?",
    since="now-6h",
    refresh="30s",
    panels=(
        lines("Requests per second, by route", "Request rate", unit="reqps"),
        lines(
            "Answer time",
            "API latency, p50",
            "API latency, p95",
            "API latency, p99",
            unit="s",
            bands=at_most(0.2, 0.5, "s"),
        ),
        lines(
            "Errors, by route", "5xx ratio", "4xx ratio", unit="percentunit", bands=at_most(0.001, 0.01, "percentunit")
        ),
        lines(
            "Page events: slowest handlers and wait for the state, p95",
            "Slowest handlers, p95",
            "State wait, p95",
            unit="s",
            bands=at_most(0.1, 0.5, "s"),
        ),
        lines(
            "Page events that fail",
            "Page event error ratio",
            unit="percentunit",
            bands=at_most(0.001, 0.01, "percentunit"),
        ),
        bars("Pages restored", "Pages restored", unit="percentunit", top=1, bands=at_least(0.95, 0.8, "percentunit")),
        lines(
            "Database statements",
            "Query time, p50",
            "Query time, p95",
            "Query time, p99",
            unit="s",
            bands=at_most(0.05, 0.1, "s"),
        ),
        lines(
            "Slow statements an hour",
            "Slow queries per hour (over 100 ms)",
            bands=at_most(10, 100),
        ),
        lines(
            "Database pool",
            "Pool, active and idle",
            "Waiting for a connection",
            "Pool exhausted",
        ),
        lines("Jobs per minute", "Jobs per minute"),
        lines("Job time, p95", "Job time, p95", unit="s", bands=at_most(1, 10, "s")),
        lines("Jobs in the queue", "Backlog", "Jobs running", "Jobs rescued"),
        lines("Oldest pending job", "Oldest pending job", unit="s", bands=at_most(30, 300, "s")),
        lines(
            "Age of the last success of each recurring task",
            "Age of the last success",
            unit="s",
            bands=at_most(600, 900, "s"),
        ),
        lines("Leading workers", "Leading workers", bands=at_least(1, 1), note="Always exactly one."),
        bars("Disk free", "Disk free", unit="percentunit", top=1, bands=at_least(0.2, 0.05, "percentunit")),
        lines(
            "Hours until the disk is full",
            "Hours until the disk is full",
            unit="h",
            bands=at_least(72, 24, "h"),
        ),
        lines("Throttled per minute", "Throttled per minute", bands=at_most(1, 5)),
        bars(
            "Last shutdown",
            "Last shutdown",
            unit="s",
            width=12,
            height=5,
            bands=at_most(5, 20, "s"),
        ),
        bars("Unclean stops", "Unclean stops", width=12, height=5, bands=none_at_all("each stop was in order")),
    ),
)
