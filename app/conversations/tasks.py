"""Jobs about conversations."""

from __future__ import annotations

from datetime import datetime

import procrastinate

from app.conversations import turns
from app.jobs.queue import RETRY


def blueprint() -> procrastinate.Blueprint:
    """The tasks, fresh for each queue: adding a blueprint renames its tasks for good."""
    tasks = procrastinate.Blueprint()
    tasks.task(name=turns.TURN_TASK, retry=RETRY)(turn)
    return tasks


async def turn(lead_id: int, due: str) -> None:
    """Answer what a lead wrote."""
    await turns.take_turn(lead_id, datetime.fromisoformat(due))
