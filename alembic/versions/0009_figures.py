"""what the figures need: folded ledger, lives of processes, comparisons with the gateway, evaluations"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "ledger_total",
        sa.Column("kind", sa.String(48), primary_key=True),
        sa.Column("labels", JSONB(astext_type=sa.Text()), primary_key=True),
        sa.Column("amount", sa.Numeric(), nullable=False),
    )
    op.create_index("ledger_at", "ledger", ["at"], postgresql_using="brin", postgresql_with={"autosummarize": "on"})
    op.create_table(
        "process_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("instance", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.String(64), server_default="", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("alive_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(16), nullable=True),
        sa.Column("shutdown_seconds", sa.Float(), nullable=True),
    )
    op.create_index(
        "process_run_living", "process_run", ["role", "instance"], postgresql_where=sa.text("stopped_at is null")
    )
    op.create_table(
        "evaluation",
        sa.Column("dataset", sa.String(16), primary_key=True),
        sa.Column("method", sa.String(16), primary_key=True),
        sa.Column("accuracy", sa.Float(), nullable=False),
        sa.Column("macro_f1", sa.Float(), nullable=False),
        sa.Column("cohen_kappa", sa.Float(), nullable=False),
        sa.Column("samples", sa.Integer(), server_default="0", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    )
    op.add_column("session_state", sa.Column("reconciled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("session_state", sa.Column("missing", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("session_state", "missing")
    op.drop_column("session_state", "reconciled_at")
    op.drop_table("evaluation")
    op.drop_table("process_run")
    op.drop_index("ledger_at", table_name="ledger")
    op.drop_table("ledger_total")
