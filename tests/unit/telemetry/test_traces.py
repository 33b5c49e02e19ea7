"""Traces go on through rows, are exported clean, and cost nothing when nobody receives them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import respx
from opentelemetry import trace
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanContext, SpanKind, StatusCode

from app.telemetry import inject, set_up_tracing, span, traces
from metrics import registry

PLANTED = ("+1 555 010-0123", "15550100123", "lia@example.com", "I would like the flat", "hunter2")


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    memory = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(traces.Redacting(memory)))
    monkeypatch.setattr(traces, "_tracer", provider.get_tracer("leadline"))
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)
    yield memory
    HTTPXClientInstrumentor().uninstrument()
    provider.shutdown()


def context_of(one: ReadableSpan) -> SpanContext:
    assert one.context is not None
    return one.context


def test_immediate_work_continues_the_trace_of_its_cause(exported: InMemorySpanExporter):
    with span("webhook", kind=SpanKind.SERVER):
        carrier = inject()
    with span("turn", {"lead.id": 7}, kind=SpanKind.CONSUMER, parent=carrier):
        pass
    webhook, turn = exported.get_finished_spans()
    assert turn.parent is not None
    assert turn.parent.span_id == context_of(webhook).span_id
    assert dict(turn.attributes or {}) == {"lead.id": 7}


def test_delayed_work_begins_a_trace_that_points_to_its_cause(exported: InMemorySpanExporter):
    with span("webhook"):
        carrier = inject()
    with span("sweep"), span("follow_up", link=carrier):
        pass
    webhook, follow_up, _ = exported.get_finished_spans()
    assert follow_up.parent is None
    assert context_of(follow_up).trace_id != context_of(webhook).trace_id
    assert [link.context.span_id for link in follow_up.links] == [context_of(webhook).span_id]


def test_outside_of_a_trace_a_row_carries_nothing_and_a_broken_carrier_is_no_harm(
    exported: InMemorySpanExporter,
):
    assert inject() == {}
    with span("turn", parent={"traceparent": "rubbish"}), span("other", link={"traceparent": "rubbish"}):
        pass
    assert [one.links for one in exported.get_finished_spans()] == [(), ()]


def test_an_error_marks_the_span_with_its_type_and_keeps_its_message(exported: InMemorySpanExporter):
    with pytest.raises(ValueError, match="flat"), span("turn"):
        raise ValueError("I would like the flat")
    (turn,) = exported.get_finished_spans()
    assert turn.status.status_code is StatusCode.ERROR
    assert dict(turn.attributes or {}) == {"error.type": "ValueError"}
    assert turn.events == ()


async def test_planted_secrets_never_come_out_whichever_library_wrote_them(
    exported: InMemorySpanExporter, respx_mock: respx.MockRouter
):
    phone, chat, email, text, token = PLANTED
    respx_mock.get(host="gateway.test").respond(200)
    async with httpx.AsyncClient() as client:
        with span("send", {"text": text, "note": f"to {phone}", "who": [email]}) as opened:
            opened.add_event("retry", {"body": text, "hint": email})
            url = f"https://gateway.test/api/chats/{chat}@c.us?token={token}"
            await client.get(url, headers={"X-Api-Key": token})
    spans = exported.get_finished_spans()
    assert len(spans) == 2
    written = "".join(one.to_json() for one in spans)
    assert not [planted for planted in PLANTED if planted in written]


def test_an_exemplar_names_the_sampled_trace_and_nothing_else():
    assert traces.current_trace() is None
    with TracerProvider(sampler=ALWAYS_OFF).get_tracer("t").start_as_current_span("unsampled"):
        assert traces.current_trace() is None
    with TracerProvider().get_tracer("t").start_as_current_span("sampled") as sampled:
        context = sampled.get_span_context()
        assert traces.current_trace() == {
            "trace_id": format(context.trace_id, "032x"),
            "span_id": format(context.span_id, "016x"),
        }


def test_nothing_is_recorded_when_no_receiver_is_configured(monkeypatch: pytest.MonkeyPatch):
    before = trace.get_tracer_provider()
    stop = set_up_tracing("web")
    with span("turn") as quiet:
        assert not quiet.is_recording()
    assert inject() == {}
    stop()
    assert trace.get_tracer_provider() is before


@pytest.mark.parametrize(
    ("variable", "endpoint", "expected"),
    [
        ("", "http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "", "http://127.0.0.1:43499/v1/traces"),
    ],
)
def test_an_address_in_settings_or_environment_switches_the_export_on(
    monkeypatch: pytest.MonkeyPatch, variable: str, endpoint: str, expected: str
):
    if variable:
        monkeypatch.setenv(variable, "http://127.0.0.1:43499")
    exporter = traces._exporter(endpoint)
    assert exporter is not None
    assert exporter._endpoint == expected  # pyright: ignore[reportAttributeAccessIssue]
    exporter.shutdown()


def test_a_set_up_process_exports_what_is_left_when_it_stops(monkeypatch: pytest.MonkeyPatch):
    providers: list[TracerProvider] = []
    monkeypatch.setattr(trace, "set_tracer_provider", providers.append)
    memory = InMemorySpanExporter()
    stop = set_up_tracing("worker", exporter=memory)
    with providers[0].get_tracer("t").start_as_current_span("turn"):
        pass
    stop()
    HTTPXClientInstrumentor().uninstrument()
    registry.exemplars_from(None)
    (turn,) = memory.get_finished_spans()
    assert turn.resource.attributes["service.name"] == "leadline-worker"
