"""What becomes of the traces themselves."""

from __future__ import annotations

from metrics.registry import counter

_spans = counter("leadline_trace_spans_total")


def spans(outcome: str, count: int) -> None:
    """So many spans were ``exported``, ``failed`` or ``dropped``."""
    _spans.at(outcome).inc(count)
