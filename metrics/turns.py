"""The agent's turns and their parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from metrics.registry import counter, histogram, observe

_stage = histogram("leadline_turn_stage_seconds")
_turn = histogram("leadline_turn_duration_seconds")
_turns = counter("leadline_turns_total")


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Time the block as one part of a turn: understand, classify, assign or store."""
    start = perf_counter()
    try:
        yield
    finally:
        observe(_stage, perf_counter() - start, name)


def late(seconds: float) -> None:
    """A turn began so long after it was due."""
    observe(_stage, seconds, "queue")


def ended(outcome: str) -> None:
    """A turn ended: replied, silent, discarded, not_ours or failed."""
    _turns.at(outcome).inc()


def answered(method: str, seconds: float) -> None:
    """WhatsApp accepted a reply so long after the message was stored, the quiet window not counted."""
    observe(_turn, seconds, method)
