"""Requests that the web process answers."""

from __future__ import annotations

from metrics.registry import histogram, observe
from metrics.shape import OTHER

_request = histogram("http_server_request_duration_seconds")

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
UNMATCHED = "unmatched"


def request(method: str, route: str, status: int, seconds: float) -> None:
    """One request was answered. ``route`` is a template such as ``/api/v1/leads/{id}``, or ``UNMATCHED``."""
    observe(_request, seconds, known(method), route, str(status))


def known(method: str) -> str:
    """The method, or ``_OTHER`` for one that nobody has to know."""
    return method if method in METHODS else OTHER
