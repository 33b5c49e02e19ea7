"""Traces go on through rows, and cost nothing while nobody records them."""

from __future__ import annotations

import json

import pytest
import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext, SpanKind, StatusCode

from app.telemetry import NOWHERE, Trail, about_lead, annotate, deferring, span, traced_arguments, traces

A, B, C = (f"00-{digit * 32}-{digit * 16}-01" for digit in "abc")


def context_of(one: ReadableSpan) -> SpanContext:
    assert one.context is not None
    return one.context


def attributes_of(one: ReadableSpan) -> dict[str, object]:
    return dict(one.attributes or {})


def test_immediate_work_continues_the_trace_of_its_cause(exported: InMemorySpanExporter):
    with span("webhook", kind=SpanKind.SERVER):
        column = traces.traceparent()
    with span("turn", {"lead.id": 7}, kind=SpanKind.CONSUMER, trail=Trail.after(column)):
        pass
    webhook, turn = exported.get_finished_spans()
    assert turn.parent is not None
    assert turn.parent.span_id == context_of(webhook).span_id
    assert attributes_of(turn) == {"lead.id": 7}


def test_the_answer_to_a_burst_continues_the_newest_trace_and_points_at_the_older_ones():
    assert Trail.after(f"{A} {B} {C}") == Trail(A, (B, C))
    assert Trail.after(None) == Trail.after("") == NOWHERE


def test_what_tells_of_several_changes_ends_the_newest_trace_and_points_at_the_others():
    assert Trail(A).behind(None) == Trail(A).behind(Trail(A)) == NOWHERE.behind(Trail(A)) == Trail(A)
    assert Trail(C).behind(Trail(B).behind(Trail(A))) == Trail(C, (B, A))
    assert NOWHERE.behind(NOWHERE) == NOWHERE


def test_of_very_many_changes_the_newest_are_pointed_at():
    trail = NOWHERE
    for number in range(20):
        trail = Trail(f"00-{number:032}-{number:016}-01").behind(trail)
    assert [int(one.split("-")[1]) for one in (trail.parent or "", *trail.links)] == list(range(19, 10, -1))


def test_delayed_work_begins_a_trace_that_points_to_its_causes(exported: InMemorySpanExporter):
    with span("webhook"):
        cause = traces.traceparent()
    with span("sweep"), span("follow_up", trail=Trail.apart([cause, None, A, cause])):
        pass
    webhook, follow_up, _ = exported.get_finished_spans()
    assert follow_up.parent is None
    assert context_of(follow_up).trace_id != context_of(webhook).trace_id
    pointed_at = [format(link.context.trace_id, "032x") for link in follow_up.links]
    assert pointed_at == [format(context_of(webhook).trace_id, "032x"), "a" * 32]


def test_a_job_carries_its_trail_in_its_arguments_and_without_one_the_trace_it_is_deferred_in(
    exported: InMemorySpanExporter,
):
    assert traced_arguments(NOWHERE) == {}
    with span("turn"):
        here = traces.traceparent()
        assert traced_arguments(NOWHERE) == {"trace": {"parent": here}}
    arguments = traced_arguments(Trail(A, (B,)))
    assert Trail.read(json.loads(json.dumps(arguments["trace"]))) == Trail(A, (B,))
    assert Trail.read(None) == Trail.read("rubbish") == Trail.read({}) == NOWHERE


def test_putting_jobs_in_the_queue_is_a_span_inside_of_a_trace_only(exported: InMemorySpanExporter):
    with deferring("leadline:turn", 3):
        pass
    with span("webhook"), deferring("leadline:send", 1):
        pass
    send, _ = exported.get_finished_spans()
    assert (send.name, send.kind) == ("send leadline:send", SpanKind.PRODUCER)
    assert attributes_of(send)["messaging.system"] == "postgresql"


def test_a_broken_carrier_is_no_harm(exported: InMemorySpanExporter):
    with span("turn", trail=Trail("rubbish")), span("other", trail=Trail(links=("rubbish",))):
        traces.point_at("rubbish")
    assert [one.links for one in exported.get_finished_spans()] == [(), ()]


def test_a_span_points_at_another_trace_but_not_at_its_own(exported: InMemorySpanExporter):
    with span("send"):
        traces.point_at(traces.traceparent())
        traces.point_at(A)
        traces.point_at(None)
    (send,) = exported.get_finished_spans()
    assert [format(link.context.trace_id, "032x") for link in send.links] == ["a" * 32]


def test_an_error_marks_the_span_with_its_type_and_keeps_its_message(exported: InMemorySpanExporter):
    with pytest.raises(ValueError, match="flat"), span("turn"):
        raise ValueError("I would like the flat")
    (turn,) = exported.get_finished_spans()
    assert turn.status.status_code is StatusCode.ERROR
    assert attributes_of(turn) == {"error.type": "ValueError"}
    assert turn.events == ()


def test_a_call_that_is_over_is_told_with_its_length_and_its_error(exported: InMemorySpanExporter):
    with span("turn"):
        traces.past_span("lead.by_id", {"db.operation.name": "SELECT"}, 0.25, error="DeadlockDetected")
    call, _ = exported.get_finished_spans()
    assert (call.end_time or 0) - (call.start_time or 0) == 250_000_000
    assert attributes_of(call)["error.type"] == "DeadlockDetected"


def test_a_span_may_have_begun_before_its_block(exported: InMemorySpanExporter):
    with span("emit", started=1_000.5):
        pass
    assert exported.get_finished_spans()[0].start_time == 1_000_500_000_000


def test_the_lead_is_on_the_span_and_on_the_log_lines(exported: InMemorySpanExporter):
    with structlog.contextvars.bound_contextvars(lead_id=0), span("webhook"):
        about_lead(7)
        about_lead(None)
        annotate({"outcome": "stored"})
        assert structlog.contextvars.get_contextvars()["lead_id"] == 7
    assert attributes_of(exported.get_finished_spans()[0]) == {"lead.id": 7, "outcome": "stored"}


def test_a_notification_carries_the_trace_it_was_written_in_and_stays_json(exported: InMemorySpanExporter):
    assert traces.with_trace('{"k":"lead","id":7}') == '{"k":"lead","id":7}'
    with span("turn"):
        here = traces.traceparent()
        told = traces.with_trace('{"k":"lead","id":7}')
    assert json.loads(told) == {"k": "lead", "id": 7, "t": here}


def test_an_exemplar_names_the_recorded_trace_and_nothing_else(exported: InMemorySpanExporter):
    assert traces.current_trace() is None
    with span("turn"):
        named = traces.current_trace()
    context = context_of(exported.get_finished_spans()[0])
    assert named == {"trace_id": format(context.trace_id, "032x"), "span_id": format(context.span_id, "016x")}


def test_while_nobody_records_there_are_no_spans_and_rows_carry_nothing():
    first, second = span("turn", trail=Trail(A)), span("send")
    assert first is second
    with first as quiet:
        assert not quiet.is_recording()
        traces.past_span("lead.by_id", {}, 9.0)
        annotate({"outcome": "stored"})
        assert traces.traceparent() is None
        assert traces.with_trace('{"k":"lead"}') == '{"k":"lead"}'
        assert traced_arguments(NOWHERE) == {}
