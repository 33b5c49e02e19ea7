"""Tables of the team: its members, when they work, and how they prove who they are."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.columns import created, document, flag, identity, moment, reference, text, word
from app.vocabulary import Role


class User(SQLModel, table=True):
    """A member of the team. Consultants get leads while they are active and on duty."""

    __tablename__ = "team_user"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (sa.Index("team_user_email", sa.text("lower(email)"), unique=True),)

    id: int | None = identity()
    email: str = text(default=None)
    name: str = text(default=None)
    role: str = word(default=Role.CONSULTANT)
    password_hash: str | None = text(default=None, optional=True)
    active: bool = flag(default=True)
    on_duty: bool = flag(default=True)
    weight: float = Field(default=1.0, sa_type=sa.Float, nullable=False, sa_column_kwargs={"server_default": "1"})
    capacity: int | None = Field(default=None, nullable=True)
    skills: list[str] = document(default="[]")
    languages: list[str] = document(default="[]")
    timezone: str = word(64, default="UTC")
    settings: dict[str, Any] = document()
    roster_since: datetime = created()
    last_assigned_at: datetime | None = moment()
    created_at: datetime = created()


class SignIn(SQLModel, table=True):
    """A signed-in browser; the cookie itself is never stored, only its hash."""

    __tablename__ = "sign_in"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (sa.Index("sign_in_cookie", "cookie_sha256", unique=True),)

    id: int | None = identity()
    user_id: int = reference("team_user.id", cascade=True, index=True)
    cookie_sha256: bytes = Field(sa_type=sa.LargeBinary, nullable=False)
    agent: str = word(64, default="")
    created_at: datetime = created()
    seen_at: datetime = created()
    expires_at: datetime = moment(optional=False)
    revoked_at: datetime | None = moment()


class SignInTry(SQLModel, table=True):
    """A failed sign-in, counted by account and by address (both hashed) to slow down guessing."""

    __tablename__ = "sign_in_try"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (sa.Index("sign_in_try_subject", "subject", "at"),)

    id: int | None = identity()
    subject: str = word(80)
    at: datetime = created()


class ApiToken(SQLModel, table=True):
    """A token of the REST API; only its hash is stored."""

    __tablename__ = "api_token"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (sa.Index("api_token_hash", "token_sha256", unique=True),)

    id: int | None = identity()
    name: str = text(default=None)
    user_id: int | None = reference("team_user.id", optional=True)
    token_sha256: bytes = Field(sa_type=sa.LargeBinary, nullable=False)
    scope: str = word(default="read")
    created_at: datetime = created()
    used_at: datetime | None = moment()
    expires_at: datetime | None = moment()
    revoked_at: datetime | None = moment()
