"""Who works and who writes in the tests of conversations."""

from __future__ import annotations

from app.clock import Clock
from app.database import transaction
from app.registry import use
from app.team.models import User
from app.team.viewer import Viewer
from app.vocabulary import Role
from tests.integration.conversations.world import AGENT, World


def viewer(user_id: int, name: str, role: Role = Role.CONSULTANT) -> Viewer:
    """Somebody of the team who is signed in."""
    return Viewer(user_id, name, name[:1], role, f"{name}@example.com".lower())


MANAGER = viewer(0, "Mara", Role.MANAGER)


async def hire(*names: str) -> list[int]:
    """Put consultants on the roster."""
    now = use(Clock).now()
    async with transaction() as db:
        users = [
            User(email=f"{name}@example.com".lower(), name=name, role=Role.CONSULTANT, roster_since=now)
            for name in names
        ]
        db.add_all(users)
        await db.flush()
        return [user.id or 0 for user in users]


async def answer_everything(world: World) -> None:
    """A lead who tells all there is to tell."""
    await world.says(
        "Hi! I'm Marta Silva, marta.silva@example.com, from Lisbon. I want to enrol in the evening English course,",
        "I can pay up to 900 euros, want to start next week, and I decide on my own.",
    )
    await world.pass_time(3)
    for _ in range(6):
        lead = await world.lead()
        if lead.qualified_at is not None:
            return
        await world.says("yes, that is right")
        await world.pass_time(3)


async def three_leads(world: World) -> list[int]:
    """Three leads who said hello, by id."""
    for number in range(3):
        world.gateway.lead_writes(AGENT, f"1555010012{number}", f"hello {number}")
    await world.gateway.deliver()
    return [row.id for row in await world.rows("select id from lead order by id")]
