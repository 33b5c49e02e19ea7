"""Traces by OpenTelemetry: exported over OTLP/HTTP when an address is configured, and otherwise not recorded
at all.

FastAPI opens a span for each request by itself; calls made with httpx get theirs from the instrumentation.
Jobs carry the W3C context in their row.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import cast

from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes, AttributeValue

from app.telemetry.redaction import clean_fields
from metrics.registry import exemplars_from

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
# Context only, never baggage: what a browser or a webhook sends along must not travel through the system.
_CONTEXT = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("leadline")


def set_up_tracing(service: str, endpoint: str = "", *, exporter: SpanExporter | None = None) -> Callable[[], None]:
    """Record and export spans when ``endpoint`` or the standard OTEL variables name a receiver; returns how
    to stop.

    ``endpoint`` is the receiver's base address, such as ``http://127.0.0.1:4318``. Stopping sends what is
    left.
    """
    propagate.set_global_textmap(_CONTEXT)
    target = exporter or _exporter(endpoint)
    if target is None:
        return _nothing
    resource = Resource.create({SERVICE_NAME: f"leadline-{service}", SERVICE_INSTANCE_ID: str(os.getpid())})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(Redacting(target)))
    trace.set_tracer_provider(provider)
    HTTPXClientInstrumentor().instrument()
    exemplars_from(current_trace)
    return provider.shutdown


def _exporter(endpoint: str) -> SpanExporter | None:
    # The exporter reads the environment itself; an address from the settings needs its path.
    if any(os.environ.get(name) for name in ENDPOINTS):
        return OTLPSpanExporter()
    return OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces") if endpoint else None


def _nothing() -> None:
    """Nothing was started, so nothing is left to stop."""


@contextmanager
def span(
    name: str,
    attributes: Mapping[str, AttributeValue] | None = None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: Mapping[str, str] | None = None,
    link: Mapping[str, str] | None = None,
) -> Iterator[Span]:
    """A span around the block. ``name`` is fixed, ids go to ``attributes``.

    ``parent`` is a carrier made by ``inject``: the span continues that trace (work done at once). ``link`` is
    one too: the span begins a trace of its own that points there (delayed or repeated work). An error marks
    the span with its type; its message stays out.
    """
    context = _CONTEXT.extract(parent) if parent else None
    links = _links(link) if link else None
    current = _tracer.start_as_current_span(
        name,
        context=trace.set_span_in_context(trace.INVALID_SPAN) if links else context,
        kind=kind,
        attributes=attributes,
        links=links,
        record_exception=False,
        set_status_on_exception=False,
    )
    with current as opened:
        try:
            yield opened
        except Exception as error:
            opened.set_attribute("error.type", type(error).__qualname__)
            opened.set_status(Status(StatusCode.ERROR))
            raise


def inject() -> dict[str, str]:
    """The trace we are in, as a carrier to be stored in a row; empty outside of a trace."""
    carrier: dict[str, str] = {}
    _CONTEXT.inject(carrier)
    return carrier


def current_trace() -> dict[str, str] | None:
    """The ids of the trace we are in, as an observation's exemplar has them; None outside of a sampled
    trace.
    """
    context = trace.get_current_span().get_span_context()
    if not context.trace_flags.sampled:
        return None
    return {"trace_id": format(context.trace_id, "032x"), "span_id": format(context.span_id, "016x")}


def _links(carrier: Mapping[str, str]) -> list[Link]:
    context = trace.get_current_span(_CONTEXT.extract(carrier)).get_span_context()
    return [Link(context)] if context.is_valid else []


class Redacting(SpanExporter):
    """Hands spans on without texts, numbers and tokens, whichever library wrote the attributes."""

    def __init__(self, target: SpanExporter) -> None:
        self._target = target

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._target.export([_redacted(one) for one in spans])

    def shutdown(self) -> None:
        self._target.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._target.force_flush(timeout_millis)


def _redacted(one: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        one.name,
        context=one.context,
        parent=one.parent,
        resource=one.resource,
        attributes=_attributes(one.attributes),
        events=[Event(event.name, _attributes(event.attributes), event.timestamp) for event in one.events],
        links=one.links,
        kind=one.kind,
        status=Status(one.status.status_code),
        start_time=one.start_time,
        end_time=one.end_time,
        instrumentation_scope=one.instrumentation_scope,
    )


def _attributes(attributes: Attributes) -> Attributes:
    return cast("Attributes", clean_fields(dict(attributes or {})))
