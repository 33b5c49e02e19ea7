"""Who looks at Leadline: the member of the team behind a cookie or an API token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.vocabulary import Role


@dataclass(frozen=True)
class Viewer:
    """A signed-in member of the team, as every service that authorises wants to know them."""

    user_id: int
    name: str
    initials: str
    role: Role
    email: str

    @property
    def leads_team(self) -> bool:
        """Whether this viewer sees every lead and manages the team: managers and admins do."""
        return self.role in {Role.MANAGER, Role.ADMIN}


OPERATOR = Viewer(user_id=0, name="Operator", initials="OP", role=Role.ADMIN, email="")
"""Whoever runs commands on the machine itself: allowed everything, and no row of the team."""


def me(viewer: Viewer) -> dict[str, Any]:
    """What a page knows about its own viewer; the frame of the page wants it."""
    return {"id": viewer.user_id, "name": viewer.name, "initials": viewer.initials, "manager": viewer.leads_team}


def initials_of(name: str) -> str:
    """The first letters of the first and the last word: ``Ana Maria Ribeiro`` is ``AR``."""
    words = name.split()
    ends = words[:1] + words[1:][-1:]
    return "".join(word[0] for word in ends).upper()
