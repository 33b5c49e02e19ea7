"""Jobs about messages."""

from __future__ import annotations

import procrastinate

from app.jobs.queue import RETRY
from app.messages import outbox

blueprint = procrastinate.Blueprint()


@blueprint.task(name=outbox.SEND_TASK, retry=RETRY, pass_context=False)
async def send(lead_id: int, session: str) -> None:
    """Send what waits in one chat."""
    await outbox.send_waiting(lead_id, session)
