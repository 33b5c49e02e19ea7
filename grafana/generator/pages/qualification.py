"""For operations: where do leads stop?"""

from __future__ import annotations

from grafana.generator.bands import at_least, at_most
from grafana.generator.figures import computed
from grafana.generator.shows import Board, Listing, bars, columns, lines, number
from metrics.promql import lasting, rise

SLOWEST = """
select lead_id as "Lead", source as "Source", stage as "Stage", temperature as "Temperature", created_at as "Came in",
       round(first_contact_seconds::numeric) as "Seconds to first contact",
       round(minutes_to_qualified::numeric, 1) as "Minutes to qualified",
       round(assignment_seconds::numeric, 1) as "Seconds to a consultant",
       round(minutes_to_consultant::numeric, 1) as "Minutes to a human"
from reporting.lead_journey
where created_at > now() - interval '7 days'
order by minutes_to_qualified desc nulls last, lead_id
limit 20
"""

_FINISHED = "leadline_qualifications_finished_total"
OUTCOMES = computed("Outcomes", _FINISHED, rise(lasting(_FINISHED), by="outcome", over="1h"))

QUALIFICATION = Board(
    "leadline-funnel",
    "Leadline: Qualification",
    "For operations: where do leads stop, and how well does the agent talk?",
    since="now-7d",
    panels=(
        number("Qualifications started", "short", width=6),
        number("Completion rate", "percentunit", at_least(0.7, 0.5, "percentunit"), width=6),
        number("Agent completion rate", "percentunit", at_least(0.6, 0.4, "percentunit"), width=6),
        number("Share processed by hand", "percentunit", at_most(0.2, 0.4, "percentunit"), width=6),
        bars("Leads in each stage now", "Funnel", width=8, height=8),
        columns("How qualifications end, per hour", OUTCOMES, width=8, height=8, step="1h"),
        lines("Leads per minute", "Leads per minute", width=8, height=8),
        lines(
            "Minutes per lead: average and p95",
            "Minutes per lead, average",
            "Minutes per lead, p95",
            unit="m",
        ),
        lines(
            "Minutes per lead: least, average, most (7 days)",
            "Minutes per lead, range",
            unit="m",
            legend="{{stat}}",
            note="Exact, from the database.",
        ),
        bars(
            "Facts collected, by how engaged the lead was",
            "Data collection rate",
            unit="percentunit",
            top=1,
            bands=at_least(0.8, 0.6, "percentunit"),
        ),
        lines(
            "Time to first contact, p95",
            "Time to first contact, p95",
            unit="s",
            bands=at_most(60, 300, "s"),
        ),
        number(
            "Reduction of the time to first contact",
            "percentunit",
            at_least(0.8, 0.5, "percentunit"),
            width=8,
            note="Against what the team needed by hand before, the next panel.",
        ),
        bars("What the team needed by hand before", "Baseline", unit="s", legend="{{measure}}"),
        lines(
            "Time from a message to the answer",
            "Turn time, p50",
            "Turn time, p95",
            unit="s",
            bands=at_most(1, 3, "s"),
            note="Without the pause in which the agent waits for more messages.",
        ),
        lines("Where that time goes", "Parts of a turn, average", unit="s"),
        number("Silent leads recovered", "percentunit", width=6, note="Who answered a follow-up within a day."),
        lines("Turns per minute", "Turns per minute"),
        lines(
            "Agreement with people",
            "Agreement with people",
            unit="percentunit",
            top=1,
            bands=at_least(0.85, 0.75, "percentunit"),
            note="Only the random sample counts. The number beside it is what chance may do.",
        ),
        bars(
            "Half width of the 95 % interval",
            "Half width of the 95 % interval",
            unit="percentunit",
        ),
        Listing(
            "Slowest leads of the week",
            SLOWEST.strip(),
            "The leads of the last seven days that took longest to be qualified, and where the time went. A lead's"
            " number is in the address of its drawer on the board.",
        ),
    ),
)
