"""What becomes of the traces themselves."""

from __future__ import annotations

from metrics.requirements import Need
from metrics.shape import Kind, Label, Metric

TRACING = (
    Metric(
        "leadline_trace_spans_total",
        Kind.COUNTER,
        "Spans of traces: accepted by the receiver, refused or not reached, or dropped because too many waited.",
        labels=(Label("outcome", ("exported", "failed", "dropped")),),
        serves=(Need.FRESHNESS,),
    ),
)
