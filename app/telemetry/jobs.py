"""Metrics and spans of background jobs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import SpanKind

from app.telemetry.traces import span
from metrics import jobs

if TYPE_CHECKING:
    import procrastinate


async def measured_job(call_next: Callable[[], Awaitable[Any]], context: procrastinate.JobContext, worker: Any) -> Any:
    """Worker middleware (``run_worker_async(worker_middleware=[measured_job])``): each run is counted,
    timed and traced.
    """
    task = context.job.task_name
    attributes = {"messaging.system": "postgresql", "messaging.destination.name": task, "job.id": context.job.id or 0}
    started = perf_counter()
    failure = ""
    with jobs.running(), span(f"process {task}", attributes, kind=SpanKind.CONSUMER):
        try:
            return await call_next()
        except BaseException as error:
            known = worker.app.tasks.get(task)
            again = known.get_retry_exception(exception=error, job=context.job) if known else None
            failure = "retry" if again else "dead"
            raise
        finally:
            jobs.ran(task, perf_counter() - started, failure)
