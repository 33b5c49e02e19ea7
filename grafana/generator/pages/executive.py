"""For managers: does it pay off this week?"""

from __future__ import annotations

from grafana.generator.bands import at_least, at_most, none_at_all
from grafana.generator.figures import computed
from grafana.generator.shows import Board, Listing, bars, columns, lines, number
from metrics.promql import lasting, rise

CONSULTANTS = """
select consultant as "Consultant", leads_7d as "Leads in 7 days", leads_24h as "Leads in 24 hours",
       open_leads as "Open now", won_7d as "Won in 7 days",
       round(median_response_minutes::numeric, 1) as "Minutes to answer (median)"
from reporting.consultant_week
order by leads_7d desc, consultant
"""

_CREATED = "leadline_leads_created_total"
LEADS = computed("Leads", _CREATED, rise(lasting(_CREATED)))
LEADS_A_DAY = computed("Leads", _CREATED, rise(lasting(_CREATED), by="source", over="1d"))

EXECUTIVE = Board(
    "leadline-exec",
    "Leadline: Executive",
    "For managers: does it pay off this week?",
    since="now-7d",
    refresh="5m",
    panels=(
        number(LEADS, "short", title="New leads"),
        number("Completion rate", "percentunit", at_least(0.7, 0.5, "percentunit")),
        number("Conversion rate (30 d cohort)", "percentunit", at_least(0.2, 0.1, "percentunit")),
        number("Reduction of the time to first contact", "percentunit", at_least(0.8, 0.5, "percentunit")),
        number("Share processed by hand", "percentunit", at_most(0.2, 0.4, "percentunit")),
        number(
            "Cost per qualified lead (USD)",
            "currencyUSD",
            at_most(0.05, 0.2),
            note="At least: the LLM dashboard counts calls of unknown price.",
        ),
        number("Time to first contact, p95", "s", at_most(60, 300, "s")),
        number("Minutes per lead, average", "m", at_most(10, 30, "m")),
        number("Agent completion rate", "percentunit", at_least(0.6, 0.4, "percentunit")),
        number("Uptime (30 d)", "percentunit", at_least(0.999, 0.995, "percentunit")),
        number("Data-loss events", "short", none_at_all("nothing was lost")),
        number(
            "Age of the business figures",
            "s",
            at_most(120, 300, "s"),
            note="The figures from the database on this page are this old.",
        ),
        bars("Leads in each stage now", "Funnel", width=8, height=8),
        columns(
            "Leads per day",
            LEADS_A_DAY,
            width=8,
            height=8,
            step="1d",
            note="Each column is the 24 hours before it.",
        ),
        lines(
            "How fast consultants answer",
            "Consultant response, p50",
            unit="s",
            width=4,
            height=8,
            bands=at_most(1800, 3600, "s"),
        ),
        lines(
            "Answered within an hour",
            "Answered within an hour",
            unit="percentunit",
            width=4,
            height=8,
            bands=at_least(0.8, 0.5, "percentunit"),
            top=1,
        ),
        Listing(
            "Consultants this week",
            CONSULTANTS.strip(),
            "What each active consultant got and won in seven days, and half of whose leads waited less than this"
            " for the first human message. Names stay in the database: this table reads them there.",
        ),
    ),
)
