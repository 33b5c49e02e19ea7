"""Tables of the figures: the lives of our processes, and how well each method judged."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.columns import created, identity, moment, number, text, word


class ProcessRun(SQLModel, table=True):
    """One life of a process. ``instance`` names its place, which two living processes never share."""

    __tablename__ = "process_run"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (
        sa.Index("process_run_living", "role", "instance", postgresql_where=sa.text("stopped_at is null")),
    )

    id: int | None = identity()
    role: str = word()
    instance: str = text()
    version: str = word(64, default="")
    started_at: datetime = created()
    alive_at: datetime = created()
    stopped_at: datetime | None = moment()
    outcome: str | None = word(optional=True)
    shutdown_seconds: float | None = Field(default=None, nullable=True)


class Evaluation(SQLModel, table=True):
    """How a method did against labels by experts, the last time it was tried on a data set."""

    __tablename__ = "evaluation"  # pyright: ignore[reportAssignmentType]

    dataset: str = Field(primary_key=True, sa_type=sa.String(16))  # pyright: ignore[reportArgumentType]
    method: str = Field(primary_key=True, sa_type=sa.String(16))  # pyright: ignore[reportArgumentType]
    accuracy: float = Field(default=0.0, sa_type=sa.Float, nullable=False)
    macro_f1: float = Field(default=0.0, sa_type=sa.Float, nullable=False)
    cohen_kappa: float = Field(default=0.0, sa_type=sa.Float, nullable=False)
    samples: int = number()
    at: datetime = created()
