"""Tables of the judgement of a lead: each one the machine made, and what humans said of it."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.columns import created, document, flag, identity, number, reference, text, word


class ClassificationRow(SQLModel, table=True):
    """One judgement; append only, the newest counts. ``reasons`` is a list of ``{factor, points, text}``."""

    __tablename__ = "classification"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (sa.Index("classification_newest", "lead_id", "id"),)

    id: int | None = identity()
    lead_id: int = reference("lead.id", cascade=True)
    temperature: str = word(8)
    risk: str = word(8)
    score: int = number()
    confidence: float = Field(default=0.0, sa_type=sa.Float, nullable=False)
    reasons: list[dict[str, Any]] = document(default="[]")
    method: str = word()
    fallback_reason: str | None = word(32, optional=True)
    model: str | None = text(default=None, optional=True)
    tokens: int | None = Field(default=None, nullable=True)
    cost_usd: float | None = Field(default=None, nullable=True)
    latency_ms: float | None = Field(default=None, nullable=True)
    made_at: datetime = created()


class Verdict(SQLModel, table=True):
    """What a human said a lead's temperature and risk are; agreement is measured against it."""

    __tablename__ = "verdict"  # pyright: ignore[reportAssignmentType]

    id: int | None = identity()
    lead_id: int = reference("lead.id", cascade=True, index=True)
    classification_id: int = reference("classification.id", cascade=True)
    user_id: int | None = reference("team_user.id", optional=True)
    temperature: str = word(8)
    risk: str = word(8)
    blind: bool = flag()
    at: datetime = created()
