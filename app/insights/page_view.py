"""What the Insights page shows, worked out from a report: finished words, and rows for its charts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TypedDict

from app.insights import chart_rows
from app.insights.figures import Report
from app.insights.headlines import headlines
from app.insights.words import calls_of_unknown_price, count, duration, percent, range_words

STEPPED_IN = {
    "timeout": "too slow",
    "rate_limited": "too many calls",
    "http_5xx": "its server failed",
    "invalid_output": "unusable answer",
    "circuit_open": "paused after failures",
    "budget": "budget spent",
    "not_configured": "not set up",
}


@dataclass(frozen=True)
class Shop:
    """What the page knows of the installation: the most US cents for a lead (0: no limit), a model in use, the demo."""

    budget_cents: float
    model: bool
    demo: bool


class Choice(TypedDict):
    """Something to choose in a filter."""

    value: str
    label: str


def page_view(report: Report, shop: Shop) -> dict[str, object]:
    """The keys of the page."""
    step = report.period.step
    return {
        "empty": report.empty,
        "demo": shop.demo,
        "range": range_words(report.period),
        "step": step,
        "ticks": chart_rows.ticks(report.period),
        "kpis": [asdict(one) for one in headlines(report)],
        "funnel": chart_rows.funnel(report.now.cohort.stages),
        "minutes": chart_rows.minutes(report.minutes, step),
        "minutes_scale": chart_rows.minutes_scale(report.minutes),
        "minutes_labels": chart_rows.minutes_labels(report.minutes),
        "minutes_last": [chart_rows.last_step(report.minutes, step), chart_rows.last_average(report.minutes)],
        "entitlement": chart_rows.entitlement(report.entitlement),
        "responses": chart_rows.responses(report.responses),
        "responses_scale": chart_rows.responses_scale(report.responses),
        "costs_scale": chart_rows.costs_scale(report.costs, shop.budget_cents),
        "costs": chart_rows.costs(report.costs, step),
        "cost_budget": shop.budget_cents,
        "collected": chart_rows.collected(report.collected),
        "judged": chart_rows.judged(report.judged),
        "agreement": chart_rows.agreement(report.agreed),
        "agreement_ticks": chart_rows.agreement_ticks(report.agreed),
        "lines": chart_rows.lines(report.lines),
        "consultants": [Choice(value=str(one.consultant_id), label=one.name) for one in report.consultants],
        "words": words(report, shop),
    }


def words(report: Report, shop: Shop) -> dict[str, str]:
    """The sentences around the charts; an empty one leaves its place to what tells that nothing was measured."""
    fair, seen = report.entitlement.jain, report.responses
    return {
        "completed": count(report.now.interviews.completed),
        "jain": "" if fair is None else f"Jain {fair:.4f}",
        "response_p50": "" if seen.median is None else f"p50 {duration(seen.median)}",
        "responses": f"Assigned to first human message, {count(seen.answered)} leads; {count(seen.unanswered)} wait",
        "within_an_hour": "" if seen.within_an_hour is None else f"{percent(seen.within_an_hour)} within 1 h",
        "cost": _cost_words(report, shop),
        "no_cost": _no_cost(report, shop),
        "collected": _collected(report),
        "judged": f"{count(report.judged.made)} ratings",
        "stepped_in": _stepped_in(report),
    }


def _cost_words(report: Report, shop: Shop) -> str:
    tried = report.now.trials
    beside = f"; trials of models cost US$ {tried:,.2f} beside it" if tried >= 0.005 else ""
    return f"{_leads_cost(report, shop)}{beside}"


def _leads_cost(report: Report, shop: Shop) -> str:
    limit = f"dotted line: the limit of {shop.budget_cents:g} ¢ for a lead" if shop.budget_cents else "no limit is set"
    if report.now.unpriced:
        return f"What models cost at least, without {calls_of_unknown_price(report.now.unpriced)}; {limit}"
    return f"What models cost, {limit}"


def _no_cost(report: Report, shop: Shop) -> str:
    if report.now.usd > 0:
        return ""
    if report.now.unpriced:
        return f"Nobody knows what models cost: {calls_of_unknown_price(report.now.unpriced)}."
    if shop.model:
        return "No model was asked in this time."
    return "No language model is in use. The rules read and rate every lead, at no cost."


def _collected(report: Report) -> str:
    known, asked = (sum(getattr(one, name) for one in report.collected) for name in ("collected", "expected"))
    return f"{percent(known / asked)} in all" if asked else ""


def _stepped_in(report: Report) -> str:
    """Why the rules stood in for the model, most frequent first."""
    reasons = sorted(report.judged.stepped_in.items(), key=lambda one: (-one[1], one[0]))
    if not reasons:
        return "The rules never had to stand in for a model."
    told = ", ".join(f"{STEPPED_IN.get(reason, reason)} {count(times)}" for reason, times in reasons)
    return f"Rules stood in for the model: {told}."
