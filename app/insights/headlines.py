"""The headline figures of the Insights page, compared with the period before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.insights.figures import Report
from app.insights.formulas import change, share
from app.insights.words import NOTHING, calls_of_unknown_price, count, decimal, percent, signed

FIRST_ANSWER_TARGET = 60
"""Seconds within which a new lead is to be answered; the promise that docs/monitoring.md counts."""


@dataclass(frozen=True)
class Headline:
    """One figure; under it words, a change with its tone (good, bad or neither), and words again."""

    label: str
    value: str
    unit: str
    before: str = ""
    change: str = ""
    tone: str = ""
    after: str = ""


def headlines(report: Report) -> list[Headline]:
    """All six."""
    return [_minutes(report), _qualified(report), _first_answer(report), _served(report), _cost(report), _won(report)]


def _headline(label: str, value: str, unit: str, words: str) -> Headline:
    return Headline(label, value.removesuffix("%"), "" if value == NOTHING else unit, words)


def _minutes(report: Report) -> Headline:
    now, before = report.now.interviews, report.before.interviews
    plain = _headline("Minutes per lead", decimal(now.minutes), "min", f"{count(now.completed)} completed")
    return _fell(plain, change(now.minutes, before.minutes), f" on {report.period.reach.before}")


def _qualified(report: Report) -> Headline:
    now, before = report.now.cohort, report.before.cohort
    words = f"{count(now.qualified)} of {count(now.qualifying)} started"
    plain = _headline("Qualified", percent(now.qualified_share), "%", words)
    return _rose(plain, now.qualified_share, before.qualified_share)


def _first_answer(report: Report) -> Headline:
    p95 = decimal(report.now.cohort.first_answer_p95)
    return _headline("First answer, p95", p95, "s", f"agent, target {FIRST_ANSWER_TARGET} s")


def _served(report: Report) -> Headline:
    team = len(report.consultants)
    words = f"{report.served} of {team} consultants got a lead"
    return _headline("Share within 24 h", percent(share(report.served, team)), "%", words)


def _cost(report: Report) -> Headline:
    each, unpriced = report.now.usd_each, report.now.unpriced
    unknown = calls_of_unknown_price(unpriced) if unpriced else ""
    if each is None:
        return _headline("Cost per qualified lead", NOTHING, "¢", unknown or "no model was paid for")
    paid = f"US$ {report.now.usd:,.2f} in all"
    words = f"at least {paid}, {unknown}" if unknown else paid
    plain = _headline("Cost per qualified lead", f"{each * 100:.2f}", "¢", words)
    if unpriced or report.before.unpriced:
        return plain
    return _fell(plain, change(each, report.before.usd_each), "", keep=True)


def _won(report: Report) -> Headline:
    now, before = report.now.cohort, report.before.cohort
    plain = _headline("Won of qualified", percent(now.won_share, 1), "%", f"{count(now.won)} of {count(now.qualified)}")
    return _rose(plain, now.won_share, before.won_share)


def _fell(plain: Headline, grew: float | None, after: str, *, keep: bool = False) -> Headline:
    """With a change of something that is better when it is less; ``keep`` the words before it."""
    if grew is None:
        return plain
    told = signed(grew * 100, "%")
    words = f"{plain.before}, " if keep else ""
    return replace(plain, before=words, change=told, tone=_tone(told, good="-"), after=after)


def _rose(plain: Headline, now: float | None, before: float | None) -> Headline:
    """With a change in points of a share that is better when it is more."""
    if now is None or before is None:
        return plain
    told = signed((now - before) * 100, " pts", 1)
    return replace(plain, before=f"{plain.before}, ", change=told, tone=_tone(told, good="+"))


def _tone(told: str, *, good: str) -> str:
    if told[0].isdigit():
        return ""
    return "good" if (told[0] == "+") is (good == "+") else "bad"
