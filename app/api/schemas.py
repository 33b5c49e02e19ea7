"""What the REST API takes and gives, as its OpenAPI document describes it."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.api.cursor import LARGEST_ID
from app.vocabulary import (
    Author,
    Automation,
    DeliveryStatus,
    Direction,
    Language,
    MessageKind,
    Method,
    Outcome,
    QualificationStatus,
    Risk,
    Source,
    Stage,
    Temperature,
)


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("text must not contain the character NUL")
    return text


def _written_out(value: object) -> object:
    """A number is no moment, although it could be read as seconds since 1970."""
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value) is None:
        raise ValueError("a moment is written as 2026-11-23T09:00:00Z")
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the moment lies outside of the calendar") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_utc)]
"""A point in time with its zone, kept in UTC."""

Storable = AfterValidator(_storable)
"""PostgreSQL keeps every character but NUL."""

MOST_ROWS = 200

Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), Storable]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=32), Storable]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Given(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LeadQuery(_Given):
    """Which leads to list."""

    stage: Stage | None = None
    temperature: Temperature | None = None
    owner: Id | Literal["none"] | None = Field(default=None, description="Id of a consultant, or `none`.")
    created_after: Moment | None = None
    q: Annotated[str, StringConstraints(max_length=200), Storable] | None = Field(
        default=None, description="Beginnings of words, or the last four or more digits of a number."
    )
    cursor: str | None = Field(default=None, max_length=64, description="The `next` of the page before.")
    limit: int = Field(default=50, ge=1, le=MOST_ROWS, description="Rows of a page.")


class ErrorFacts(BaseModel):
    """What went wrong: a fixed code, a sentence, and facts that depend on the code."""

    model_config = ConfigDict(extra="allow")

    code: str
    message: str


class ErrorEnvelope(_Shape):
    """The shape of every answer that is not a success."""

    error: ErrorFacts


class Person(_Shape):
    """A member of the team."""

    id: int
    name: str


class ConsultantShape(Person):
    """Somebody to whom a lead can be given; whoever is off duty gets none."""

    on_duty: bool


class ConsultantList(_Shape):
    """All consultants, by name."""

    items: list[ConsultantShape]


class IdentityShape(_Shape):
    """An address of a lead: `kind` is phone, or lid where WhatsApp hides the phone."""

    kind: str
    value: str


class QualificationShape(_Shape):
    """The interview: how it stands, and what it found out."""

    status: QualificationStatus
    outcome: Outcome | None
    started_at: datetime
    completed_at: datetime | None
    facts: dict[str, Any] = Field(description="The value of each known fact, by name.")


class AssignmentShape(_Shape):
    """The consultant that a lead was given to, and why."""

    consultant: str
    consultant_id: int
    assigned_at: datetime
    reason: str


class LeadItem(_Shape):
    """A lead as lists show it."""

    id: int
    name: str
    stage: Stage
    temperature: Temperature | None
    risk: Risk | None
    score: int | None
    owner: Person | None
    automation: Automation
    language: Language | None
    source: Source
    identities: list[IdentityShape]
    qualification: QualificationShape | None
    assignment: AssignmentShape | None
    unread: int
    version: int
    created_at: datetime
    updated_at: datetime


class ReasonShape(_Shape):
    """One factor of a classification, with its points and its explanation."""

    factor: str
    points: float
    text: str


class ClassificationShape(_Shape):
    """The newest judgement of a lead, and what it rests on."""

    temperature: Temperature
    risk: Risk
    score: int
    method: Method
    confidence: float
    reasons: list[ReasonShape]
    made_at: datetime


class LeadDetail(LeadItem):
    """A lead with its classification."""

    classification: ClassificationShape | None


class LeadPage(_Shape):
    """Leads, newest first."""

    items: list[LeadItem]
    next: str | None = Field(description="Cursor of the next page; null on the last one.")


class MessageItem(_Shape):
    """One message of a chat, or a note of the team."""

    id: int
    session: str
    direction: Direction
    author: Author
    author_name: str | None
    kind: MessageKind
    text: str
    status: DeliveryStatus
    error: str | None
    at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None


class MessagePage(_Shape):
    """Messages of a lead, newest first."""

    items: list[MessageItem]
    next: str | None = Field(description="Cursor of the next page; null on the last one.")


class NewLead(_Given):
    """A lead that did not come by WhatsApp."""

    phone: Phone = Field(description="With its country code, such as +1 555 010 0110.")
    name: Name = ""
    source: Literal[Source.FORM, Source.API] = Source.API
    language: Language | None = None


class Move(_Given):
    """The stage to move a lead to, and the version on which the decision rests."""

    stage: Stage
    version: Id = Field(description="The lead's `version` as last read; 409 when it has changed since.")
