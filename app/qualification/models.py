"""Tables of the interview: what is known of a lead, how the asking stands, and the playbooks that managers made."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import SQLModel

from app.columns import created, document, flag, identity, moment, number, reference, text, word
from app.vocabulary import QualificationStatus


class Qualification(SQLModel, table=True):
    """The interview with one lead.

    ``facts`` maps a fact's name to ``{value, confidence, quote, message_id, locked_by}``; ``progress`` is the
    JSON form of ``app.qualification.dialogue.Progress``. ``counted`` is what the ledger was told of its facts when it
    ended: ``{engagement, expected, collected}``, null before. ``status`` and ``finished_at`` are those of the first end
    that silence or an opt-out taken back did not undo.
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
    counted: dict[str, Any] | None = document(optional=True)


class PlaybookVersion(SQLModel, table=True):
    """A playbook as a manager saved it. Rows are added, never changed, but for which one is published.

    ``number`` counts from 1; ``yaml`` is its text, which in a draft may have mistakes; ``playbook`` is the id inside,
    empty where it has none; ``published_at`` is when it was published last.
    """

    __tablename__ = "playbook_version"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (
        sa.UniqueConstraint("number", name="playbook_version_number"),
        sa.Index("playbook_version_published", "published", unique=True, postgresql_where=sa.text("published")),
    )

    id: int | None = identity()
    number: int = number()
    playbook: str = word(64, default="")
    yaml: str = text()
    note: str = text()
    by_user_id: int | None = reference("team_user.id", optional=True)
    by_name: str = text()
    created_at: datetime = created()
    published: bool = flag()
    published_at: datetime | None = moment()
