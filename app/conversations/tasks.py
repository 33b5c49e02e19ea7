"""Jobs about conversations."""

from __future__ import annotations

from datetime import datetime

import procrastinate

from app.conversations import brief, safety, turns
from app.jobs.queue import RETRY
from app.jobs.running import is_last_try


def blueprint() -> procrastinate.Blueprint:
    """The tasks, fresh for each queue: adding a blueprint renames its tasks for good."""
    tasks = procrastinate.Blueprint()
    tasks.task(name=turns.TURN_TASK, retry=RETRY, pass_context=True)(turn)
    tasks.task(name=brief.BRIEF_TASK, retry=RETRY)(write_brief)
    return tasks


async def turn(context: procrastinate.JobContext, lead_id: int, due: str) -> None:
    """Answer what a lead wrote; when even the last try fails, a person is called instead of letting the lead wait."""
    try:
        await turns.take_turn(lead_id, datetime.fromisoformat(due))
    except Exception:
        if is_last_try(context):
            await safety.call_a_person(lead_id)
        raise


async def write_brief(assignment_id: int) -> None:
    """Write what a consultant should know of the lead that they were given."""
    await brief.write(assignment_id)
