"""For everybody: what is promised, is it kept, and how much may still go wrong?"""

from __future__ import annotations

from grafana.generator.bands import at_least, at_most
from grafana.generator.figures import Figure
from grafana.generator.shows import Board, Show, bars, lines, number
from prometheus.generator.objectives import OBJECTIVES, Objective

RULES = "the recording rules of prometheus/rules/objectives.yml"
LEFT = at_least(0.25, 0, "percentunit")

BUDGET = Figure(
    "Budget left",
    "slo:period_error_budget_remaining:ratio",
    "What is left of the failures that each promise allows in 30 days; below 0 the promise is broken.",
    RULES,
)
BURN = Figure(
    "Burn rate",
    "slo:current_burn_rate:ratio",
    "How fast the allowance is used up now: at 1 it lasts 30 days, at 14.4 two.",
    RULES,
)
FIRING = Figure(
    "Firing",
    'sum by (alertname, severity) (ALERTS{alertstate="firing",severity!="info"})',
    "Alerts that fire.",
    "Prometheus itself",
)


def _budget_of(objective: Objective) -> Show:
    figure = Figure(
        objective.title,
        f'slo:period_error_budget_remaining:ratio{{sloth_id="{objective.id}"}}',
        f"{objective.promise} What is left of the allowance of 30 days.",
        RULES,
    )
    return number(figure, "percentunit", LEFT, width=6)


def _kept(objective: Objective) -> Show:
    figure = Figure(
        objective.title,
        f'1 - slo:sli_error:ratio_rate30d{{sloth_id="{objective.id}"}}',
        f"{objective.promise} The share of good events in 30 days.",
        RULES,
    )
    return number(
        figure,
        "percentunit",
        at_least(objective.target, objective.target - objective.budget, "percentunit"),
        title=f"{objective.title}: kept",
        width=6,
    )


OBJECTIVE_BOARD = Board(
    "leadline-slo",
    "Leadline: SLO",
    "For everybody: what is promised, is it kept, and how much may still go wrong?",
    since="now-7d",
    panels=(
        *(_budget_of(objective) for objective in OBJECTIVES),
        number("Uptime (30 d)", "percentunit", at_least(0.999, 0.998, "percentunit"), width=6),
        lines("Budget left", BUDGET, unit="percentunit", bands=LEFT, width=12, height=8, legend="{{sloth_slo}}"),
        lines("Burn rate", BURN, bands=at_most(1, 14.4), width=12, height=8, legend="{{sloth_slo}}"),
        *(_kept(objective) for objective in OBJECTIVES),
        bars("Firing alerts", FIRING, width=6, height=4, bands=at_most(0, 1)),
    ),
)
