"""Somebody who receives OTLP over HTTP, as a collector does, and keeps every span to be looked at."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2


@dataclass(frozen=True)
class Received:
    """One span as it came over the wire. ``kind`` is OpenTelemetry's word, ids are hexadecimal."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    links: tuple[tuple[str, str], ...]
    attributes: Mapping[str, Any]
    started: int
    ended: int
    failed: bool


Way = tuple[str, ...]


def ways(spans: Sequence[Received]) -> dict[Way, Received]:
    """Each span by the names on the way to it from the beginning of its trace; an emit that tells of several changes,
    by the ways to each of them.
    """
    known = {one.span_id: one for one in spans}

    def way(ident: str) -> Iterator[str]:
        if one := known.get(ident):
            yield from way(one.parent_id)
            yield one.name

    found = {tuple(way(one.span_id)): one for one in spans}
    return found | {(*way(ident), one.name): one for one in spans for _, ident in one.links if ident in known}


@dataclass
class OtlpSink:
    """Receives spans at ``url``; ``refusing`` is the status with which it answers instead, while there is one."""

    server: ThreadingHTTPServer
    spans: list[Received] = field(default_factory=list[Received])
    bodies: list[bytes] = field(default_factory=list[bytes])
    refusing: int = 0
    heard: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        """The base address, as ``OTEL_EXPORTER_OTLP_ENDPOINT`` wants it."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def keep(self, body: bytes) -> None:
        """Take one request in."""
        request = ExportTraceServiceRequest.FromString(body)
        with self.heard:
            self.bodies.append(body)
            for resource in request.resource_spans:
                service = str(_fields(resource.resource.attributes).get("service.name"))
                self.spans += [_received(service, one) for scope in resource.scope_spans for one in scope.spans]
            self.heard.notify_all()

    def wait_for(self, ready: Callable[[list[Received]], bool], seconds: float = 20.0) -> list[Received]:
        """The spans, as soon as ``ready`` likes them. Raises AssertionError when it never does."""
        with self.heard:
            if not self.heard.wait_for(lambda: ready(self.spans), seconds):
                found = sorted(f"{' / '.join(way)} ({one.service})" for way, one in ways(self.spans).items())
                raise AssertionError("these came:\n" + "\n".join(found))
            return list(self.spans)

    def named(self, name: str) -> list[Received]:
        """The spans of that name, in the order in which they came."""
        with self.heard:
            return [one for one in self.spans if one.name == name]

    def traces_with(self, name: str) -> list[Received]:
        """All spans of the traces in which there is a span of that name."""
        with self.heard:
            ids = {one.trace_id for one in self.spans if one.name == name}
            return [one for one in self.spans if one.trace_id in ids]


@contextmanager
def otlp_sink(port: int = 0) -> Iterator[OtlpSink]:
    """A sink on ``port`` (0 picks a free one) while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if sink.refusing:
                self._answer(sink.refusing, b"")
                return
            sink.keep(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self._answer(200, ExportTraceServiceResponse().SerializeToString())

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
            """Nobody wants to read that."""

    sink = OtlpSink(ThreadingHTTPServer(("127.0.0.1", port), Handler))
    serving = threading.Thread(target=sink.server.serve_forever, daemon=True)
    serving.start()
    try:
        yield sink
    finally:
        sink.server.shutdown()
        sink.server.server_close()
        serving.join()


def _received(service: str, span: trace_pb2.Span) -> Received:
    return Received(
        service=service,
        name=span.name,
        kind=trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        links=tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        attributes=_fields(span.attributes),
        started=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
        failed=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
    )


def _fields(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs if isinstance(pair, KeyValue)}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    return getattr(value, kind) if kind else None
