"""What a person wrote is stored once, however often their browser sends it: each draft has an id of its own."""

import sqlalchemy as sa

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the id, and hold it unique for each author."""
    op.add_column("message", sa.Column("draft_id", sa.String(64), nullable=True))
    op.create_index(
        "message_draft",
        "message",
        ["author_id", "draft_id"],
        unique=True,
        postgresql_where=sa.text("draft_id is not null"),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_index("message_draft", "message")
    op.drop_column("message", "draft_id")
