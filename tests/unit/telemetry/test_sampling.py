"""A trace is kept whole or not at all, and the same ones everywhere."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind

from app.telemetry.sampling import SLOW, WholeTraces
from app.telemetry.traces import CONTEXT

LOW, HIGH = "0" * 31 + "1", "f" * 32


def kept(share: float, trace_id: str, *, flag: str = "01") -> bool:
    """Whether another process would record a span of this trace."""
    tracer = TracerProvider(WholeTraces(share), shutdown_on_exit=False).get_tracer("test")
    parent = CONTEXT.extract({"traceparent": f"00-{trace_id}-{'b' * 16}-{flag}"})
    return tracer.start_span("turn", context=parent, kind=SpanKind.CONSUMER).is_recording()


@pytest.mark.parametrize(("trace_id", "expected"), [(LOW, True), (HIGH, False)])
def test_each_process_judges_a_trace_alike_by_its_id(trace_id: str, expected: bool):
    assert kept(0.5, trace_id) is expected


def test_whoever_did_not_record_the_beginning_is_followed():
    assert not kept(1.0, LOW, flag="00")


def test_nobody_outside_can_make_us_record_what_the_share_leaves_out():
    assert not kept(0.5, HIGH, flag="01")


def test_a_call_alone_begins_no_trace_unless_it_was_slow():
    tracer = TracerProvider(WholeTraces(1.0), shutdown_on_exit=False).get_tracer("test")
    alone = tracer.start_as_current_span("select lead", kind=SpanKind.CLIENT)
    with alone as call, tracer.start_as_current_span("below", kind=SpanKind.INTERNAL) as below:
        assert not call.is_recording()
        assert not below.is_recording()
    assert tracer.start_span("select lead", kind=SpanKind.CLIENT, attributes={SLOW: True}).is_recording()
    assert not tracer.start_span("select lead", kind=SpanKind.CLIENT, attributes={SLOW: False}).is_recording()
    assert WholeTraces(0.5).get_description() == "WholeTraces{0.5}"
