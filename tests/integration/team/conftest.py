"""A team to sign in: a manager, two consultants and an admin, all with one password."""

import pytest

from app.team.service import NewMember, add_member
from app.team.viewer import OPERATOR, Viewer
from app.vocabulary import Role

PASSWORD = "leadline-demo"


@pytest.fixture
async def team(database, clock, settings) -> dict[str, Viewer]:
    people = {
        "ana": ("Ana Ribeiro", Role.CONSULTANT),
        "bruno": ("Bruno Costa", Role.CONSULTANT),
        "mara": ("Mara Lind", Role.MANAGER),
        "ada": ("Ada Admin", Role.ADMIN),
    }
    joined = {}
    for short, (name, role) in people.items():
        email = f"{short}@leadline.demo"
        member = await add_member(OPERATOR, NewMember(email, name, role, PASSWORD))
        joined[short] = Viewer(member.id, name, member.initials, role, email)
    return joined
