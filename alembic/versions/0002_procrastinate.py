"""procrastinate 3.10: the job queue's own tables and functions"""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = Path(__file__).parents[1] / "sql" / "procrastinate_3_10.sql"


def upgrade() -> None:
    # Without parameters psycopg leaves the percent signs of the script alone; SQLAlchemy always passes some.
    with op.get_bind().connection.cursor() as cursor:
        cursor.execute(SCHEMA.read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute(
        "drop table if exists procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs,"
        " procrastinate_workers cascade"
    )
