"""Probes from outside, named as the blackbox exporter and the exporter of PostgreSQL name them, for where there is
neither.
"""

from __future__ import annotations

from collections.abc import Callable

from metrics.registry import gauge

_success = gauge("probe_success")
_database = gauge("pg_up")


def watch(probe: str, succeeds: Callable[[], bool]) -> None:
    """Ask at each scrape whether a probe (readyz, login_page, webhook) succeeds; it may block the scrape."""
    _success.at(probe).set_function(lambda: float(succeeds()))


def watch_database(answers: Callable[[], bool]) -> None:
    """Ask at each scrape whether PostgreSQL answers; it may block the scrape."""
    _database.at().set_function(lambda: float(answers()))
