"""Tables of a lead: the person, the addresses, and the history of what was done."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from app.columns import created, document, flag, identity, moment, number, reference, text, word
from app.vocabulary import Automation, Source, Stage


class Lead(SQLModel, table=True):
    """A person who wrote to the business, as the board shows them.

    ``version`` grows with every change that a card shows. ``placed_version`` is the version at which a person last
    moved or assigned it: a move by somebody who saw an older version is refused, while a mere message makes nobody's
    move stale.
    The ``*_due_at`` columns are what the worker's sweeps look for: nothing else schedules the future. ``turn_trace``
    holds the traces of the webhooks that the due turn answers, the newest first; null where nothing is traced.
    ``temperature``, ``risk`` and ``score`` are what counts: a person's verdict (``rated_by``) before the machine's
    newest rating, which the silence since ``silent_since`` may have lowered. While ``blind``, consultants do
    not see them; ``sampled`` says whether the lead was drawn for that, None before its first rating. ``unassigned_why``
    explains why nobody could take the lead when that was tried last.
    """

    __tablename__ = "lead"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (
        sa.Index("lead_turn_due", "turn_due_at", postgresql_where=sa.text("turn_due_at is not null")),
        sa.Index("lead_assign_due", "assign_due_at", postgresql_where=sa.text("assign_due_at is not null")),
        sa.Index("lead_abandon_due", "abandon_due_at", postgresql_where=sa.text("abandon_due_at is not null")),
        sa.Index("lead_resume_due", "resume_due_at", postgresql_where=sa.text("resume_due_at is not null")),
        sa.Index("lead_follow_up_due", "follow_up_due_at", postgresql_where=sa.text("follow_up_due_at is not null")),
        sa.Index("lead_silent", "silent_since", postgresql_where=sa.text("silent_since is not null")),
        sa.Index("lead_board", "stage", "position"),
        sa.Index("lead_owner", "owner_id"),
        sa.Index("lead_newest", "created_at", "id"),
        sa.Index("lead_search", "search", postgresql_ops={"search": "text_pattern_ops"}),
        sa.Index("lead_words", sa.text("to_tsvector('simple', search)"), postgresql_using="gin"),
    )

    id: int | None = identity()
    name: str = text()
    interest: str = text()
    search: str = text()
    source: str = word(default=Source.WHATSAPP)
    language: str | None = word(8, optional=True)
    stage: str = word(default=Stage.NEW)
    position: float = Field(default=0.0, sa_type=sa.Float, nullable=False, sa_column_kwargs={"server_default": "0"})
    owner_id: int | None = reference("team_user.id", optional=True)
    automation: str = word(default=Automation.AGENT)
    temperature: str | None = word(8, optional=True)
    risk: str | None = word(8, optional=True)
    score: int | None = Field(default=None, nullable=True)
    sampled: bool | None = Field(default=None, sa_type=sa.Boolean, nullable=True)
    blind: bool = flag()
    rated_by: str | None = text(default=None, optional=True)
    silent_since: datetime | None = moment()
    facts_known: int = number()
    facts_total: int = number(7)
    preview: str = text()
    preview_author: str | None = word(optional=True)
    preview_kind: str | None = word(optional=True)
    unread: int = number()
    version: int = number(1)
    placed_version: int = number(1)
    last_session: str | None = word(optional=True)
    last_inbound_id: int | None = Field(default=None, sa_type=sa.BigInteger, nullable=True)
    answered_id: int | None = Field(default=None, sa_type=sa.BigInteger, nullable=True)
    drafts_dropped: int = number()
    first_inbound_at: datetime | None = moment()
    last_inbound_at: datetime | None = moment()
    first_contact_at: datetime | None = moment()
    human_contact_at: datetime | None = moment()
    first_unanswered_at: datetime | None = moment()
    turn_due_at: datetime | None = moment()
    turn_trace: str | None = text(default=None, optional=True)
    assign_due_at: datetime | None = moment()
    unassigned_why: dict[str, Any] | None = document(optional=True)
    abandon_due_at: datetime | None = moment()
    resume_due_at: datetime | None = moment()
    follow_up_due_at: datetime | None = moment()
    waiting_since: datetime | None = moment()
    due_at: datetime | None = moment()
    qualified_at: datetime | None = moment()
    opted_out_at: datetime | None = moment()
    moved_by: str | None = text(default=None, optional=True)
    moved_at: datetime | None = moment()
    created_at: datetime = created()
    updated_at: datetime = created()


class LeadIdentity(SQLModel, table=True):
    """One address of a lead on a gateway. A phone is an address among others, never the key of a person."""

    __tablename__ = "lead_identity"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (
        sa.UniqueConstraint("gateway", "kind", "value", name="lead_identity_once"),
        sa.Index("lead_identity_lead", "lead_id"),
        sa.Index(
            "lead_identity_suffix",
            sa.func.reverse(sa.column("value")).label("backwards"),
            postgresql_ops={"backwards": "text_pattern_ops"},
        ),
    )

    id: int | None = identity()
    lead_id: int = reference("lead.id", cascade=True)
    gateway: str = word()
    kind: str = word()
    value: str = text()
    created_at: datetime = created()


class StageChange(SQLModel, table=True):
    """A lead went from one stage to another."""

    __tablename__ = "stage_change"  # pyright: ignore[reportAssignmentType]

    id: int | None = identity()
    lead_id: int = reference("lead.id", cascade=True, index=True)
    before: str | None = word(optional=True)
    after: str = word()
    by_user_id: int | None = reference("team_user.id", optional=True)
    by_name: str = text()
    at: datetime = created()


class LedgerEvent(SQLModel, table=True):
    """One business event, written in the transaction of the change that it counts; metrics are folded from here."""

    __tablename__ = "ledger"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (
        sa.Index("ledger_unfolded", "id", postgresql_where=sa.text("folded_at is null")),
        sa.Index("ledger_at", "at", postgresql_using="brin"),
        # All but the rows of messages, which are most of the ledger and which no report asks for.
        sa.Index(
            "ledger_business",
            "kind",
            "at",
            postgresql_where=sa.text("kind <> all (array['message_persisted', 'message_status'])"),
        ),
    )

    id: int | None = identity()
    kind: str = word(48)
    labels: dict[str, str] = document()
    lead_id: int | None = Field(default=None, sa_type=sa.BigInteger, nullable=True, index=True)
    amount: float = Field(default=1.0, sa_type=sa.Float, nullable=False, sa_column_kwargs={"server_default": "1"})
    at: datetime = created()
    folded_at: datetime | None = moment()


class LedgerTotal(SQLModel, table=True):
    """The sum of the folded rows of one kind with the same labels. Decimal, so that no order of adding changes it."""

    __tablename__ = "ledger_total"  # pyright: ignore[reportAssignmentType]

    kind: str = Field(primary_key=True, sa_type=sa.String(48))  # pyright: ignore[reportArgumentType]
    labels: dict[str, str] = Field(primary_key=True, sa_type=JSONB)
    amount: Decimal = Field(default=Decimal(0), sa_type=sa.Numeric, nullable=False)


class AuditEvent(SQLModel, table=True):
    """Who did what to whom, for people who have to answer for it later."""

    __tablename__ = "audit_event"  # pyright: ignore[reportAssignmentType]

    id: int | None = identity()
    lead_id: int | None = Field(default=None, sa_type=sa.BigInteger, nullable=True, index=True)
    user_id: int | None = reference("team_user.id", optional=True)
    action: str = word(48)
    details: dict[str, object] = document()
    at: datetime = created()


class Erasure(SQLModel, table=True):
    """An address whose lead was erased: what was written before that, and comes again, must not bring the lead back."""

    __tablename__ = "erasure"  # pyright: ignore[reportAssignmentType]
    __table_args__: ClassVar[Any] = (sa.UniqueConstraint("address_sha256", name="erasure_once"),)

    id: int | None = identity()
    address_sha256: bytes = Field(sa_type=sa.LargeBinary, nullable=False)
    erased_at: datetime = created()


class Consent(SQLModel, table=True):
    """A lead allowed or forbade contact; the newest row counts."""

    __tablename__ = "consent"  # pyright: ignore[reportAssignmentType]

    id: int | None = identity()
    lead_id: int = reference("lead.id", cascade=True, index=True)
    granted: bool = flag()
    how: str = word(48)
    message_id: int | None = Field(default=None, sa_type=sa.BigInteger, nullable=True)
    at: datetime = created()
