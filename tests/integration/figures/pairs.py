"""Each business figure twice: as the panels ask Prometheus, and as SQL asks the reporting views.

A panel's ``increase`` and ``rate`` stretch what they saw to the whole range, all series alike, so shares and means are
exact; how often something happened is compared by its total.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from math import isnan
from typing import Any

import sqlalchemy as sa

from app.database import reading
from metrics.catalogue import CATALOGUE
from tests.integration.figures.house import House
from tests.support.prometheus_server import RunningPrometheus
from tests.support.promql import concrete

PANELS = {panel.title: panel.expression for metric in CATALOGUE.values() for panel in metric.panels}


@dataclass(frozen=True)
class Pair:
    """A figure: its PromQL, and the SQL that must tell the same; ``:now`` is the day's end.

    Both tell label values and a value, or a value alone.
    """

    title: str
    promql: str
    sql: str


@dataclass(frozen=True)
class Told:
    """What both said: values by their labels."""

    prometheus: dict[tuple[str, ...], float]
    database: dict[tuple[str, ...], float]


def panel(title: str, sql: str) -> Pair:
    """A figure by the expression of its panel."""
    return Pair(title, PANELS[title], sql)


def _events(kind: str, where: str = "true") -> str:
    return f"(select coalesce(sum(amount), 0) from reporting.business_event where kind = '{kind}' and {where})"


def _average(histogram: str) -> str:
    """The mean of what a histogram saw, by differences: a rate is stretched otherwise where a series began above 0."""
    rose = "sum(max_over_time({0}[10m]) - min_over_time({0}[10m]))"
    return f"{rose.format(f'{histogram}_sum')} / {rose.format(f'{histogram}_count')}"


OF_LEADS = "labels ->> 'gen_ai_prompt_name' is distinct from 'evaluate'"
OF_TRIALS = "labels ->> 'gen_ai_prompt_name' = 'evaluate'"
BY_HAND = "labels ->> 'mode' = 'manual'"
COMPLETED = "labels ->> 'outcome' = 'completed'"

PAIRS = (
    Pair("Leads created", "sum(leadline_leads_created_total)", "select count(*) as value from lead"),
    Pair(
        "Leads by source",
        "sum by (source) (leadline_leads_created_total) > 0",
        "select source, count(*) as value from reporting.lead_journey group by 1",
    ),
    Pair(
        "Qualifications begun",
        "sum(leadline_qualifications_started_total)",
        "select count(*) as value from reporting.interview",
    ),
    panel(
        "Completion rate",
        f"select {_events('qualification_finished', COMPLETED)}"
        f" / ({_events('qualification_finished')} - {_events('qualification_resumed')}) as value",
    ),
    panel(
        "Agent completion rate",
        "select count(*) filter (where outcome = 'completed')::float / count(*) filter (where finished_at is not null)"
        " as value from reporting.interview",
    ),
    panel(
        "Minutes per lead, average",
        "select avg(minutes) as value from reporting.interview where outcome = 'completed'",
    ),
    panel(
        "Minutes per lead, range",
        "select s.stat, s.value from (select avg(minutes), min(minutes), max(minutes) from reporting.interview"
        " where outcome = 'completed') as took cross join lateral (values ('avg', avg), ('min', min), ('max', max))"
        " as s (stat, value)",
    ),
    panel(
        "Data collection rate",
        "select labels ->> 'engagement' as engagement, sum(amount) filter (where kind = 'facts_collected')"
        " / sum(amount) filter (where kind = 'facts_expected') as value from reporting.business_event"
        " where kind in ('facts_collected', 'facts_expected') group by 1",
    ),
    panel(
        "Reduction of the time to first contact",
        "select 1 - avg(first_contact_seconds) / (42 * 3600) as value from reporting.lead_journey"
        " where first_contact_by = 'agent'",
    ),
    Pair(
        "Time to first contact, average",
        _average("leadline_lead_first_contact_seconds"),
        "select avg(first_contact_seconds) as value from reporting.lead_journey",
    ),
    Pair(
        "Assignment time, average",
        _average("leadline_assignment_duration_seconds"),
        "select avg(assignment_seconds) as value from reporting.assignment where reason = 'round_robin'",
    ),
    panel("Weekly variance", "select var_pop(leads_7d) as value from reporting.consultant_week"),
    panel(
        "Fairness (Jain's index)",
        "select sum(got / due) ^ 2 / (count(*) * sum((got / due) ^ 2)) as value"
        " from (select sum(got) as got, sum(due) as due from reporting.entitlement group by consultant_id) as week",
    ),
    panel(
        "Share of consultants with a lead in 24 hours",
        "select avg(lead_in_24h::int) as value from reporting.consultant",
    ),
    panel(
        "Leads per consultant",
        "select consultant_id::text as consultant, count(*) as value from reporting.assignment group by 1",
    ),
    Pair(
        "Consultant response, average",
        _average("leadline_consultant_response_seconds"),
        "select avg(response_seconds) as value from reporting.assignment",
    ),
    panel(
        "Delivery rate (exact, 7 d)",
        "select session, kind as message_type, avg((delivered_at is not null)::int) as value from reporting.delivery"
        " where direction = 'out' and accepted_at <= :now - interval '10 minutes' group by 1, 2",
    ),
    Pair(
        "Delivery rate by session and type",
        "sum by (session, message_type) (leadline_whatsapp_message_status_total{status='delivered'})"
        " / sum by (session, message_type) (leadline_whatsapp_message_status_total{status='accepted'})",
        "select session, kind as message_type, avg((delivered_at is not null)::int) as value from reporting.delivery"
        " where direction = 'out' and accepted_at is not null group by 1, 2",
    ),
    Pair(
        "Messages accepted",
        'sum(leadline_whatsapp_message_status_total{status="accepted"})',
        "select count(*) as value from reporting.delivery where direction = 'out' and accepted_at is not null",
    ),
    Pair(
        "Messages kept, and one lost on purpose",
        "sum(leadline_messages_persisted_total) - sum(leadline_data_loss_total)",
        "select count(*) as value from reporting.delivery",
    ),
    Pair(
        "Messages found later",
        "sum(leadline_messages_recovered_total)",
        f"select {_events('message_recovered')} as value",
    ),
    panel(
        "Share decided by rules",
        "select avg((method = 'rules')::int) as value from classification",
    ),
    Pair(
        "Why rules decided",
        "sum by (reason) (leadline_classification_fallbacks_total) > 0",
        "select labels ->> 'reason' as reason, sum(amount) as value from reporting.business_event"
        " where kind = 'classification_fallback' group by 1",
    ),
    panel(
        "Agreement with people",
        "select v.method, avg((v.temperature = c.temperature)::int) as value from verdict v"
        " join classification c on c.id = v.classification_id where v.sample = 'random' group by 1",
    ),
    Pair(
        "Cost of the model",
        "sum(leadline_llm_cost_usd_total)",
        f"select {_events('llm_cost')} as value",
    ),
    panel(
        "Cost per qualified lead (USD)",
        f"select {_events('llm_cost', OF_LEADS)} / {_events('qualification_finished', COMPLETED)} as value",
    ),
    Pair(
        "Trials and replays",
        'sum(leadline_llm_cost_usd_total{gen_ai_prompt_name="evaluate"})',
        f"select {_events('llm_cost', OF_TRIALS)} as value",
    ),
    panel(
        "Funnel",
        "select s.stage, count(lead_id) as value from (values ('new'), ('qualifying'), ('qualified'),"
        " ('working'), ('won'), ('lost')) as s (stage) left join reporting.lead_journey using (stage) group by 1",
    ),
    panel(
        "Conversion rate (30 d cohort)",
        "select avg((stage = 'won')::int) as value from reporting.lead_journey where qualified_at is not null",
    ),
    panel(
        "Share processed by hand",
        f"select {_events('lead_processed', BY_HAND)} / {_events('lead_processed')} as value",
    ),
    panel(
        "Session uptime (30 d)",
        "select session, sum(extract(epoch from least(until, :now) - since)) filter (where status = 'ready')"
        " / sum(extract(epoch from least(until, :now) - since)) as value from (select session, status, since,"
        " case when until = now() then :now else until end as until, min(since) filter (where status = 'ready')"
        " over (partition by session) as first from reporting.session_stretch) as stretch"
        " where since >= first group by 1",
    ),
)


async def told_by_both(house: House, prometheus: RunningPrometheus, pair: Pair) -> Told:
    """Ask both."""
    query = concrete(pair.promql, recent="10m", whole="10m")
    found = await asyncio.to_thread(prometheus.samples, query)
    async with reading() as db:
        values = {"now": house.clock.now()} if ":now" in pair.sql else {}
        rows = (await db.execute(sa.text(pair.sql), values)).mappings()
        database = {_labels(row): float(row["value"]) for row in rows if row["value"] is not None}
    told = {_labels(one["metric"]): float(one["value"][1]) for one in found}
    # A share of nothing is not a number: a label value that did not occur.
    return Told({labels: value for labels, value in told.items() if not isnan(value)}, database)


OF_THE_SCRAPE = {"__name__", "job", "instance", "window", "value"}


def _labels(held: Any) -> tuple[str, ...]:
    """The label values in the order of their names, without those that only say who was scraped."""
    return tuple(str(held[name]) for name in sorted(set(held) - OF_THE_SCRAPE))
