"""where a trace goes on: its context beside due rows and messages"""

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lead", sa.Column("turn_trace", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("trace", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "trace")
    op.drop_column("lead", "turn_trace")
