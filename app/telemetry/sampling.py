"""Which traces are kept."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult, TraceIdRatioBased
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes

SLOW = "leadline.slow"
"""Attribute of a call that is worth a trace by itself."""


class WholeTraces(Sampler):
    """Keeps a share of the traces, each of them whole.

    Every process judges by the trace's id, so a share means the same traces everywhere, and what a browser says about
    its own trace can only lessen what is kept. A call to somebody else that belongs to no piece of work (a heartbeat, a
    sweep that found nothing) begins no trace, unless it was slow.
    """

    def __init__(self, share: float) -> None:
        self._share = TraceIdRatioBased(share)

    def should_sample(  # noqa: PLR0917 - the SDK's own signature
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Whether this span is recorded."""
        parent = trace.get_current_span(parent_context).get_span_context()
        wanted = parent.trace_flags.sampled if parent.is_valid else _is_work(kind, attributes)
        if not wanted:
            return SamplingResult(Decision.DROP)
        return self._share.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        """How it judges, in the words of OpenTelemetry."""
        return f"WholeTraces{{{self._share.rate}}}"


def _is_work(kind: SpanKind | None, attributes: Attributes) -> bool:
    return kind is not SpanKind.CLIENT or bool((attributes or {}).get(SLOW))
