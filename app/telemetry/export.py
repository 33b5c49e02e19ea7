"""Sends spans to whoever receives OTLP over HTTP, when an address is configured; otherwise nothing is started.

A receiver that is away costs nothing but its spans: what waits is bounded, sending happens in a thread of its own, and
the log hears once that it is away and once that it is back.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Thread
from typing import cast

import structlog
from opentelemetry import propagate
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.environment_variables import OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import NoOpTracerProvider, Status
from opentelemetry.trace import TracerProvider as AnyTracerProvider
from opentelemetry.util.types import Attributes

from app.telemetry import traces
from app.telemetry.meters import FedMeters
from app.telemetry.redaction import clean_fields
from app.telemetry.sampling import WholeTraces
from metrics import traces as figures
from metrics.registry import exemplars_from

log = structlog.get_logger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
MOST_WAITING = 4096
"""Spans that wait to be sent, at most; what comes on top is dropped and counted."""
FLUSH_SECONDS = 2.0
"""Longest time that a process which stops spends on sending what is left."""
_SAYS_TOO_MUCH = frozenset({"exception.message", "exception.stacktrace"})
"""Attributes in which libraries quote their input."""


@dataclass(frozen=True, slots=True)
class Tracing:
    """The tracing of this process. ``provider`` records nothing while no receiver is configured."""

    provider: AnyTracerProvider
    stop: Callable[[], None]


def set_up_tracing(
    service: str, endpoint: str = "", *, share: float = 1.0, version: str = "", exporter: SpanExporter | None = None
) -> Tracing:
    """Record and export spans when ``endpoint`` or the standard OTEL variables name a receiver.

    ``endpoint`` is the receiver's base address, such as ``http://127.0.0.1:4318``; ``share`` of all traces is kept.
    Stopping sends what is left.
    """
    target = exporter or _exporter(endpoint)
    if target is None or share <= 0:
        return Tracing(NoOpTracerProvider(), _nothing)
    _configure_libraries()
    named = {SERVICE_NAME: f"leadline-{service}", SERVICE_VERSION: version, SERVICE_INSTANCE_ID: str(os.getpid())}
    # At exit it is this module that flushes, for as long as it may take and no longer.
    provider = TracerProvider(WholeTraces(share), resource=Resource.create(named), shutdown_on_exit=False)
    provider.add_span_processor(
        BatchSpanProcessor(Outgoing(target), max_queue_size=MOST_WAITING, meter_provider=FedMeters())
    )
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)
    traces.trace_with(provider.get_tracer("leadline"))
    exemplars_from(traces.current_trace)
    return Tracing(provider, lambda: _stop(provider))


def _exporter(endpoint: str) -> SpanExporter | None:
    # The exporter reads the environment itself; an address from the settings needs its path.
    if any(os.environ.get(name) for name in ENDPOINTS):
        return OTLPSpanExporter()
    return OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces") if endpoint else None


def _configure_libraries() -> None:
    propagate.set_global_textmap(traces.CONTEXT)
    # Libraries read these once, when they are first used: stable names of attributes, and counts of what is dropped.
    os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http")
    os.environ.setdefault(OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED, "true")


def _stop(provider: TracerProvider) -> None:
    traces.trace_with(None)
    exemplars_from(None)
    HTTPXClientInstrumentor().uninstrument()
    # The SDK would wait half a minute for a receiver that is away; the process has to be gone before that.
    flushing = Thread(target=provider.shutdown, name="trace-flush", daemon=True)
    flushing.start()
    flushing.join(FLUSH_SECONDS)
    if flushing.is_alive():
        log.warning("traces_not_flushed", seconds=FLUSH_SECONDS)


def _nothing() -> None:
    """Nothing was started, so nothing is left to stop."""


class Outgoing(SpanExporter):
    """Hands spans on without texts, numbers and tokens, whichever library wrote them, and keeps count.

    The log hears when the receiver goes away and when it is back, not of each batch.
    """

    def __init__(self, target: SpanExporter) -> None:
        self._target = target
        self._away = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send these spans; what cannot be sent is lost and counted."""
        result, reason = self._send(spans)
        sent = result is SpanExportResult.SUCCESS
        figures.spans("exported" if sent else "failed", len(spans))
        if sent and self._away:
            log.info("trace_receiver_back")
        elif not sent and not self._away:
            log.warning("trace_receiver_away", reason=reason, lost=len(spans))
        self._away = not sent
        return result

    def _send(self, spans: Sequence[ReadableSpan]) -> tuple[SpanExportResult, str]:
        try:
            return self._target.export([_redacted(one) for one in spans]), "not_accepted"
        except Exception as error:  # noqa: BLE001 - whatever fails here concerns the traces alone
            return SpanExportResult.FAILURE, type(error).__name__

    def shutdown(self) -> None:
        """Close the way to the receiver."""
        self._target.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what the target holds back."""
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
        # The description of a status is an error's message.
        status=Status(one.status.status_code),
        start_time=one.start_time,
        end_time=one.end_time,
        instrumentation_scope=one.instrumentation_scope,
    )


def _attributes(attributes: Attributes) -> Attributes:
    kept = {name: value for name, value in (attributes or {}).items() if name not in _SAYS_TOO_MUCH}
    return cast("Attributes", clean_fields(kept))
