"""The spans that a test causes, as they are recorded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app.telemetry import traces
from app.telemetry.sampling import WholeTraces


@contextmanager
def recorded() -> Iterator[InMemorySpanExporter]:
    """Record every span that ends while the block runs."""
    memory, provider = InMemorySpanExporter(), TracerProvider(WholeTraces(1.0), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    traces.trace_with(provider.get_tracer("test"))
    try:
        yield memory
    finally:
        traces.trace_with(None)
        provider.shutdown()


def named(memory: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    """The spans of that name, in the order in which they ended."""
    return [one for one in memory.get_finished_spans() if one.name == name]


def trace_of(one: ReadableSpan) -> str:
    """The id of its trace, in hexadecimal."""
    assert one.context is not None
    return format(one.context.trace_id, "032x")


def parent_of(one: ReadableSpan) -> int | None:
    """The id of the span that caused it."""
    return one.parent.span_id if one.parent else None


def links_of(one: ReadableSpan) -> list[str]:
    """The ids of the traces it points at."""
    return [format(link.context.trace_id, "032x") for link in one.links]


def attributes_of(one: ReadableSpan) -> dict[str, object]:
    """Its attributes."""
    return dict(one.attributes or {})
