"""The world of the conversation tests, and the spans that it causes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.integration.conversations.conftest import world
from tests.support.spans import recorded

__all__ = ["world"]


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Every span that ends while the test runs."""
    with recorded() as memory:
        yield memory
