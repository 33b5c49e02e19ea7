"""Table of the interview: what is known of a lead, and how the asking stands."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import SQLModel

from app.columns import created, document, identity, moment, number, reference, text, word
from app.vocabulary import QualificationStatus


class Qualification(SQLModel, table=True):
    """The interview with one lead.

    ``facts`` maps a fact's name to ``{value, confidence, quote, message_id, locked_by}``; ``progress`` is the
    JSON form of ``app.qualification.dialogue.Progress``.
    """

    __tablename__ = "qualification"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (sa.Index("qualification_finished", "finished_at"),)

    id: int | None = identity()
    lead_id: int = reference("lead.id", cascade=True, index=True)
    playbook: str = word(64)
    playbook_version: str = word(64)
    facts: dict[str, Any] = document()
    progress: dict[str, Any] = document()
    turns: int = number()
    status: str = word(default=QualificationStatus.ACTIVE)
    handover_reason: str | None = text(default=None, optional=True)
    started_at: datetime = created()
    finished_at: datetime | None = moment()
