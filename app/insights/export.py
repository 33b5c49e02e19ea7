"""A report as a file for spreadsheets: one line for each figure, under the name of its panel."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from app.insights.chart_rows import CLASSES, STAGES
from app.insights.figures import Report, Totals

Row = tuple[str, str, str, float | int | None]
HEAD = ("panel", "figure", "at", "value")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def file_name(report: Report) -> str:
    """``leadline-insights-14d-2026-11-23.csv``."""
    return f"leadline-insights-{report.period.reach}-{report.period.until.astimezone(report.period.zone):%Y-%m-%d}.csv"


def as_csv(report: Report) -> str:
    """Every figure of the report; times are those of its zone, shares go from 0 to 1."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEAD)
    for panel, figure, at, value in rows(report):
        writer.writerow((panel, _harmless(figure), at, "" if value is None else value))
    return text.getvalue()


def _harmless(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name.startswith(DANGEROUS) else name


def rows(report: Report) -> Iterator[Row]:
    """The lines of the file."""
    yield from _totals("now", report.now)
    yield from _totals("before", report.before)
    yield "Distribution", "consultants", "now", len(report.consultants)
    yield "Distribution", "consultants with a lead in 24 h", "now", report.served
    yield from _over_time(report)
    yield from _shared(report)
    yield from _judged(report)
    yield from _carried(report)


def _totals(at: str, totals: Totals) -> Iterator[Row]:
    for stage, reached in zip(STAGES, totals.cohort.stages, strict=True):
        yield "Funnel", stage, at, reached
    yield "Funnel", "first answer p95 (s)", at, totals.cohort.first_answer_p95
    yield "Minutes per lead", "average", at, totals.interviews.minutes
    yield "Minutes per lead", "completed", at, totals.interviews.completed
    yield "Cost", "US dollars", at, totals.usd
    yield "Cost", "calls of unknown price", at, totals.unpriced
    yield "Cost", "US dollars for trials", at, totals.trials


def _over_time(report: Report) -> Iterator[Row]:
    for step in report.minutes:
        for name in ("completed", "average", "p95", "fastest"):
            yield "Minutes per lead", name, step.at.isoformat(), getattr(step, name)
    for step in report.costs:
        yield "Cost", "US dollars", step.at.isoformat(), step.usd


def _shared(report: Report) -> Iterator[Row]:
    for line in report.entitlement.lines:
        yield "Leads against entitlement", f"{line.consultant}: got", "now", line.got
        yield "Leads against entitlement", f"{line.consultant}: due", "now", round(line.due, 3)
    yield "Leads against entitlement", "Jain index", "now", report.entitlement.jain
    for name, leads in zip(CLASSES, report.responses.classes, strict=True):
        yield "Consultant response", name if name == "more" else f"under {name}", "now", leads
    yield "Consultant response", "median (s)", "now", report.responses.median
    yield "Consultant response", "unanswered", "now", report.responses.unanswered


def _judged(report: Report) -> Iterator[Row]:
    for one in report.collected:
        yield "Data collection", f"{one.engagement} engagement", "now", one.share
    for method, times in sorted(report.judged.by_method.items()):
        yield "Ratings", f"by {method}", "now", times
    for reason, times in sorted(report.judged.stepped_in.items()):
        yield "Ratings", f"rules stepped in: {reason}", "now", times
    for one in report.agreed:
        yield "Agreement with people", f"temperature, {one.method}", "now", one.temperature.value
        yield "Agreement with people", f"risk, {one.method}", "now", one.risk.value
        yield "Agreement with people", f"verdicts, {one.method}", "now", one.n


def _carried(report: Report) -> Iterator[Row]:
    for line in report.lines:
        for name in ("received", "settled", "delivered", "failed", "found_later", "up"):
            yield "WhatsApp", f"{line.session}: {name}", "now", getattr(line, name)
