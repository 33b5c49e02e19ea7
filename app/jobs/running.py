"""A line in the log for every job, and the question whether one that failed will be tried again."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import procrastinate
import structlog
from procrastinate.middleware import AsyncCallNext
from procrastinate.worker import Worker

from app.jobs.queue import RETRY

log = structlog.get_logger(__name__)


async def logged(call_next: AsyncCallNext, context: procrastinate.JobContext, _worker: Worker) -> Any:
    """Run the job; say how it ended, and let its error through to the retry policy."""
    started = perf_counter()
    try:
        done = await call_next()
    except Exception as error:
        log.warning(
            "job_failed",
            task=context.job.task_name,
            job_id=context.job.id,
            last_try=is_last_try(context),
            error=type(error).__name__,
            exc_info=error,
        )
        raise
    log.info("job_done", task=context.job.task_name, job_id=context.job.id, seconds=round(perf_counter() - started, 3))
    return done


def is_last_try(context: procrastinate.JobContext) -> bool:
    """Whether the queue gives this job up when it fails now."""
    return RETRY.max_attempts is not None and context.job.attempts >= RETRY.max_attempts
