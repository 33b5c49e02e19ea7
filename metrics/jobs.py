"""Background jobs and the recurring tasks of the leading worker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import time

from metrics.registry import counter, gauge, histogram, observe

_run = histogram("messaging_process_duration_seconds")
_running = gauge("leadline_jobs_running")
_rescued = counter("leadline_jobs_rescued_total")
_leader = gauge("leadline_leader")
_succeeded = gauge("leadline_scheduler_last_success_timestamp_seconds")


def announce(tasks: Iterable[str]) -> None:
    """Make the series of these tasks before their first job; call it once with every task the worker
    knows.
    """
    for task in tasks:
        for failure in ("", "retry", "dead"):
            _run.at(task, failure)


@contextmanager
def running() -> Iterator[None]:
    """Count a job as running inside the block."""
    child = _running.at()
    child.inc()
    try:
        yield
    finally:
        child.dec()


def ran(task: str, seconds: float, failure: str = "") -> None:
    """A job ended: ``failure`` is empty, ``retry`` when it will be tried again, ``dead`` when it was given
    up.
    """
    observe(_run, seconds, task, failure)


def rescued(count: int = 1) -> None:
    """So many jobs of a dead worker went back to the queue."""
    _rescued.at().inc(count)


def leading(leads: bool) -> None:  # noqa: FBT001 - the call reads as a sentence
    """Whether this worker is the leader now."""
    _leader.at().set(leads)


def expected(task: str) -> None:
    """A recurring task is due from now on. Until it succeeds its series tells this moment, so that one that never does
    is noticed too.
    """
    _succeeded.at(task).set(time())


def succeeded(task: str, at: float | None = None) -> None:
    """A recurring task succeeded, now or ``at`` seconds since 1970."""
    _succeeded.at(task).set(time() if at is None else at)
