"""Table of who got which lead, and why."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import SQLModel

from app.columns import created, document, identity, moment, reference, word


class Assignment(SQLModel, table=True):
    """A lead was given to a consultant. ``why`` holds the consultants considered and the reason of each skip; of one
    made by hand, ``entitled`` says to whom the lead was due.

    ``briefed_at`` is when its brief was put in hand. A lead has at most one assignment that was not released: the
    partial unique index holds it.
    """

    __tablename__ = "assignment"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (
        sa.Index("assignment_one_open", "lead_id", unique=True, postgresql_where=sa.text("released_at is null")),
        sa.Index("assignment_consultant", "consultant_id", "assigned_at"),
        sa.Index("assignment_unbriefed", "id", postgresql_where=sa.text("briefed_at is null and released_at is null")),
        sa.Index("assignment_newest", "assigned_at"),
    )

    id: int | None = identity()
    lead_id: int = reference("lead.id", cascade=True)
    consultant_id: int = reference("team_user.id")
    reason: str = word(32)
    why: dict[str, Any] = document()
    by_user_id: int | None = reference("team_user.id", optional=True)
    qualified_at: datetime | None = moment()
    assigned_at: datetime = created()
    accepted_at: datetime | None = moment()
    first_contact_at: datetime | None = moment()
    released_at: datetime | None = moment()
    briefed_at: datetime | None = moment()
