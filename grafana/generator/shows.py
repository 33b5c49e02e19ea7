"""What stands on a dashboard, as data: panels of figures, tables of the database, in rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict, Unpack

from grafana.generator.bands import Bands
from grafana.generator.figures import FIGURES, Figure


class Look(StrEnum):
    """How figures are drawn."""

    NUMBER = "one big number with its course"
    LINES = "lines over time"
    COLUMNS = "columns over time"
    BARS = "a bar for each value now"
    STATES = "coloured stretches over time"


@dataclass(frozen=True, slots=True)
class Show:
    """One panel over Prometheus. ``legend`` replaces the names that follow from the figures' labels; ``step``
    is the least time between two points; ``nothing`` is what it says without data.
    """

    title: str
    figures: tuple[Figure, ...]
    look: Look = Look.LINES
    unit: str = "short"
    width: int = 8
    height: int = 7
    bands: Bands | None = None
    note: str = ""
    legend: str = ""
    step: str = ""
    top: float | None = None
    nothing: str = "nothing measured yet"


class Rest(TypedDict, total=False):
    """What else may be said about a panel; the fields of ``Show`` by their names."""

    width: int
    height: int
    bands: Bands | None
    note: str
    legend: str
    step: str
    top: float | None
    nothing: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One table over the reporting views of the database, because it names people."""

    title: str
    sql: str
    meaning: str
    width: int = 24
    height: int = 8


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard: for whom it is, what it answers, and its panels from top left to bottom right."""

    uid: str
    title: str
    question: str
    panels: tuple[Show | Listing, ...]
    since: str = "now-24h"
    refresh: str = "1m"


def number(
    figure: str | Figure, unit: str, bands: Bands | None = None, *, title: str = "", width: int = 4, note: str = ""
) -> Show:
    """One figure as a big number."""
    found = _figure(figure)
    return Show(title or found.title, (found,), Look.NUMBER, unit, width, 4, bands, note)


def lines(title: str, *figures: str | Figure, unit: str = "short", **rest: Unpack[Rest]) -> Show:
    """Figures as lines over time."""
    return _show(title, Look.LINES, figures, unit, rest)


def columns(title: str, *figures: str | Figure, unit: str = "short", **rest: Unpack[Rest]) -> Show:
    """Figures as columns over time."""
    return _show(title, Look.COLUMNS, figures, unit, rest)


def bars(title: str, *figures: str | Figure, unit: str = "short", **rest: Unpack[Rest]) -> Show:
    """One bar for each value now."""
    return _show(title, Look.BARS, figures, unit, rest)


def states(title: str, *figures: str | Figure, **rest: Unpack[Rest]) -> Show:
    """Up and down as coloured stretches."""
    return _show(title, Look.STATES, figures, "none", rest)


def _show(title: str, look: Look, figures: tuple[str | Figure, ...], unit: str, rest: Rest) -> Show:
    found = tuple(_figure(figure) for figure in figures)
    return Show(title=title, figures=found, look=look, unit=unit, **rest)


def _figure(figure: str | Figure) -> Figure:
    return FIGURES[figure] if isinstance(figure, str) else figure
