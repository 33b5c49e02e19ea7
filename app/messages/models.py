"""Tables of the conversation: raw events as they came, messages, and acks that came too early."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.columns import created, document, flag, identity, moment, number, reference, text, word
from app.vocabulary import MessageKind


class RawEvent(SQLModel, table=True):
    """A webhook's body, byte for byte. It is stored before anything is understood, so that a fix can replay it."""

    __tablename__ = "raw_event"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (
        sa.UniqueConstraint("provider", "session", "sha256", name="raw_event_once"),
        sa.Index("raw_event_failed", "id", postgresql_where=sa.text("error is not null")),
        sa.Index("raw_event_lead", "lead_id"),
        sa.Index("raw_event_received", "received_at"),
        sa.Index("raw_event_full", "received_at", postgresql_where=sa.text("body <> ''")),
    )

    id: int | None = identity()
    provider: str = word()
    session: str = word(64)
    sha256: bytes = Field(sa_type=sa.LargeBinary, nullable=False)
    body: bytes = Field(sa_type=sa.LargeBinary, nullable=False)
    headers: dict[str, str] = document()
    kind: str | None = word(optional=True)
    lead_id: int | None = Field(default=None, sa_type=sa.BigInteger, nullable=True)
    received_at: datetime = created()
    processed_at: datetime | None = moment()
    error: str | None = text(default=None, optional=True)


class Message(SQLModel, table=True):
    """One message of a chat, in or out, or a note that stays inside the team.

    ``trace`` is the trace in which a message going out was written; null where nothing is traced. The agent owes no
    answer to what is ``past_answering``: it was too old when it came, or was answered before two records became one.
    """

    __tablename__ = "message"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (
        sa.Index(
            "message_once",
            "session",
            "gateway_id",
            unique=True,
            postgresql_where=sa.text("gateway_id is not null"),
        ),
        sa.Index("message_chat", "lead_id", "id"),
        sa.Index(
            "message_draft",
            "author_id",
            "draft_id",
            unique=True,
            postgresql_where=sa.text("draft_id is not null"),
        ),
        sa.Index(
            "message_outbox",
            "lead_id",
            "session",
            "id",
            postgresql_where=sa.text("status in ('queued', 'sending')"),
        ),
        sa.Index("message_send_due", "send_due_at", postgresql_where=sa.text("send_due_at is not null")),
        sa.Index(
            "message_written",
            "created_at",
            postgresql_using="brin",
            postgresql_with={"autosummarize": "on", "pages_per_range": "32"},
        ),
    )

    id: int | None = identity()
    lead_id: int = reference("lead.id", cascade=True)
    session: str = word(64)
    direction: str = word(4)
    author: str = word()
    author_id: int | None = reference("team_user.id", optional=True)
    kind: str = word(default=MessageKind.TEXT)
    draft_id: str | None = word(64, optional=True)
    purpose: str | None = word(24, optional=True)
    method: str | None = word(optional=True)
    body: str = text()
    media: dict[str, object] | None = document(optional=True)
    gateway_id: str | None = word(128, optional=True)
    reply_to: str | None = word(128, optional=True)
    status: str = word()
    error: str | None = text(default=None, optional=True)
    attempts: int = number()
    send_due_at: datetime | None = moment()
    send_before: datetime | None = moment()
    claimed_at: datetime | None = moment()
    quiet_until: datetime | None = moment()
    past_answering: bool = flag()
    trace: str | None = word(64, optional=True)
    at: datetime = created()
    created_at: datetime = created()
    accepted_at: datetime | None = moment()
    sent_at: datetime | None = moment()
    delivered_at: datetime | None = moment()
    read_at: datetime | None = moment()
    failed_at: datetime | None = moment()
    edited_at: datetime | None = moment()
    revoked_at: datetime | None = moment()


class PendingAck(SQLModel, table=True):
    """An ack whose message is not known yet; applied when it appears, dropped after ten minutes."""

    __tablename__ = "pending_ack"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (sa.UniqueConstraint("session", "gateway_id", "status", name="pending_ack_once"),)

    id: int | None = identity()
    session: str = word(64)
    gateway_id: str = word(128)
    status: str = word()
    at: datetime = created()
    received_at: datetime = created()
