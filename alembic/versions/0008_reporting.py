"""the views that dashboards and the Insights page read

They stand in a schema of their own, so that a role may be given them and nothing else: no view shows a telephone
number, an e-mail or a message.
"""

import sqlalchemy as sa

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

LEAD_JOURNEY = """
create view reporting.lead_journey as
select
    lead.id as lead_id,
    lead.source,
    lead.stage,
    lead.temperature,
    lead.created_at,
    extract(epoch from lead.first_contact_at - lead.first_inbound_at) as first_contact_seconds,
    extract(epoch from lead.qualified_at - lead.first_inbound_at) / 60.0 as minutes_to_qualified,
    extract(epoch from given.assigned_at - lead.qualified_at) as assignment_seconds,
    extract(epoch from given.first_contact_at - given.assigned_at) / 60.0 as minutes_to_consultant,
    lead.owner_id as consultant_id,
    lead.risk,
    lead.language,
    lead.qualified_at,
    lead.first_contact_at,
    case when lead.human_contact_at <= lead.first_contact_at then 'human' else 'agent' end as first_contact_by,
    case lead.stage
        when 'won' then 4
        when 'working' then 3
        when 'qualified' then 2
        when 'qualifying' then 1
        when 'lost' then (
            select coalesce(max(array_position(array['new', 'qualifying', 'qualified', 'working', 'won'],
                                               change.before::text)) - 1, 0)
            from stage_change change
            where change.lead_id = lead.id
        )
        else 0
    end as reached
from lead
left join assignment given on given.lead_id = lead.id and given.released_at is null
"""

INTERVIEW = """
create view reporting.interview as
select
    qualification.id as interview_id,
    qualification.lead_id,
    lead.source,
    lead.owner_id as consultant_id,
    qualification.playbook,
    qualification.turns,
    qualification.status as outcome,
    qualification.started_at,
    qualification.finished_at,
    extract(epoch from qualification.finished_at - coalesce(lead.first_inbound_at, qualification.started_at)) / 60.0
        as minutes
from qualification
join lead on lead.id = qualification.lead_id
"""

BUSINESS_EVENT = """
create view reporting.business_event as
select ledger.kind, ledger.labels, ledger.amount, ledger.at, ledger.lead_id, lead.source, lead.owner_id as consultant_id
from ledger
left join lead on lead.id = ledger.lead_id
where ledger.kind <> all (array['message_persisted', 'message_status'])
"""

ASSIGNMENT = """
create view reporting.assignment as
select
    given.id as assignment_id,
    given.lead_id,
    lead.source,
    given.consultant_id,
    member.name as consultant,
    given.reason,
    given.assigned_at,
    given.released_at,
    extract(epoch from given.assigned_at - given.qualified_at) as assignment_seconds,
    extract(epoch from given.first_contact_at - given.assigned_at) as response_seconds
from assignment given
join lead on lead.id = given.lead_id
join team_user member on member.id = given.consultant_id
"""

# What each consultant was due of each lead that was shared out: their part of the weights of those who could take it.
ENTITLEMENT = """
create view reporting.entitlement as
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
    from jsonb_to_recordset(given.why -> 'considered') as considered (user_id bigint, due double precision)
) line
join team_user member on member.id = line.user_id
where given.reason = 'round_robin'
"""

CONSULTANT = """
create view reporting.consultant as
select
    member.id as consultant_id,
    member.name as consultant,
    member.on_duty,
    exists (
        select 1 from assignment given
        where given.consultant_id = member.id and given.assigned_at > now() - interval '24 hours'
    ) as lead_in_24h
from team_user member
where member.role = 'consultant' and member.active
"""

CONSULTANT_WEEK = """
create view reporting.consultant_week as
select
    member.name as consultant,
    count(given.id) filter (where given.assigned_at > now() - interval '7 days') as leads_7d,
    count(given.id) filter (where given.assigned_at > now() - interval '24 hours') as leads_24h,
    (
        select count(*) from lead mine
        join assignment held on held.lead_id = mine.id and held.released_at is null and held.consultant_id = member.id
        where mine.owner_id = member.id and mine.stage not in ('won', 'lost')
    ) as open_leads,
    (
        select count(distinct won.lead_id)
        from stage_change won
        join lead theirs on theirs.id = won.lead_id and theirs.owner_id = member.id
        where won.after = 'won' and won.at > now() - interval '7 days'
    ) as won_7d,
    percentile_cont(0.5) within group (
        order by extract(epoch from given.first_contact_at - given.assigned_at) / 60.0
    ) as median_response_minutes
from team_user member
left join assignment given on given.consultant_id = member.id and given.assigned_at > now() - interval '7 days'
where member.role = 'consultant' and member.active
group by member.id, member.name
"""

DELIVERY = """
create view reporting.delivery as
select
    message.lead_id,
    lead.source,
    lead.owner_id as consultant_id,
    message.session,
    message.direction,
    message.author,
    message.kind,
    message.status,
    message.created_at,
    message.accepted_at,
    message.delivered_at
from message
join lead on lead.id = message.lead_id
where message.kind <> 'note'
"""

# How long a session was in which state; the last stretch is open and ends now.
SESSION_STRETCH = """
create view reporting.session_stretch as
select
    session,
    status,
    at as since,
    coalesce(lead(at) over (partition by session order by at, id), now()) as until,
    recovery_seconds
from session_event
"""

BUSINESS = sa.text("kind <> all (array['message_persisted', 'message_status'])")

VIEWS = {
    "lead_journey": LEAD_JOURNEY,
    "interview": INTERVIEW,
    "business_event": BUSINESS_EVENT,
    "assignment": ASSIGNMENT,
    "entitlement": ENTITLEMENT,
    "consultant": CONSULTANT,
    "consultant_week": CONSULTANT_WEEK,
    "delivery": DELIVERY,
    "session_stretch": SESSION_STRETCH,
}


def upgrade() -> None:
    op.create_index("ledger_business", "ledger", ["kind", "at"], postgresql_where=BUSINESS)
    op.create_index("qualification_finished", "qualification", ["finished_at"])
    op.create_index("assignment_newest", "assignment", ["assigned_at"])
    options = {"autosummarize": "on", "pages_per_range": "32"}
    op.create_index("message_written", "message", ["created_at"], postgresql_using="brin", postgresql_with=options)
    op.execute("create schema if not exists reporting")
    for name, definition in VIEWS.items():
        op.execute(f"drop view if exists reporting.{name}")
        op.execute(definition)


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.execute(f"drop view reporting.{name}")
    op.execute("drop schema reporting")
    op.drop_index("message_written", "message")
    op.drop_index("assignment_newest", "assignment")
    op.drop_index("qualification_finished", "qualification")
    op.drop_index("ledger_business", "ledger")
