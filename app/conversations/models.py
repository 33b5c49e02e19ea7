"""Table of the follow-ups: what was done about the silence of a lead, or why nothing was."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.columns import created, identity, moment, number, reference, word


class FollowUp(SQLModel, table=True):
    """One follow-up: a message of the agent to the lead, or a reminder to the consultant.

    ``interview`` is the qualification it belongs to, 0 when there is none. The row is committed as ``reserved`` before
    anything is written; ``number`` counts within the interview and the stage, so that nothing is said twice.
    ``message_id`` is what was written, ``reason`` why nothing was, or why it was called off.
    """

    __tablename__ = "follow_up"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (
        sa.UniqueConstraint("lead_id", "interview", "stage", "number", name="follow_up_once"),
        sa.Index("follow_up_message", "message_id"),
        sa.Index("follow_up_open", "sent_at", postgresql_where=sa.text("status = 'sent'")),
    )

    id: int | None = identity()
    lead_id: int = reference("lead.id", cascade=True)
    interview: int = Field(default=0, sa_type=sa.BigInteger, nullable=False, sa_column_kwargs={"server_default": "0"})
    stage: str = word()
    number: int = number(1)
    audience: str = word()
    status: str = word()
    reason: str | None = word(32, optional=True)
    message_id: int | None = Field(default=None, sa_type=sa.BigInteger, nullable=True)
    made_at: datetime = created()
    sent_at: datetime | None = moment()
    answered_at: datetime | None = moment()
