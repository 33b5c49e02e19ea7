"""Spans, and how a trace goes on through a row.

Nothing is recorded, and hardly anything is done, until ``app.telemetry.export`` hands over a tracer. What waits in the
database carries its trace as a W3C ``traceparent``: a job in its arguments, a due turn and a message going out in a
column, a notification in its payload.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, cast

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Link, Span, SpanContext, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

Attributes = Mapping[str, AttributeValue]

LEAD = "lead.id"
MOST_LINKS = 8
"""Traces at which one span points, at most, when it tells of several changes."""
# Context only, never baggage: what a browser or a webhook sends along must not travel through the system.
CONTEXT = TraceContextTextMapPropagator()
_FIELD = "traceparent"
_NOTHING = nullcontext(INVALID_SPAN)
_tracer: Tracer | None = None


def trace_with(tracer: Tracer | None) -> None:
    """Record with this tracer from now on; None records nothing."""
    global _tracer  # noqa: PLW0603 - one for the process
    _tracer = tracer


def tracing() -> bool:
    """Whether this process records traces at all."""
    return _tracer is not None


def recording() -> bool:
    """Whether we are inside of a span that is recorded."""
    return _tracer is not None and trace.get_current_span().is_recording()


@dataclass(frozen=True, slots=True)
class Trail:
    """Where the trace of a piece of work comes from: ``parent`` is continued, ``links`` are pointed at.

    Without a parent but with links the work begins a trace of its own, for it was delayed or came for several reasons.
    """

    parent: str | None = None
    links: tuple[str, ...] = ()

    @classmethod
    def after(cls, column: str | None) -> Trail:
        """Of what a column gathered, the newest first: that trace goes on, and the older ones are linked."""
        newest, *older = (column or "").split() or [None]
        return cls(newest, tuple(one for one in older if one))

    @classmethod
    def apart(cls, columns: Iterable[str | None]) -> Trail:
        """A trace of its own that points at each of these."""
        return cls(None, tuple(dict.fromkeys(one for one in columns if one)))

    @classmethod
    def here(cls) -> Trail:
        """The trace we are in."""
        return cls(traceparent())

    def behind(self, older: Trail | None) -> Trail:
        """What happened before this and is told together with it: the newest of both goes on, the others are linked."""
        earlier = NOWHERE if older is None else older
        known = dict.fromkeys((self.parent, *self.links, earlier.parent, *earlier.links))
        newest, *others = [one for one in known if one] or [None]
        return Trail(newest, tuple(one for one in others if one)[:MOST_LINKS])

    @classmethod
    def read(cls, stored: object) -> Trail:
        """What ``stored`` made of it; an empty one for anything else."""
        if not isinstance(stored, dict):
            return NOWHERE
        fields = cast("dict[str, Any]", stored)
        return cls(fields.get("parent"), tuple(fields.get("links") or ()))

    @property
    def stored(self) -> dict[str, Any]:
        """As JSON, for the arguments of a job; empty when there is no trace."""
        return {name: value for name, value in (("parent", self.parent), ("links", list(self.links))) if value}


NOWHERE = Trail()


def span(
    name: str,
    attributes: Attributes | None = None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    trail: Trail = NOWHERE,
    started: float | None = None,
) -> AbstractContextManager[Span]:
    """A span around the block. ``name`` is fixed, ids go to ``attributes``; it may have ``started`` (seconds since
    1970) before the block.

    Without a ``trail`` it belongs to the span we are in. An error marks the span with its type; its message stays out.
    """
    if _tracer is None:
        return _NOTHING
    began = None if started is None else int(started * 1e9)
    links = [Link(one) for one in map(_context_of, trail.links) if one.is_valid]
    return _marked(
        _tracer.start_as_current_span(
            name,
            context=_context(trail),
            kind=kind,
            attributes=attributes,
            links=links,
            start_time=began,
            record_exception=False,
            set_status_on_exception=False,
        )
    )


@contextmanager
def _marked(current: AbstractContextManager[Span]) -> Iterator[Span]:
    with current as opened:
        try:
            yield opened
        except Exception as error:
            opened.set_attribute("error.type", type(error).__qualname__)
            opened.set_status(Status(StatusCode.ERROR))
            raise


def _context(trail: Trail) -> Context | None:
    """The context in which a span begins: an empty one for a new trace, None for the present one."""
    if trail.parent:
        return CONTEXT.extract({_FIELD: trail.parent}, Context())
    return Context() if trail.links else None


def _context_of(traceparent: str) -> SpanContext:
    return trace.get_current_span(CONTEXT.extract({_FIELD: traceparent}, Context())).get_span_context()


def past_span(name: str, attributes: Attributes, seconds: float, *, error: str = "") -> None:
    """Record a call to somebody else that took ``seconds`` and ended just now."""
    if _tracer is None:
        return
    ended = time.time_ns()
    told = _tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes, start_time=ended - int(seconds * 1e9))
    if error:
        told.set_attribute("error.type", error)
        told.set_status(Status(StatusCode.ERROR))
    told.end(ended)


def annotate(attributes: Attributes) -> None:
    """Add to the span we are in, when it is recorded."""
    if recording():
        trace.get_current_span().set_attributes(attributes)


def about_lead(lead_id: int | None) -> None:
    """Put the lead on the span we are in, and on every log line of this task from now on."""
    if lead_id is not None:
        structlog.contextvars.bind_contextvars(lead_id=lead_id)
        annotate({LEAD: lead_id})


def within(traceparent: str | None) -> AbstractContextManager[object]:
    """Whatever begins inside the block belongs to that trace, also what goes on after it."""
    if _tracer is None or not traceparent:
        return _NOTHING
    there = trace.NonRecordingSpan(_context_of(traceparent))
    return trace.use_span(there, record_exception=False, set_status_on_exception=False)


def point_at(traceparent: str | None) -> None:
    """Link the span we are in to another trace than its own, once."""
    if not traceparent or not recording():
        return
    there, here = _context_of(traceparent), trace.get_current_span()
    known = {here.get_span_context().trace_id, *(link.context.trace_id for link in getattr(here, "links", ()))}
    if there.is_valid and there.trace_id not in known:
        here.add_link(there)


def traceparent() -> str | None:
    """The span we are in, of this process or of another one, to be kept in a row; None outside of a recorded trace."""
    if _tracer is None or not trace.get_current_span().get_span_context().trace_flags.sampled:
        return None
    carrier: dict[str, str] = {}
    CONTEXT.inject(carrier)
    return carrier.get(_FIELD)


def with_trace(notice: str) -> str:
    """A notification's JSON object with the trace in which it was written, when that is recorded."""
    here = traceparent()
    return f'{notice[:-1]},"t":"{here}"}}' if here else notice


def current_trace() -> dict[str, str] | None:
    """The ids of the trace we are in, as an observation's exemplar has them; None outside of a recorded trace."""
    context = trace.get_current_span().get_span_context()
    if not context.trace_flags.sampled:
        return None
    return {"trace_id": format(context.trace_id, "032x"), "span_id": format(context.span_id, "016x")}
