"""Spans reach their receiver clean, and a receiver that is away harms nobody."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence

import httpx
import pytest
import respx
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import capture_logs

from app.telemetry import export, set_up_tracing, span, traces
from app.telemetry.logs import NOISY
from metrics.registry import REGISTRY

PLANTED = ("+1 555 010-0123", "15550100123", "lia@example.com", "I would like the flat", "hunter2")


def spans(outcome: str) -> float:
    return REGISTRY.get_sample_value("leadline_trace_spans_total", {"outcome": outcome}) or 0.0


class Away(SpanExporter):
    """A receiver that is not there until it comes."""

    def __init__(self) -> None:
        self.here = False
        self.called = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.called.set()
        return SpanExportResult.SUCCESS if self.here else SpanExportResult.FAILURE

    def shutdown(self) -> None:
        """Nothing is open."""


@pytest.fixture
def quiet_libraries() -> Iterator[None]:
    before = {name: logging.getLogger(name).level for name in NOISY}
    for name in NOISY:
        logging.getLogger(name).setLevel(NOISY[name].upper())
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


async def test_planted_secrets_never_come_out_whichever_library_wrote_them(respx_mock: respx.MockRouter):
    phone, chat, email, text, token = PLANTED
    respx_mock.get(host="gateway.test").respond(200)
    tracing = set_up_tracing("web", exporter=(memory := InMemorySpanExporter()))
    async with httpx.AsyncClient() as client:
        with span("send", {"text": text, "note": f"to {phone}", "who": [email]}) as opened:
            opened.add_event("retry", {"body": text, "hint": email})
            opened.record_exception(ValueError(text))
            url = f"https://gateway.test/api/chats/{chat}@c.us?token={token}"
            await client.get(url, headers={"X-Api-Key": token})
    tracing.stop()
    called, sent = memory.get_finished_spans()
    assert (called.attributes or {})["server.address"] == "gateway.test"
    assert dict(sent.events[1].attributes or {})["exception.type"] == "ValueError"
    written = "".join(one.to_json() for one in (called, sent))
    assert not [planted for planted in PLANTED if planted in written]


async def test_a_call_outside_of_any_work_begins_no_trace(respx_mock: respx.MockRouter):
    respx_mock.get(host="gateway.test").respond(200)
    tracing = set_up_tracing("worker", exporter=(memory := InMemorySpanExporter()))
    async with httpx.AsyncClient() as client:
        await client.get("https://gateway.test/heartbeat")
    tracing.stop()
    assert memory.get_finished_spans() == ()


def test_nothing_is_started_when_no_receiver_is_configured():
    threads = threading.active_count()
    tracing = set_up_tracing("web")
    with span("turn") as quiet:
        assert not quiet.is_recording()
    assert not tracing.provider.get_tracer("any").start_span("any").is_recording()
    assert threading.active_count() == threads
    tracing.stop()


def test_a_share_of_nothing_starts_nothing():
    memory = InMemorySpanExporter()
    set_up_tracing("web", share=0.0, exporter=memory).stop()
    assert not traces.tracing()


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
    exporter = export._exporter(endpoint)
    assert exporter is not None
    assert exporter._endpoint == expected  # pyright: ignore[reportAttributeAccessIssue]
    exporter.shutdown()


def test_a_process_that_stops_sends_what_is_left_and_says_who_it_was():
    before = spans("exported")
    tracing = set_up_tracing("worker", version="1.2.3", exporter=(memory := InMemorySpanExporter()))
    with span("turn"):
        pass
    tracing.stop()
    (turn,) = memory.get_finished_spans()
    assert turn.resource.attributes["service.name"] == "leadline-worker"
    assert turn.resource.attributes["service.version"] == "1.2.3"
    assert spans("exported") - before == 1
    with span("late") as late:
        assert not late.is_recording()


def test_a_receiver_that_hangs_holds_no_process_back(monkeypatch: pytest.MonkeyPatch):
    class Hanging(Away):
        let_go = threading.Event()

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            self.called.set()
            self.let_go.wait(20)
            return SpanExportResult.SUCCESS

    monkeypatch.setattr(export, "FLUSH_SECONDS", 0.05)
    tracing = set_up_tracing("worker", exporter=(hanging := Hanging()))
    with span("turn"):
        pass
    with capture_logs() as said:
        tracing.stop()
    assert hanging.called.is_set()
    assert [line["event"] for line in said] == ["traces_not_flushed"]
    hanging.let_go.set()


def test_the_log_hears_once_that_the_receiver_is_away_and_once_that_it_is_back():
    before, batch = spans("failed"), [ReadableSpan("turn"), ReadableSpan("send")]
    outgoing = export.Outgoing(away := Away())
    with capture_logs() as said:
        for _ in range(3):
            outgoing.export(batch)
        away.here = True
        outgoing.export(batch)
        outgoing.export(batch)
    assert [line["event"] for line in said] == ["trace_receiver_away", "trace_receiver_back"]
    assert spans("failed") - before == 6


def test_a_receiver_that_breaks_counts_as_away():
    class Broken(Away):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            raise ConnectionError

    before = spans("failed")
    with capture_logs() as said:
        assert export.Outgoing(Broken()).export([ReadableSpan("turn")]) is SpanExportResult.FAILURE
    assert said[0]["reason"] == "ConnectionError"
    assert spans("failed") - before == 1


@pytest.mark.usefixtures("quiet_libraries")
def test_what_waits_is_bounded_and_the_rest_is_dropped_and_counted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    class Stuck(Away):
        let_go = threading.Event()

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            self.called.set()
            self.let_go.wait(20)
            self.here = True
            return super().export(spans)

    before = spans("dropped")
    monkeypatch.setattr(export, "MOST_WAITING", 512)
    tracing = set_up_tracing("worker", exporter=(stuck := Stuck()))
    for number in range(2048):
        with span("turn"):
            pass
        if number == 511:
            assert stuck.called.wait(20)
    # One batch is with the receiver, as many wait, and nobody was held up by the rest.
    assert spans("dropped") - before == 1024
    stuck.let_go.set()
    tracing.stop()
    assert caplog.records == []
