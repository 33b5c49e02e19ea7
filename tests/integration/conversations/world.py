"""A small world for conversation tests: leads on a twin of WhatsApp, our rows in a real PostgreSQL, a fixed clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.clock import FixedClock
from app.conversations import followthrough, intake, turns
from app.conversations.intake import IntakeResult
from app.database import reading, transaction
from app.distribution import service as distribution
from app.jobs.queue import Queue
from app.messages import outbox
from app.telemetry import measured_job
from app.whatsapp.gateway import SessionRef
from app.whatsapp.twin import TwinGateway
from app.whatsapp.twin_payloads import Webhook

AGENT = SessionRef("agent")
CONSULTANT = SessionRef("consultant")
PHONE = "15550100110"


@dataclass
class World:
    """What a test may do: let people write, let time pass, let the worker work, and look at the rows."""

    gateway: TwinGateway
    clock: FixedClock
    queue: Queue
    results: list[IntakeResult] = field(default_factory=list[IntakeResult])
    around: Sequence[Any] = (measured_job,)
    """What each job of the worker is run inside."""

    async def take_in(self, webhook: Webhook) -> IntakeResult:
        """Hand a webhook to intake, as the HTTP edge would."""
        result = await intake.receive("waha", webhook.session, webhook.raw, webhook.headers)
        self.results.append(result)
        return result

    async def says(self, *texts: str, phone: str = PHONE, session: SessionRef = AGENT) -> None:
        """The lead writes messages, and their webhooks arrive."""
        for text in texts:
            self.gateway.lead_writes(session, phone, text)
        await self.gateway.deliver()

    async def pass_time(self, seconds: float) -> None:
        """Let time pass and everything that is due happen."""
        self.clock.move(seconds=seconds)
        await self.settle()

    async def settle(self) -> None:
        """Sweep and work until nothing is due now."""
        for _ in range(8):
            found = await turns.sweep_due() + await outbox.sweep_due() + await distribution.sweep_due()
            found += await followthrough.sweep_abandoned() + await followthrough.sweep_returned()
            await self.work()
            found += await self.gateway.deliver()
            if not found:
                return

    async def work(self) -> None:
        """Run every job in the queue."""
        async with self.queue.app.open_async():
            await self.queue.app.run_worker_async(
                wait=False,
                install_signal_handlers=False,
                listen_notify=False,
                delete_jobs="successful",
                concurrency=2,
                worker_middleware=list(self.around),
            )

    async def rows(self, query: str, **values: Any) -> list[Any]:
        """Rows of a query."""
        async with reading() as db:
            return list(await db.execute(sa.text(query), values))

    async def one(self, query: str, **values: Any) -> Any:
        """The only row of a query."""
        (row,) = await self.rows(query, **values)
        return row

    async def lead(self) -> Any:
        """The only lead."""
        return await self.one("select * from lead")

    async def replies(self, session: SessionRef = AGENT) -> list[str]:
        """What the gateway accepted, in its order: the texts behind the ids that it knows."""
        rows = await self.rows("select gateway_id, body from message where direction = 'out'")
        bodies = {row.gateway_id: row.body for row in rows}
        return [bodies[key] for key in self.gateway.sent(session)]


async def hook_of(world: World, text: str = "Hello") -> Webhook:
    """A message of the lead whose webhook has not been delivered."""
    world.gateway.lead_writes(AGENT, PHONE, text)
    return world.gateway.waiting.pop()


async def forget(world: World, statement: str) -> None:
    """Change rows and lose every job, as a crash at a bad moment might."""
    async with transaction() as db:
        await db.execute(sa.text(statement))
        await db.execute(sa.text("delete from procrastinate_jobs"))
