"""A database, a clock, and a manager and a consultant who look at the studio."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.clock import FixedClock
from app.database import Database
from app.qualification.playbook import Playbook, load_playbook
from app.registry import override, use
from app.settings import Settings
from app.team import service as team
from app.team.service import NewMember
from app.team.viewer import OPERATOR, Viewer, initials_of
from app.vocabulary import Role


async def hire(name: str, role: Role) -> Viewer:
    """A member of the team, as services know them."""
    email = f"{name.split(maxsplit=1)[0].lower()}@example.com"
    member = await team.add_member(OPERATOR, NewMember(email, name, role, "a-long-password"))
    return Viewer(member.id, name, initials_of(name), role, email)


@pytest.fixture
async def mara(database: Database, settings: Settings, clock: FixedClock) -> AsyncIterator[Viewer]:
    """A manager, where the agent talks by the school's playbook as it ships."""
    with override(Playbook, load_playbook(use(Settings).playbook)):
        yield await hire("Mara Lima", Role.MANAGER)


@pytest.fixture
async def bruno(mara: Viewer) -> Viewer:
    """Another manager."""
    return await hire("Bruno Costa", Role.MANAGER)


@pytest.fixture
async def ana(mara: Viewer) -> Viewer:
    """A consultant."""
    return await hire("Ana Ribeiro", Role.CONSULTANT)
