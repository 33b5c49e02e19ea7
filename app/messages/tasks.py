"""Jobs about messages."""

from __future__ import annotations

import procrastinate

from app.jobs.queue import RETRY
from app.messages import outbox


def blueprint() -> procrastinate.Blueprint:
    """The tasks, fresh for each queue: adding a blueprint renames its tasks for good."""
    tasks = procrastinate.Blueprint()
    tasks.task(name=outbox.SEND_TASK, retry=RETRY)(send)
    return tasks


async def send(lead_id: int, session: str) -> None:
    """Send what waits in one chat."""
    await outbox.send_waiting(lead_id, session)
