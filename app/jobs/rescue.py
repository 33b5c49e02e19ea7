"""The jobs of a worker that died go back to the queue: procrastinate leaves them where they are."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

import metrics.jobs
from app.jobs.queue import Queue
from app.registry import use

log = structlog.get_logger(__name__)

HEARTBEAT = 5.0
STALE_AFTER = 15.0


async def rescue_stalled() -> int:
    """Requeue every job whose worker has been silent for 15 seconds; returns how many there were."""
    manager = use(Queue).app.job_manager
    stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=STALE_AFTER))
    for job in stalled:
        await manager.retry_job(job, retry_at=datetime.now(UTC))
    await manager.prune_stalled_workers(STALE_AFTER)
    if stalled:
        log.warning("jobs_rescued", count=len(stalled))
        metrics.jobs.rescued(len(stalled))
    return len(stalled)
