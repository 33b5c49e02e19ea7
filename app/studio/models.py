"""The tables of the replays: a change tried over conversations that are there already."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from app.columns import created, document, flag, identity, moment, number, reference, text, word


class ReplayRun(SQLModel, table=True):
    """One replay. ``change`` is what is tried, ``result`` holds figures and masked misses, never a chat.

    ``status`` is queued, running, done, failed or cancelled; ``due`` says that its job is still to be made, and
    ``cancelled`` that somebody asked it to stop. ``spent_usd`` is what all its attempts paid, ``attempts`` how often it
    was begun since it last got a conversation further.
    """

    __tablename__ = "replay_run"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (
        sa.Index("replay_run_due", "id", postgresql_where=sa.text("due")),
        sa.Index("replay_run_open", "id", postgresql_where=sa.text("status in ('queued', 'running')")),
    )

    id: int | None = identity()
    status: str = word(default="queued")
    due: bool = flag()
    cancelled: bool = flag()
    change: dict[str, Any] = document()
    done: int = number()
    total: int = number()
    spent_usd: float = Field(default=0.0, sa_type=sa.Float, nullable=False, sa_column_kwargs={"server_default": "0"})
    attempts: int = number()
    result: dict[str, Any] = document()
    error: str = text()
    by_user_id: int | None = reference("team_user.id", optional=True)
    by_name: str = text()
    created_at: datetime = created()
    started_at: datetime | None = moment()
    finished_at: datetime | None = moment()


class ReplayChat(SQLModel, table=True):
    """A conversation of a run that is under way, so that the next attempt goes on where the last one broke off.

    ``compared`` is what came of it, with names by their first letters; null while it was not read. ``lead_id`` is null
    for a conversation that ships. The rows go when the run ends.
    """

    __tablename__ = "replay_chat"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (sa.UniqueConstraint("run_id", "number", name="replay_chat_once"),)

    id: int | None = identity()
    run_id: int = reference("replay_run.id", cascade=True)
    number: int = number()
    lead_id: int | None = Field(
        default=None, sa_type=sa.BigInteger, nullable=True, index=True, foreign_key="lead.id", ondelete="CASCADE"
    )
    compared: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True), nullable=True)  # pyright: ignore[reportArgumentType]
