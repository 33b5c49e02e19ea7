"""Probes from outside, named as the blackbox exporter names them, for where there is none."""

from __future__ import annotations

from collections.abc import Callable

from metrics.registry import gauge

_success = gauge("probe_success")


def watch(probe: str, succeeds: Callable[[], bool]) -> None:
    """Ask at each scrape whether a probe (readyz, login_page, webhook) succeeds; it may block the scrape."""
    _success.at(probe).set_function(lambda: float(succeeds()))
