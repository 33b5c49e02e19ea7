"""what consultants say of temperature and risk, what silence does to a rating, and the brief at the handing over"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _ratings()
    _verdicts()
    _briefs()


def _ratings() -> None:
    op.add_column("lead", sa.Column("sampled", sa.Boolean(), nullable=True))
    op.add_column("lead", sa.Column("blind", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("lead", sa.Column("rated_by", sa.Text(), nullable=True))
    op.add_column("lead", sa.Column("silent_since", MOMENT, nullable=True))
    op.create_index("lead_silent", "lead", ["silent_since"], postgresql_where=sa.text("silent_since is not null"))
    # Ratings that everybody has seen by now cannot be asked for blindly any more.
    op.execute("update lead set sampled = false where temperature is not null")
    op.add_column("classification", sa.Column("lowered_from", sa.BigInteger(), nullable=True))


def _verdicts() -> None:
    op.drop_column("verdict", "blind")
    op.add_column("verdict", sa.Column("method", sa.String(16), server_default="rules", nullable=False))
    op.add_column("verdict", sa.Column("sample", sa.String(16), server_default="override", nullable=False))
    op.add_column("verdict", sa.Column("withdrawn_at", MOMENT, nullable=True))


def _briefs() -> None:
    op.create_table(
        "brief",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("assignment_id", sa.BigInteger(), nullable=False),
        sa.Column("wants", sa.Text(), server_default="", nullable=False),
        sa.Column("money", sa.Text(), server_default="", nullable=False),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.Column("risk", sa.Text(), server_default="", nullable=False),
        sa.Column("mood", sa.Text(), server_default="", nullable=False),
        sa.Column("suggestion", sa.Text(), server_default="", nullable=False),
        sa.Column("objections", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("language", sa.String(8), server_default="en", nullable=False),
        sa.Column("method", sa.String(16), server_default="rules", nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("made_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("assignment_id", name="brief_once"),
    )
    op.create_index("ix_brief_lead_id", "brief", ["lead_id"])
    op.add_column("assignment", sa.Column("briefed_at", MOMENT, nullable=True))
    op.create_index(
        "assignment_unbriefed",
        "assignment",
        ["id"],
        postgresql_where=sa.text("briefed_at is null and released_at is null"),
    )


def downgrade() -> None:
    op.drop_index("assignment_unbriefed", table_name="assignment")
    op.drop_column("assignment", "briefed_at")
    op.drop_table("brief")
    for column in ("withdrawn_at", "sample", "method"):
        op.drop_column("verdict", column)
    op.add_column("verdict", sa.Column("blind", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_column("classification", "lowered_from")
    op.drop_index("lead_silent", table_name="lead")
    for column in ("silent_since", "rated_by", "blind", "sampled"):
        op.drop_column("lead", column)
