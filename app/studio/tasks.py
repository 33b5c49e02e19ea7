"""The studio's job: a replay."""

from __future__ import annotations

import procrastinate

from app.jobs.queue import RETRY
from app.jobs.running import is_last_try
from app.studio import replay_runs, replay_work


def blueprint() -> procrastinate.Blueprint:
    """The tasks, fresh for each queue: adding a blueprint renames its tasks for good."""
    tasks = procrastinate.Blueprint()
    tasks.task(name=replay_runs.REPLAY_TASK, retry=RETRY, pass_context=True)(replay)
    return tasks


async def replay(context: procrastinate.JobContext, run_id: int) -> None:
    """Try a change over conversations."""
    await replay_work.carry_out(run_id, last_try=is_last_try(context))
