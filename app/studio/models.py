"""The table of the replays: a change tried over conversations that are there already."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import SQLModel

from app.columns import created, document, flag, identity, moment, number, reference, text, word


class ReplayRun(SQLModel, table=True):
    """One replay. ``change`` is what is tried, ``result`` holds figures and masked misses, never a chat.

    ``status`` is queued, running, done, failed or cancelled; ``due`` says that its job is still to be made, and
    ``cancelled`` that somebody asked it to stop.
    """

    __tablename__ = "replay_run"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (sa.Index("replay_run_due", "id", postgresql_where=sa.text("due")),)

    id: int | None = identity()
    status: str = word(default="queued")
    due: bool = flag()
    cancelled: bool = flag()
    change: dict[str, Any] = document()
    done: int = number()
    total: int = number()
    result: dict[str, Any] = document()
    error: str = text()
    by_user_id: int | None = reference("team_user.id", optional=True)
    by_name: str = text()
    created_at: datetime = created()
    started_at: datetime | None = moment()
    finished_at: datetime | None = moment()
