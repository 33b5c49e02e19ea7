"""A trouble is told once, and once more when it is over."""

from __future__ import annotations

import structlog.testing

from app.jobs.outage import Troubles


def test_each_trouble_is_told_once_until_it_is_over() -> None:
    times = iter([10.0, 13.5, 20.0])
    troubles = Troubles(clock=lambda: next(times))
    with structlog.testing.capture_logs() as told:
        troubles.over("database_away")
        for _ in range(300):
            troubles.began("database_away", error="OperationalError")
        troubles.over("database_away", "something_else")
        troubles.over("database_away")
        troubles.began("database_away", error="OperationalError")
    assert [(line["event"], line["log_level"]) for line in told] == [
        ("database_away", "warning"),
        ("over", "info"),
        ("database_away", "warning"),
    ]
    assert told[1]["after_seconds"] == 3.5
