"""Structured logs: one line for each event, with the ids of trace and lead, redacted.

Our own code logs through ``structlog.get_logger()`` or the standard library; both, and every library's log,
take the same way out.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Literal, TextIO

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor, WrappedLogger

from app.telemetry.redaction import clean_fields

NOISY = {
    "httpx": "warning",
    "httpcore": "warning",
    "alembic.runtime.migration": "warning",
    "apscheduler": "warning",
    # While the database is away these two say so with each try; ``app.jobs.outage`` says it once.
    "procrastinate.utils": "critical",
    "psycopg.pool": "error",
    # What becomes of the spans is counted, and their receiver's absence is told once (``app.telemetry.export``).
    "opentelemetry.exporter": "critical",
    "opentelemetry.sdk._shared_internal": "critical",
    "uvicorn.access": "warning",
    "_granian": "info",
}
"""Libraries that log each call, and the level from which they are heard."""
FOR_COLLECTORS = {"app.jobs.running": "warning"}
"""Lines that only those want who collect them, and the level from which a person's terminal shows them."""


def set_up_logging(*, style: Literal["console", "json"], level: str, stream: TextIO | None = None) -> None:
    """Route all logs of this process to ``stream`` (standard error when not given). Calling it again
    replaces the old way.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_common(), processors=_ending(style)))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    _tame_libraries()
    _set_levels(FOR_COLLECTORS if style == "console" else dict.fromkeys(FOR_COLLECTORS, "notset"))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_common(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def lead_context(lead_id: int | None, **ids: int | str) -> AbstractContextManager[object]:
    """Put ``lead_id``, where there is one, and other ids on every log line written inside the block."""
    about = {} if lead_id is None else {"lead_id": lead_id}
    return structlog.contextvars.bound_contextvars(**about, **ids)


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        # Before the redaction: a traceback quotes messages of errors, and those quote their input.
        structlog.processors.format_exc_info,
        _trace_ids,
    ]


def _ending(style: Literal["console", "json"]) -> list[Processor]:
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _redact, renderer]


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return clean_fields(event)


def _trace_ids(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = format(context.trace_id, "032x")
        event["span_id"] = format(context.span_id, "016x")
    return event


def _tame_libraries() -> None:
    for name in list(logging.root.manager.loggerDict):
        library = logging.getLogger(name)
        # Servers bring handlers of their own, which would print a second, unredacted line.
        library.handlers = [handler for handler in library.handlers if isinstance(handler, logging.NullHandler)]
        library.propagate = True
    _set_levels(NOISY)


def _set_levels(levels: Mapping[str, str]) -> None:
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level.upper())
