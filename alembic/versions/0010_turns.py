"""messages that the agent leaves to the team, and what the ledger was told of an interview that may go on"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("past_answering", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("qualification", sa.Column("counted", JSONB(astext_type=sa.Text()), nullable=True))


def downgrade() -> None:
    op.drop_column("qualification", "counted")
    op.drop_column("message", "past_answering")
