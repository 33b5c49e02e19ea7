"""Figures in the words and digits that people read. What is not known is a dash, never a nought."""

from __future__ import annotations

from datetime import datetime

from app.insights.period import Period

NOTHING = "–"
MINUS = "\N{MINUS SIGN}"


def count(value: float) -> str:
    """``1,284``."""
    return f"{round(value):,}"


def percent(value: float | None, places: int = 0) -> str:
    """``62%`` of a share; 100% and 0% only when it is."""
    return NOTHING if value is None else f"{_percent(value, places)}%"


def _percent(value: float, places: int) -> str:
    smallest = 10.0**-places
    shown = value * 100
    if 0 < value < 1:
        shown = min(max(shown, smallest), 100 - smallest)
    return f"{shown:.{places}f}"


def decimal(value: float | None) -> str:
    """``6.9``, and whole numbers from a hundred upwards."""
    if value is None:
        return NOTHING
    return count(value) if value >= 100 else f"{value:.1f}"


def signed(value: float, unit: str, places: int = 0) -> str:
    """``+22%`` with a true minus; nothing that rounds to nought has a sign."""
    shown = f"{abs(value):.{places}f}"
    sign = "" if float(shown) == 0 else "+" if value > 0 else MINUS
    return f"{sign}{shown}{unit}"


def duration(seconds: float | None) -> str:
    """``42 s``, ``4 m 58 s``, ``1 h 5 m``."""
    if seconds is None:
        return NOTHING
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} m {rest} s" if rest else f"{minutes} m"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} m" if minutes else f"{hours} h"


def calls_of_unknown_price(calls: int) -> str:
    """``1 call of unknown price``."""
    return f"{count(calls)} {'call' if calls == 1 else 'calls'} of unknown price"


def step_label(at: datetime, step: str) -> str:
    """``10 Nov`` or ``14:00``: a step by its name on the axis, unlike any other of the same report."""
    return f"{at:%H}:00" if step == "hour" else f"{at.day} {at:%b}"


def range_words(period: Period) -> str:
    """``10 to 23 Nov``, ``28 Oct to 10 Nov``, ``Last 24 hours``."""
    if period.step == "hour":
        return "Last 24 hours"
    first, last = period.since.astimezone(period.zone), period.until.astimezone(period.zone)
    same_month = (first.year, first.month) == (last.year, last.month)
    return f"{first.day if same_month else step_label(first, 'day')} to {step_label(last, 'day')}"
