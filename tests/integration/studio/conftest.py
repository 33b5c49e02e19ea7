"""A database, a clock, and a manager and a consultant who look at the studio."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.clock import FixedClock
from app.database import Database
from app.qualification.playbook import Playbook, load_playbook
from app.registry import override, use
from app.settings import Settings
from app.team.viewer import Viewer
from app.vocabulary import Role
from tests.support.team import join


@pytest.fixture
async def mara(database: Database, settings: Settings, clock: FixedClock) -> AsyncIterator[Viewer]:
    """A manager, where the agent talks by the school's playbook as it ships."""
    with override(Playbook, load_playbook(use(Settings).playbook)):
        yield await join("Mara Lima", Role.MANAGER)


@pytest.fixture
async def bruno(mara: Viewer) -> Viewer:
    """Another manager."""
    return await join("Bruno Costa", Role.MANAGER)


@pytest.fixture
async def ana(mara: Viewer) -> Viewer:
    """A consultant."""
    return await join("Ana Ribeiro", Role.CONSULTANT)
