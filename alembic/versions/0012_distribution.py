"""why a lead waits for a consultant, shares that count what is given by hand, messages found later, no shifts"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# What each consultant was due of each lead that was given by turn or by hand: their part of the weights of those who
# could take it. What somebody took themselves is nobody's due.
ENTITLEMENT = """
create or replace view reporting.entitlement as
select
    given.id as assignment_id,
    given.assigned_at,
    lead.source,
    line.user_id as consultant_id,
    member.name as consultant,
    (line.user_id = given.consultant_id)::int as got,
    line.due
from assignment given
join lead on lead.id = given.lead_id
cross join lateral (
    select user_id, coalesce(due / nullif(sum(due) over (), 0), 0) as due
    from jsonb_to_recordset({considered}) as considered (user_id bigint, due double precision)
) line
join team_user member on member.id = line.user_id
where given.reason {reasons}
"""
NOW = ENTITLEMENT.format(
    considered="coalesce(given.why -> 'entitled', given.why -> 'considered')", reasons="<> 'taken'"
)
BEFORE = ENTITLEMENT.format(considered="given.why -> 'considered'", reasons="= 'round_robin'")

# Found in the history and stored: late, and not lost.
RECOVERED = """
update {table} set kind = 'message_recovered', labels = labels - 'reason'
where kind = 'message_lost' and labels ->> 'reason' = 'reconcile_gap'
"""
LOST = """
update {table} set kind = 'message_lost', labels = labels || '{{"reason": "reconcile_gap"}}'
where kind = 'message_recovered'
"""


def upgrade() -> None:
    op.add_column("lead", sa.Column("unassigned_why", JSONB(astext_type=sa.Text()), nullable=True))
    op.execute(NOW)
    for table in ("ledger", "ledger_total"):
        op.execute(RECOVERED.format(table=table))
    op.drop_table("shift")


def downgrade() -> None:
    op.create_table(
        "shift",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("weekday", sa.Integer(), server_default="0", nullable=False),
        sa.Column("starts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ends", sa.Integer(), server_default="1440", nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["team_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_shift_user_id", "shift", ["user_id"])
    for table in ("ledger", "ledger_total"):
        op.execute(LOST.format(table=table))
    op.execute(BEFORE)
    op.drop_column("lead", "unassigned_why")
