"""Requests that the web process answers."""

from __future__ import annotations

from metrics.registry import histogram, observe

_request = histogram("http_server_request_duration_seconds")

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
UNMATCHED = "unmatched"


def request(method: str, route: str, status: int, seconds: float) -> None:
    """One request was answered. ``route`` is a template such as ``/api/v1/leads/{id}``, or ``UNMATCHED``."""
    observe(_request, seconds, method if method in METHODS else "_OTHER", route, str(status))
