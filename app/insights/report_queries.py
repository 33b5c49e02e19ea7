"""What the reports ask of the views of the schema ``reporting``.

``$now(at)`` stands for the period on that column, ``$both(at)`` for it and the one to compare with, ``$those`` for the
leads that somebody chose to see, ``$led`` for calls to a model that were made for a lead and not to try the model.
"""

from __future__ import annotations

import re

_SOURCE = "(cast(:source as text) is null or source = :source)"
_THOSE = f"{_SOURCE} and (cast(:consultant as bigint) is null or consultant_id = :consultant)"
_LED = "(labels ->> 'gen_ai_prompt_name' is distinct from 'evaluate')"
_NOW = r"\1 >= :since and \1 < :until"
_BOTH = rf"(\1 >= :before_since and \1 < :before_until or {_NOW})"


def _expand(query: str) -> str:
    whole = query.replace("$those", _THOSE).replace("$source", _SOURCE).replace("$led", _LED)
    return re.sub(r"\$now\((\w+)\)", _NOW, re.sub(r"\$both\((\w+)\)", _BOTH, whole))


# Plans are made for the values at hand: one for a day would be wrong for ninety.
SNAPSHOT = (
    "set transaction isolation level repeatable read, read only",
    "set local plan_cache_mode = force_custom_plan",
    "set local statement_timeout = '15s'",
)

COHORTS = _expand("""
    select created_at >= :since as current, count(*) as new,
        count(*) filter (where reached >= 1) as qualifying, count(*) filter (where reached >= 2) as qualified,
        count(*) filter (where reached >= 3) as working, count(*) filter (where reached >= 4) as won,
        percentile_cont(0.95) within group (order by first_contact_seconds)
            filter (where first_contact_by = 'agent') as first_answer_p95
    from reporting.lead_journey where $both(created_at) and $those group by 1
""")
INTERVIEWS = _expand("""
    select finished_at >= :since as current, count(*) as ended, count(*) filter (where outcome = 'completed')
        as completed, avg(minutes) filter (where outcome = 'completed') as minutes
    from reporting.interview where $both(finished_at) and $those group by 1
""")
SPENT = _expand("""
    select at >= :since as current,
        coalesce(sum(amount) filter (where kind = 'llm_cost' and $led), 0) as usd,
        coalesce(sum(amount) filter (where kind = 'llm_unpriced' and $led), 0)::int as unpriced,
        coalesce(sum(amount) filter (where kind = 'llm_cost' and not $led), 0) as trials
    from reporting.business_event where kind in ('llm_cost', 'llm_unpriced') and $both(at) and $those group by 1
""")
MINUTES = _expand("""
    select date_trunc(:step, finished_at at time zone :zone) as at, count(*) as completed, avg(minutes) as average,
        percentile_cont(0.95) within group (order by minutes) as p95, min(minutes) as fastest
    from reporting.interview where outcome = 'completed' and $now(finished_at) and $those group by 1
""")
COSTS = _expand("""
    select date_trunc(:step, at at time zone :zone) as at, sum(amount) as usd
    from reporting.business_event
    where kind = 'llm_cost' and $led and $now(at) and $those group by 1
""")
ENTITLED = _expand("""
    select consultant_id, consultant, sum(got) as got, sum(due) as due
    from reporting.entitlement where $now(assigned_at) and $source group by 1, 2 order by consultant, 1
""")
RESPONSES = _expand("""
    select width_bucket(response_seconds, cast(:bounds as numeric[])) as class, count(*) as leads
    from reporting.assignment
    where $now(assigned_at) and $those and (response_seconds is not null or released_at is null) group by 1
""")
MEDIAN = _expand("""
    select percentile_cont(0.5) within group (order by response_seconds) as median
    from reporting.assignment where $now(assigned_at) and $those
""")
COLLECTED = _expand("""
    select labels ->> 'engagement' as engagement,
        coalesce(sum(amount) filter (where kind = 'facts_collected'), 0) as collected,
        coalesce(sum(amount) filter (where kind = 'facts_expected'), 0) as expected
    from reporting.business_event
    where kind in ('facts_collected', 'facts_expected') and $now(at) and $those group by 1
""")
RATED = _expand("""
    select kind, coalesce(labels ->> 'method', labels ->> 'reason', '') as label, count(*) as times
    from reporting.business_event
    where kind in ('classified', 'classification_fallback') and $now(at) and $those group by 1, 2
""")
CARRIED = _expand("""
    select session, count(*) filter (where direction = 'in') as received,
        count(*) filter (where accepted_at < :until - interval '10 minutes') as settled,
        count(*) filter (where accepted_at < :until - interval '10 minutes' and delivered_at is not null) as delivered,
        count(*) filter (where direction = 'out' and status = 'failed') as failed
    from reporting.delivery where $now(created_at) and $those group by 1 order by 1
""")
FOUND = _expand("""
    select labels ->> 'session' as session, sum(amount) as found_later
    from reporting.business_event where kind = 'message_recovered' and $now(at) and $those group by 1
""")
UPTIME = """
    select session,
        sum(extract(epoch from least(until, :until) - greatest(since, :since))) filter (where status = 'ready') as up,
        sum(extract(epoch from least(until, :until) - greatest(since, :since))) as known
    from reporting.session_stretch where until > :since and since < :until group by 1 order by 1
"""
CONSULTANTS = "select consultant_id, consultant, on_duty, lead_in_24h from reporting.consultant order by consultant, 1"
