"""Metrics, spans and log context of background jobs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast

from opentelemetry.trace import INVALID_SPAN, Span, SpanKind

from app.telemetry.logs import lead_context
from app.telemetry.traces import LEAD, NOWHERE, Trail, recording, span
from metrics import jobs

if TYPE_CHECKING:
    import procrastinate

TRACE = "trace"
"""The argument in which a job carries its trace; the task never sees it."""


async def measured_job(call_next: Callable[[], Awaitable[Any]], context: procrastinate.JobContext, worker: Any) -> Any:
    """Worker middleware (``run_worker_async(worker_middleware=[measured_job])``): each run is counted, timed and
    traced, and what it logs carries the lead's id.
    """
    task, arguments = context.job.task_name, cast("dict[str, Any]", context.job.task_kwargs)
    trail = Trail.read(arguments.pop(TRACE, None))
    started, failure = perf_counter(), ""
    with jobs.running(), lead_context(arguments.get("lead_id")), _processing(context, trail):
        try:
            return await call_next()
        except BaseException as error:
            known = worker.app.tasks.get(task)
            again = known.get_retry_exception(exception=error, job=context.job) if known else None
            failure = "retry" if again else "dead"
            raise
        finally:
            jobs.ran(task, perf_counter() - started, failure)


def _processing(context: procrastinate.JobContext, trail: Trail) -> AbstractContextManager[Span]:
    job = context.job
    attributes: dict[str, str | int] = {
        **_messaging(job.task_name, "process"),
        "messaging.message.id": str(job.id),
        "leadline.job.attempt": job.attempts + 1,
    }
    if isinstance(lead_id := job.task_kwargs.get("lead_id"), int):
        attributes[LEAD] = lead_id
    return span(f"process {job.task_name}", attributes, kind=SpanKind.CONSUMER, trail=trail)


def deferring(task: str, count: int) -> AbstractContextManager[Span]:
    """A span around putting ``count`` jobs in the queue; nothing outside of a recorded trace."""
    if not recording():
        return nullcontext(INVALID_SPAN)
    attributes = {**_messaging(task, "send"), "messaging.batch.message_count": count}
    return span(f"send {task}", attributes, kind=SpanKind.PRODUCER)


def traced_arguments(trail: Trail) -> dict[str, Any]:
    """What a job's arguments have to carry so that its run goes on with ``trail``, or else with the trace we are in."""
    stored = (trail if trail != NOWHERE else Trail.here()).stored
    return {TRACE: stored} if stored else {}


def _messaging(task: str, operation: str) -> dict[str, str | int]:
    return {
        "messaging.system": "postgresql",
        "messaging.destination.name": task,
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
    }
