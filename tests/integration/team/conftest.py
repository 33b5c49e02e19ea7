"""A team to sign in: a manager, two consultants and an admin, all with one password."""

import pytest

from app.team.viewer import Viewer
from app.vocabulary import Role
from tests.support.team import join

PASSWORD = "leadline-demo"


@pytest.fixture
async def team(database, clock, settings) -> dict[str, Viewer]:
    people = {
        "ana": ("Ana Ribeiro", Role.CONSULTANT),
        "bruno": ("Bruno Costa", Role.CONSULTANT),
        "mara": ("Mara Lind", Role.MANAGER),
        "ada": ("Ada Admin", Role.ADMIN),
    }
    return {short: await join(*person, at="leadline.demo", password=PASSWORD) for short, person in people.items()}
