"""What the gauges of the database are read with. Each query takes ``now`` and tells label values and ``value``."""

from __future__ import annotations

LEADS = "select stage, count(*) as value from lead group by stage"

CONSULTANTS = "select count(*) as value from team_user where role = 'consultant' and active"

ASSIGNED = """
select u.id::text as consultant, w.name as window, count(a.id) as value
from team_user u
cross join (values ('24h', interval '24 hours'), ('7d', interval '7 days')) as w (name, length)
left join assignment a on a.consultant_id = u.id and a.assigned_at > :now - w.length
where u.role = 'consultant' and u.active
group by u.id, w.name
"""

ENTITLED = """
select consultant_id::text as consultant, s.side, s.value
from (
    select consultant_id, sum(got) as got, sum(due) as due from reporting.entitlement
    where assigned_at > :now - interval '7 days' group by 1
) as week
join team_user u on u.id = week.consultant_id and u.active
cross join lateral (values ('got', got), ('due', due)) as s (side, value)
"""

# As the sweep that looks for consultants sees it.
UNASSIGNED = """
select count(*) as value from lead
where unassigned_why is not null and owner_id is null and automation <> 'off' and stage not in ('won', 'lost')
"""

QUEUE = """
select queue_name as queue, count(*) as value,
    case status when 'doing' then 'running' when 'failed' then 'dead'
        else case when attempts > 0 then 'retry' else 'ready' end end as state
from procrastinate_jobs
where status in ('todo', 'doing', 'failed')
group by 1, 3
"""

OLDEST = """
select j.queue_name as queue, extract(epoch from now() - min(greatest(e.at, j.scheduled_at))) as value
from procrastinate_jobs j
join procrastinate_events e on e.job_id = j.id and e.type = 'deferred'
where j.status = 'todo' and coalesce(j.scheduled_at, e.at) <= now()
group by 1
"""

SESSIONS_UP = "select name as session, (status = 'ready')::int as value from session_state"

# From the first time that it was ready: until then a session is being set up.
SESSIONS_UPTIME = """
with stretch as (
    select session, status, at as since,
        coalesce(lead(at) over (partition by session order by at, id), :now) as until,
        min(at) filter (where status = 'ready') over (partition by session) as first_ready
    from session_event
),
looked as (
    select stretch.*, w.name as span, greatest(first_ready, :now - w.length) as start
    from stretch
    cross join (values ('24h', interval '24 hours'), ('30d', interval '30 days')) as w (name, length)
    where first_ready is not null
)
select session, span as window,
    sum(extract(epoch from until - greatest(since, start))) filter (where status = 'ready')
        / sum(extract(epoch from until - greatest(since, start))) as value
from looked
where until > start
group by session, span
having sum(extract(epoch from until - greatest(since, start))) > 0
"""

RECONCILED_MISSING = "select name as session, missing as value from session_state where reconciled_at is not null"

# The older of the two: a figure about both sessions is as old as the one that was left behind. One that was never
# compared is as old as the first time that it was ready.
RECONCILED_AT = """
select extract(epoch from min(coalesce(s.reconciled_at, (
    select min(e.at) from session_event e where e.session = s.name and e.status = 'ready'
)))) as value
from session_state s
"""

LAST_SHUTDOWN = """
select distinct on (role) role, shutdown_seconds as value
from process_run
where shutdown_seconds is not null
order by role, stopped_at desc
"""

QUALIFIED_IN = """
select w.name as window, s.stat, s.value * 60 as value
from (values ('24h', interval '24 hours'), ('7d', interval '7 days'), ('30d', interval '30 days')) as w (name, length)
cross join lateral (
    select avg(minutes) as avg, min(minutes) as min, max(minutes) as max,
        percentile_cont(array[0.5, 0.95]) within group (order by minutes) as quantiles
    from reporting.interview
    where outcome = 'completed' and finished_at > :now - w.length
) as took
cross join lateral (
    values ('avg', took.avg), ('min', took.min), ('max', took.max),
        ('p50', took.quantiles[1]), ('p95', took.quantiles[2])
) as s (stat, value)
where s.value is not null
"""

CONVERTED = """
select w.name as window, s.stage, s.value
from (values ('7d', interval '7 days'), ('30d', interval '30 days'), ('90d', interval '90 days')) as w (name, length)
cross join lateral (
    select count(*) as qualified, count(*) filter (where stage = 'won') as won
    from reporting.lead_journey
    where qualified_at > :now - w.length
) as cohort
cross join lateral (values ('qualified', cohort.qualified), ('won', cohort.won)) as s (stage, value)
"""

# Ten minutes, so that a message still on its way to a phone does not count as undelivered; a day before the window,
# because messages are found by when they were written.
DELIVERED = """
select d.session, d.kind as message_type, w.name as window, s.status, sum(s.value) as value
from (values ('24h', interval '24 hours'), ('7d', interval '7 days')) as w (name, length)
join reporting.delivery d
    on d.created_at > :now - w.length - interval '1 day'
    and d.accepted_at > :now - w.length and d.accepted_at <= :now - interval '10 minutes'
cross join lateral (values ('accepted', 1), ('delivered', (d.delivered_at is not null)::int)) as s (status, value)
where d.direction = 'out'
group by 1, 2, 3, 4
"""

EVALUATED = """
select dataset, method, s.metric, s.value
from evaluation
cross join lateral (
    values ('accuracy', accuracy), ('macro_f1', macro_f1), ('cohen_kappa', cohen_kappa)
) as s (metric, value)
"""

EVALUATED_ON = "select dataset, method, samples as value from evaluation"

# Only those who were asked blindly, by chance: what a person chose to correct would be biased. What they said first
# counts, also when they changed it after the rating was shown to them.
JUDGED = """
select c.method, c.temperature as predicted, v.temperature as said
from verdict v
join classification seen on seen.id = v.classification_id
join classification c on c.id = coalesce(seen.lowered_from, seen.id)
where v.sample = 'random' and v.at > :now - interval '30 days'
"""
