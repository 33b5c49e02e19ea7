"""A tracer whose spans a test can look at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.support.spans import recorded


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    """Every span that ends while the test runs, as it was recorded."""
    with recorded() as memory:
        yield memory
