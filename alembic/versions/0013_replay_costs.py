"""what a replay has spent and read so far"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("replay_run", sa.Column("spent_usd", sa.Float(), server_default="0", nullable=False))
    op.add_column("replay_run", sa.Column("attempts", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        "replay_run_open", "replay_run", ["id"], postgresql_where=sa.text("status in ('queued', 'running')")
    )
    op.create_table(
        "replay_chat",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=True),
        sa.Column("compared", JSONB(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["replay_run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("run_id", "number", name="replay_chat_once"),
    )
    op.create_index("ix_replay_chat_lead_id", "replay_chat", ["lead_id"])


def downgrade() -> None:
    op.drop_table("replay_chat")
    op.drop_index("replay_run_open", table_name="replay_run")
    op.drop_column("replay_run", "attempts")
    op.drop_column("replay_run", "spent_usd")
