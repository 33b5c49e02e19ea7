"""Assignments and how fast consultants answer. How many there were is totalled from the ledger instead."""

from __future__ import annotations

from metrics.registry import histogram, observe

_duration = histogram("leadline_assignment_duration_seconds")
_response = histogram("leadline_consultant_response_seconds")


def decided(outcome: str, seconds: float) -> None:
    """A qualified lead was assigned, or found no_consultant, so long after it was qualified."""
    observe(_duration, seconds, outcome)


def responded(seconds: float) -> None:
    """A human wrote to a lead for the first time, so long after the assignment."""
    observe(_response, seconds)
