"""Jobs about conversations."""

from __future__ import annotations

from datetime import datetime

import procrastinate

from app.conversations import safety, turns
from app.jobs.queue import RETRY
from app.jobs.running import is_last_try


def blueprint() -> procrastinate.Blueprint:
    """The tasks, fresh for each queue: adding a blueprint renames its tasks for good."""
    tasks = procrastinate.Blueprint()
    tasks.task(name=turns.TURN_TASK, retry=RETRY, pass_context=True)(turn)
    return tasks


async def turn(context: procrastinate.JobContext, lead_id: int, due: str) -> None:
    """Answer what a lead wrote; when even the last try fails, a person is called instead of letting the lead wait."""
    try:
        await turns.take_turn(lead_id, datetime.fromisoformat(due))
    except Exception:
        if is_last_try(context):
            await safety.call_a_person(lead_id)
        raise
