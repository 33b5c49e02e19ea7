"""How leads are shared among consultants, and how fast they answer."""

from __future__ import annotations

from metrics.promql import RANGE, lasting, mean, per_second, quantile, rise, share
from metrics.requirements import Need
from metrics.shape import Kind, Label, Metric, Origin, Panel, Unit
from metrics.vocabulary import B_ASSIGNMENT, B_RESPONSE, CONSULTANT

ASSIGNMENT = "leadline_assignment_duration_seconds"
RESPONSE = "leadline_consultant_response_seconds"
NOBODY = lasting("leadline_assignments_total")
ENTITLEMENT = "leadline_consultant_entitlement_leads"
OF_WEEK = 'max by (consultant) (leadline_consultant_assigned_leads{window="7d"})'
OF_DAY = 'max by (consultant) (leadline_consultant_assigned_leads{window="24h"})'
GOT = f'max by (consultant) ({ENTITLEMENT}{{side="got"}})'
DUE = f'max by (consultant) ({ENTITLEMENT}{{side="due"}})'
GOT_OF_DUE = f"{GOT} / ({DUE} > 0)"
JAIN = f"sum({GOT_OF_DUE}) ^ 2 / (count({GOT_OF_DUE}) * sum(({GOT_OF_DUE}) ^ 2))"

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
        "Leads given to a first consultant, given to another one, and those for whom nobody could be found at first.",
        origin=Origin.LEDGER,
        event="assigned",
        labels=(Label("outcome", ("assigned", "reassigned", "no_consultant")),),
        serves=(Need.LEADS_PER_CONSULTANT,),
        panels=(Panel("Leads nobody could take", rise(NOBODY, where='outcome="no_consultant"')),),
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
            Panel(
                "Share of consultants with a lead in 24 hours",
                f"(count({OF_DAY} > 0) or vector(0)) / max(leadline_consultants_active)",
            ),
            Panel("Leads per consultant", OF_WEEK),
        ),
    ),
    Metric(
        ENTITLEMENT,
        Kind.GAUGE,
        "Leads of seven days given to each consultant, and those due by weight among who could take each of them.",
        origin=Origin.SQL,
        labels=(CONSULTANT, Label("side", ("got", "due"))),
        serves=(Need.WEEKLY_VARIANCE, Need.LEADS_PER_CONSULTANT),
        panels=(
            Panel("Leads that were due", DUE),
            Panel("Furthest from what was due", f"max(abs({GOT} - {DUE}))"),
            Panel("Fairness (Jain's index)", JAIN),
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
        "leadline_leads_unassigned",
        Kind.GAUGE,
        "Qualified leads for whom nobody could be found yet; each is tried again every minute.",
        origin=Origin.SQL,
        serves=(Need.ASSIGNMENT_TIME,),
        panels=(Panel("Leads waiting for a consultant", "max(leadline_leads_unassigned)"),),
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
