"""Tables of the judgement of a lead: each one the machine made, and what people said of it."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.columns import created, document, identity, moment, number, reference, text, word
from app.vocabulary import Method, Sample


class ClassificationRow(SQLModel, table=True):
    """One judgement; append only, the newest counts. ``reasons`` is a list of ``{factor, points, text}``.

    ``lowered_from`` is the judgement that silence lowered to this one; None for one that was made from the chat.
    """

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
    lowered_from: int | None = Field(default=None, sa_type=sa.BigInteger, nullable=True)
    made_at: datetime = created()


class Verdict(SQLModel, table=True):
    """What a person said a lead's temperature and risk are; agreement is measured against it.

    ``method`` is who made the judgement that it is about. ``sample`` says whether the person was asked blindly
    (``random``) or spoke up unasked (``override``). ``withdrawn_at`` is set when they took it back or said another.
    """

    __tablename__ = "verdict"  # pyright: ignore[reportAssignmentType]

    id: int | None = identity()
    lead_id: int = reference("lead.id", cascade=True, index=True)
    classification_id: int = reference("classification.id", cascade=True)
    user_id: int | None = reference("team_user.id", optional=True)
    temperature: str = word(8)
    risk: str = word(8)
    method: str = word(default=Method.RULES)
    sample: str = word(default=Sample.OVERRIDE)
    withdrawn_at: datetime | None = moment()
    at: datetime = created()
