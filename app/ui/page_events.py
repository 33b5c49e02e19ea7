"""The page framework's own measurements, switched on: each event of a page is timed and, where traces are recorded,
traced. A change that somebody made by hand begins its trace here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from reflex_otel import ReflexInstrumentor

from app.telemetry import Tracing
from app.telemetry.meters import FedMeters


@asynccontextmanager
async def measured_events(tracing: Tracing) -> AsyncIterator[None]:
    """Measure every event handler while the block lasts.

    Begun after the application was built, it leaves the framework's HTTP spans out, which record query strings; our
    own front door has better ones.
    """
    instrumentor = ReflexInstrumentor()
    instrumentor.instrument(tracer_provider=tracing.provider, meter_provider=FedMeters())
    try:
        yield
    finally:
        instrumentor.uninstrument()
