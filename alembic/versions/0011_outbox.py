"""an index of the webhooks whose bodies are still kept, so that emptying them does not pass by all others"""

import sqlalchemy as sa

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("raw_event_full", "raw_event", ["received_at"], postgresql_where=sa.text("body <> ''"))


def downgrade() -> None:
    op.drop_index("raw_event_full", table_name="raw_event")
