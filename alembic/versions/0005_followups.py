"""messages to leads who fell silent, and what stays of a lead who was erased"""

import sqlalchemy as sa

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "follow_up",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("interview", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), server_default="1", nullable=False),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lead_id", "interview", "stage", "number", name="follow_up_once"),
    )
    op.create_index("follow_up_message", "follow_up", ["message_id"])
    op.create_index("follow_up_open", "follow_up", ["sent_at"], postgresql_where=sa.text("status = 'sent'"))
    op.create_table(
        "erasure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("address_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("address_sha256", name="erasure_once"),
    )
    op.add_column("lead", sa.Column("follow_up_due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "lead_follow_up_due",
        "lead",
        ["follow_up_due_at"],
        postgresql_where=sa.text("follow_up_due_at is not null"),
    )
    op.add_column("message", sa.Column("send_before", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "send_before")
    op.drop_index("lead_follow_up_due", table_name="lead")
    op.drop_column("lead", "follow_up_due_at")
    op.drop_table("erasure")
    op.drop_table("follow_up")
