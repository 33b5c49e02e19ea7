"""What comes out for the business."""

from __future__ import annotations

from metrics.promql import lasting, rise, share
from metrics.requirements import Need
from metrics.shape import Kind, Label, Metric, Origin, Panel
from metrics.vocabulary import STAGE

COHORT = "leadline_conversion_cohort_leads"
PROCESSED = "leadline_leads_processed_total"
EVER = lasting(PROCESSED)

OUTCOMES = (
    Metric(
        "leadline_leads",
        Kind.GAUGE,
        "Leads in each column of the board now.",
        origin=Origin.SQL,
        labels=(STAGE,),
        serves=(Need.CONVERSION,),
        panels=(Panel("Funnel", "max by (stage) (leadline_leads)"),),
    ),
    Metric(
        COHORT,
        Kind.GAUGE,
        "Leads qualified in a window, and those of them that were won whenever that was.",
        origin=Origin.SQL,
        labels=(Label("window", ("7d", "30d", "90d")), Label("stage", ("qualified", "won"))),
        serves=(Need.CONVERSION,),
        panels=(
            Panel(
                "Conversion rate (30 d cohort)",
                share(
                    f'max({COHORT}{{window="30d",stage="won"}})',
                    f'max({COHORT}{{window="30d",stage="qualified"}})',
                ),
            ),
        ),
    ),
    Metric(
        PROCESSED,
        Kind.COUNTER,
        "Leads whose qualification ended, by who worked on them.",
        origin=Origin.LEDGER,
        event="lead_processed",
        labels=(Label("mode", ("agent", "manual", "mixed")),),
        serves=(Need.MANUAL_SHARE,),
        panels=(Panel("Share processed by hand", share(rise(EVER, where='mode="manual"'), rise(EVER))),),
    ),
)
