"""messages that the agent leaves to the team, and what the ledger was told of an interview that may go on"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# What was counted of interviews that have ended: else a lead who returns would be counted in full once more.
_COUNTED = """
update qualification set counted = told.counted
from (
    select lead_id, jsonb_build_object(
        'engagement', coalesce((array_agg(labels ->> 'engagement' order by id))[1], 'low'),
        'expected', coalesce(sum(amount) filter (where kind = 'facts_expected'), 0)::int,
        'collected', coalesce(sum(amount) filter (where kind = 'facts_collected'), 0)::int) as counted
    from ledger where kind in ('facts_expected', 'facts_collected') and lead_id is not null group by lead_id
) as told
where told.lead_id = qualification.lead_id and qualification.status <> 'active'
"""


def upgrade() -> None:
    op.add_column("message", sa.Column("past_answering", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("qualification", sa.Column("counted", JSONB(astext_type=sa.Text()), nullable=True))
    op.execute(_COUNTED)


def downgrade() -> None:
    op.drop_column("qualification", "counted")
    op.drop_column("message", "past_answering")
