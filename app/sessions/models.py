"""Tables of the two WhatsApp sessions: how they are now, and each time that changed."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.columns import created, identity, moment, number, text, word


class SessionState(SQLModel, table=True):
    """What is known of one session at present."""

    __tablename__ = "session_state"  # pyright: ignore[reportAssignmentType]

    name: str = Field(primary_key=True, sa_type=sa.String(64))  # pyright: ignore[reportArgumentType]
    status: str = word()
    raw_status: str = word(48, default="")
    me: str | None = text(default=None, optional=True)
    since: datetime = created()
    checked_at: datetime | None = moment()
    alive_at: datetime | None = moment()
    down_since: datetime | None = moment()
    restarts: int = number()
    restart_due_at: datetime | None = moment()
    reconciled_at: datetime | None = moment()
    missing: int = number()
    gateway_started: int | None = Field(default=None, sa_type=sa.BigInteger, nullable=True)


class SessionEvent(SQLModel, table=True):
    """A session changed its status: a transition, not a repetition."""

    __tablename__ = "session_event"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (sa.Index("session_event_newest", "session", "at"),)

    id: int | None = identity()
    session: str = word(64)
    before: str | None = word(optional=True)
    status: str = word()
    raw_status: str = word(48, default="")
    cause: str | None = word(32, optional=True)
    recovery_seconds: float | None = Field(default=None, nullable=True)
    at: datetime = created()
