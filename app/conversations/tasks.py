"""Jobs about conversations."""

from __future__ import annotations

from datetime import datetime

import procrastinate

from app.conversations import turns
from app.jobs.queue import RETRY

blueprint = procrastinate.Blueprint()


@blueprint.task(name=turns.TURN_TASK, retry=RETRY)
async def turn(lead_id: int, due: str) -> None:
    """Answer what a lead wrote."""
    await turns.take_turn(lead_id, datetime.fromisoformat(due))
