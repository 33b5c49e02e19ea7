"""How leads are shared among consultants, and how fast they answer."""

from __future__ import annotations

from metrics.promql import RANGE, mean, per_second, quantile, rise, share
from metrics.requirements import Need
from metrics.shape import Kind, Label, Metric, Origin, Panel, Unit
from metrics.vocabulary import B_ASSIGNMENT, B_RESPONSE, CONSULTANT

ASSIGNMENT = "leadline_assignment_duration_seconds"
RESPONSE = "leadline_consultant_response_seconds"
OF_WEEK = 'leadline_consultant_assigned_leads{window="7d"}'

DISTRIBUTION = (
    Metric(
        ASSIGNMENT,
        Kind.HISTOGRAM,
        "From a lead qualified to its assignment committed.",
        Unit.SECONDS,
        labels=(Label("outcome", ("assigned", "no_consultant")),),
        buckets=B_ASSIGNMENT,
        serves=(Need.ASSIGNMENT_TIME,),
        panels=(
            Panel("Assignment time, average", mean(ASSIGNMENT)),
            Panel("Assignment time, p95", quantile(0.95, ASSIGNMENT)),
        ),
    ),
    Metric(
        "leadline_assignments_total",
        Kind.COUNTER,
        "Decisions of the distribution: a first consultant, another one, or nobody who could take the lead.",
        origin=Origin.LEDGER,
        event="assigned",
        labels=(Label("outcome", ("assigned", "reassigned", "no_consultant")),),
        serves=(Need.LEADS_PER_CONSULTANT,),
        panels=(Panel("Leads nobody could take", rise("leadline_assignments_total", where='outcome="no_consultant"')),),
    ),
    Metric(
        "leadline_consultant_assigned_leads",
        Kind.GAUGE,
        "Leads assigned to each consultant in fixed windows; the consultant is an opaque id, never a name.",
        origin=Origin.SQL,
        labels=(CONSULTANT, Label("window", ("24h", "7d"))),
        serves=(Need.WEEKLY_VARIANCE, Need.SHARE_IN_24H, Need.LEADS_PER_CONSULTANT),
        panels=(
            Panel("Weekly variance", f"stdvar({OF_WEEK})"),
            Panel("Unevenness (coefficient of variation)", share(f"stddev({OF_WEEK})", f"avg({OF_WEEK})")),
            Panel(
                "Share of consultants with a lead in 24 hours",
                '(count(leadline_consultant_assigned_leads{window="24h"} > 0) or vector(0))'
                " / max(leadline_consultants_active)",
            ),
            Panel("Leads per consultant", f"sum by (consultant) ({OF_WEEK})"),
        ),
    ),
    Metric(
        "leadline_consultants_active",
        Kind.GAUGE,
        "Consultants who can be given leads.",
        origin=Origin.SQL,
        serves=(Need.SHARE_IN_24H,),
        panels=(Panel("Active consultants", "max(leadline_consultants_active)"),),
    ),
    Metric(
        RESPONSE,
        Kind.HISTOGRAM,
        "From an assignment to the first message by a human.",
        Unit.SECONDS,
        buckets=B_RESPONSE,
        serves=(Need.CONSULTANT_RESPONSE,),
        panels=(
            Panel("Consultant response, p50", quantile(0.5, RESPONSE, over=RANGE)),
            Panel(
                "Answered within an hour",
                share(
                    per_second(f"{RESPONSE}_bucket", where='le="3600.0"', over=RANGE),
                    per_second(f"{RESPONSE}_count", over=RANGE),
                ),
            ),
        ),
    ),
)
