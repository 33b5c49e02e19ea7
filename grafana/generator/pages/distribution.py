"""For team leads: are leads shared fairly, and answered fast?"""

from __future__ import annotations

from grafana.generator.bands import at_least, at_most, none_at_all
from grafana.generator.figures import computed
from grafana.generator.shows import Board, bars, columns, lines, number
from metrics.promql import lasting, rise

_ASSIGNMENTS = "leadline_assignments_total"
DECISIONS = computed("Decisions", _ASSIGNMENTS, rise(lasting(_ASSIGNMENTS), by="outcome", over="1h"))
FAIR = at_least(0.95, 0.8)

DISTRIBUTION = Board(
    "leadline-fairness",
    "Leadline: Distribution",
    "For team leads: are leads shared fairly, and answered fast?",
    since="now-7d",
    panels=(
        number("Fairness (Jain's index)", "none", FAIR, width=6, note="1 is perfectly fair; few leads keep it below."),
        number("Weekly variance", "short", width=6, note="In leads squared; it grows with the number of leads."),
        number(
            "Share of consultants with a lead in 24 hours",
            "percentunit",
            at_least(0.9, 0.6, "percentunit"),
            width=6,
        ),
        number("Active consultants", "short", at_least(2, 1), width=6),
        bars(
            "Leads per consultant (7 days)",
            "Leads per consultant",
            "Leads that were due",
            width=12,
            height=9,
            note="Consultants are ids here; names stand in the table of the Executive dashboard.",
        ),
        lines(
            "Furthest from what was due, in leads",
            "Furthest from what was due",
            bands=at_most(3, 6),
            note="With whole leads one or two are nobody's fault.",
            width=12,
            height=9,
        ),
        lines(
            "Assignment time",
            "Assignment time, average",
            "Assignment time, p95",
            unit="s",
            bands=at_most(1, 5, "s"),
        ),
        columns("Decisions per hour", DECISIONS, step="1h"),
        number("Leads waiting for a consultant", "short", none_at_all("each lead found somebody"), width=4),
        number("Leads nobody could take", "short", width=4, title="Waited for a consultant"),
        lines(
            "Consultant response, p50",
            "Consultant response, p50",
            unit="s",
            bands=at_most(1800, 3600, "s"),
            width=12,
        ),
        lines(
            "Answered within an hour",
            "Answered within an hour",
            unit="percentunit",
            top=1,
            bands=at_least(0.8, 0.5, "percentunit"),
            width=12,
        ),
        columns("Follow-ups and reminders", "Follow-ups", width=12, legend="{{audience}}"),
        bars("Follow-ups left out", "Follow-ups left out", width=12, legend="{{reason}}"),
    ),
)
