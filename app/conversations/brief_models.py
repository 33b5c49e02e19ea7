"""Table of the briefs that consultants find pinned over a chat when they are given a lead."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import SQLModel

from app.columns import created, document, identity, reference, text, word
from app.vocabulary import Language, Method


class Brief(SQLModel, table=True):
    """What a consultant should know of a lead, one for each assignment, in the team's language.

    ``suggestion`` is the next message, in the lead's language, still to be signed. ``objections`` is a list of
    ``{kind, quote}``.
    """

    __tablename__ = "brief"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (sa.UniqueConstraint("assignment_id", name="brief_once"),)

    id: int | None = identity()
    lead_id: int = reference("lead.id", cascade=True, index=True)
    assignment_id: int = reference("assignment.id", cascade=True)
    wants: str = text()
    money: str = text()
    decision: str = text()
    risk: str = text()
    mood: str = text()
    suggestion: str = text()
    objections: list[dict[str, Any]] = document(default="[]")
    language: str = word(8, default=Language.EN)
    method: str = word(default=Method.RULES)
    model: str | None = text(default=None, optional=True)
    made_at: datetime = created()
