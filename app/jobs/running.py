"""What every job has around it: how long it took, how it ended, and a line in the log when it failed."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import procrastinate
import structlog
from procrastinate.middleware import AsyncCallNext
from procrastinate.worker import Worker

import metrics.jobs
from app.jobs.queue import RETRY

log = structlog.get_logger(__name__)


async def measured(call_next: AsyncCallNext, context: procrastinate.JobContext, _worker: Worker) -> Any:
    """Run the job, count it, and let its error through to the retry policy."""
    start = perf_counter()
    task = context.job.task_name.removeprefix("leadline:")
    try:
        with metrics.jobs.running():
            result = await call_next()
    except Exception as error:
        failure = "dead" if is_last_try(context) else "retry"
        metrics.jobs.ran(task, perf_counter() - start, failure)
        log.warning(
            "job_failed", task=task, job_id=context.job.id, failure=failure, error=type(error).__name__, exc_info=error
        )
        raise
    metrics.jobs.ran(task, perf_counter() - start)
    return result


def is_last_try(context: procrastinate.JobContext) -> bool:
    """Whether the queue gives this job up when it fails now."""
    return RETRY.max_attempts is not None and context.job.attempts >= RETRY.max_attempts
