"""People who join the team of a test's database."""

from __future__ import annotations

from app.team.service import NewMember, add_member
from app.team.viewer import OPERATOR, Viewer
from app.vocabulary import Role

PASSWORD = "correct horse battery staple"


async def join(name: str, role: Role, *, at: str = "example.com", password: str = PASSWORD) -> Viewer:
    """Add a member with an address by their first name; returns them as services know who is signed in."""
    email = f"{name.split(maxsplit=1)[0].lower()}@{at}"
    member = await add_member(OPERATOR, NewMember(email, name, role, password))
    return Viewer(member.id, name, member.initials, role, email)
