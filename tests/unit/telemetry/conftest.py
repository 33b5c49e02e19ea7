"""A tracer whose spans a test can look at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app.telemetry import traces
from app.telemetry.sampling import WholeTraces


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    """Every span that ends while the test runs, as it was recorded."""
    memory, provider = InMemorySpanExporter(), TracerProvider(WholeTraces(1.0), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    traces.trace_with(provider.get_tracer("test"))
    yield memory
    traces.trace_with(None)
    provider.shutdown()
