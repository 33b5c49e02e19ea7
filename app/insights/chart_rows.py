"""The rows of each panel of the Insights page: labels, widths in percent, and the points of charts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypedDict

from app.classification.intervals import Share
from app.classification.verdicts import Agreement
from app.insights.figures import Collected, CostStep, Entitlement, Judged, Line, MinutesStep, Responses
from app.insights.period import Period
from app.insights.words import NOTHING, count, percent, step_label

STAGES = ("New", "Qualifying", "Qualified", "Working", "Won")
CLASSES = ("1m", "5m", "10m", "15m", "30m", "1h", "2h", "4h", "more")
LATE_FROM = CLASSES.index("2h")
ENGAGEMENTS = {"high": "High", "medium": "Medium", "low": "Low"}
METHODS = {"llm": "Model", "rules": "Rules"}
LINES = {"agent": "Agent", "consultant": "Consultants"}
MOST_TICKS = 4
ROUND = (1, 1.5, 2, 3, 5, 10)
BEGIN, DEPTH = 8.0, 178.0
"""Upper edge and height of the drawing inside a chart, in px."""
APART = 14.0
"""The least distance of two labels, in px."""
AXES = (0.7, 0.4, 0.1, 0.0)
"""Where the axis of agreement may begin: the first that shows every interval whole."""


class BarRow(TypedDict):
    """One horizontal bar; ``width`` and ``mark`` in percent of the longest, the mark -1 where there is none."""

    label: str
    width: float
    mark: float
    value: str
    aside: str


class MinutesRow(TypedDict):
    """One step of the chart of minutes; None where nothing was completed."""

    at: str
    band: list[float] | None
    average: float | None
    p95: float | None


class Label(TypedDict):
    """Words at the right end of a line, ``y`` px under the upper edge of the chart."""

    words: str
    y: float
    strong: bool


class ClassRow(TypedDict):
    """One class of response time: leads in time, or late."""

    at: str
    within: int
    late: int


class CostRow(TypedDict):
    """US cents for each completed interview in one step."""

    at: str
    cents: float | None


class LineRow(TypedDict):
    """One WhatsApp session in words."""

    name: str
    up: str
    received: str
    delivered: str
    trouble: str


class AgreementRow(TypedDict):
    """One method and label: places on the axis in percent of its width."""

    label: str
    model: bool
    low: float
    high: float
    at: float
    value: str
    n: str


def funnel(stages: Sequence[int]) -> list[BarRow]:
    """Leads that reached each stage, and their share of the stage before."""
    longest, before = max(stages[0], 1), (None, *stages)
    return [
        _bar(label, 100 * number / longest, count(number), percent(number / earlier) if earlier else "")
        for label, number, earlier in zip(STAGES, stages, before, strict=False)
    ]


def _bar(label: str, width: float, value: str, aside: str = "", mark: float = -1) -> BarRow:
    return {"label": label, "width": round(width, 2), "mark": round(mark, 2), "value": value, "aside": aside}


def ticks(period: Period) -> list[str]:
    """The names on the axis of time: first and last, and at most two between."""
    steps = [step_label(at, period.step) for at in period.steps]
    between = max(len(steps) - 1, 1)
    places = sorted({round(index * between / (MOST_TICKS - 1)) for index in range(MOST_TICKS)})
    return [steps[place] for place in places if place < len(steps)]


def minutes(steps: Sequence[MinutesStep], step: str) -> list[MinutesRow]:
    """The chart of minutes."""
    return [_minutes(one, step) for one in steps]


def _minutes(one: MinutesStep, step: str) -> MinutesRow:
    if not one.completed:
        return {"at": step_label(one.at, step), "band": None, "average": None, "p95": None}
    band = [_two(one.fastest), _two(one.p95)]
    return {"at": step_label(one.at, step), "band": band, "average": _two(one.average), "p95": band[1]}


def scale(highest: float, *, least: float = 0.1, whole: bool = False) -> list[float]:
    """Five round values from 0 to beyond ``highest``, at least to ``least``, for an axis; ``whole`` numbers or any."""
    rough = max(highest, least) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in ROUND if one * power >= rough * (1 - 1e-9))
    step = math.ceil(step - 1e-9) if whole else step
    return [round(step * number, 6) for number in range(5)]


def minutes_scale(steps: Sequence[MinutesStep]) -> list[float]:
    """The axis of minutes."""
    return scale(max((one.p95 or 0.0 for one in steps), default=0.0))


def minutes_labels(steps: Sequence[MinutesStep]) -> list[Label]:
    """The last values in words, each beside its line and none over another."""
    last = next((one for one in reversed(steps) if one.completed), None)
    if last is None:
        return []
    top = minutes_scale(steps)[-1]
    p95, average, fastest = (
        BEGIN + DEPTH * (1 - _two(value) / top) for value in (last.p95, last.average, last.fastest)
    )
    fastest = min(max(fastest, average + APART), BEGIN + DEPTH)
    average = min(average, fastest - APART)
    p95 = min(p95, average - APART)
    return [
        _label(f"{_two(last.p95):.1f} p95", p95),
        _label(f"{_two(last.average):.1f} avg", average, strong=True),
        _label(f"{_two(last.fastest):.1f} fastest", fastest),
    ]


def _label(words: str, y: float, *, strong: bool = False) -> Label:
    return {"words": words, "y": round(y, 1), "strong": strong}


def last_average(steps: Sequence[MinutesStep]) -> float:
    """Where the last point of the average stands; 0 without any."""
    return next((_two(one.average) for one in reversed(steps) if one.completed), 0.0)


def last_step(steps: Sequence[MinutesStep], step: str) -> str:
    """The name of the last step with a completed interview."""
    return next((step_label(one.at, step) for one in reversed(steps) if one.completed), "")


def _two(value: float | None) -> float:
    return round(value or 0.0, 2)


def entitlement(shared: Entitlement) -> list[BarRow]:
    """What each consultant got, with a mark at what was due to them."""
    longest = max([1.0, *(max(line.got, line.due) for line in shared.lines)]) * 1.05
    return [
        _bar(line.consultant, 100 * line.got / longest, count(line.got), f"of {line.due:.1f}", 100 * line.due / longest)
        for line in shared.lines
    ]


def responses(seen: Responses) -> list[ClassRow]:
    """How many leads were answered within each class of time."""
    return [
        {"at": at, "within": 0 if late else leads, "late": leads if late else 0}
        for at, leads, late in zip(CLASSES, seen.classes, _late(), strict=True)
    ]


def responses_scale(seen: Responses) -> list[float]:
    """The axis of leads: whole numbers."""
    return scale(max(seen.classes), least=4, whole=True)


def _late() -> list[bool]:
    return [number >= LATE_FROM for number in range(len(CLASSES))]


def costs(steps: Sequence[CostStep], step: str) -> list[CostRow]:
    """US cents for each completed interview, by step."""
    return [{"at": step_label(one.at, step), "cents": _cents(one)} for one in steps]


def _cents(one: CostStep) -> float | None:
    return None if one.cents_each is None else round(one.cents_each, 3)


def costs_scale(steps: Sequence[CostStep], limit: float) -> list[float]:
    """The axis of cents, up to what was paid or may be paid."""
    return scale(max([limit, *(one.cents_each or 0.0 for one in steps)]), least=0.01)


def collected(lines: Sequence[Collected]) -> list[BarRow]:
    """The share of the asked facts that is known, by how engaged the leads were."""
    return [
        _bar(
            ENGAGEMENTS.get(one.engagement, one.engagement),
            100 * (one.share or 0),
            percent(one.share),
            f"{count(one.collected)} of {count(one.expected)}" if one.expected else "nobody yet",
        )
        for one in lines
    ]


def judged(by: Judged) -> list[BarRow]:
    """Who rated how many leads."""
    return [
        _bar(name, 100 * number / max(by.made, 1), percent(number / by.made) if by.made else NOTHING, count(number))
        for method, name in METHODS.items()
        for number in [by.by_method.get(method, 0)]
    ]


def lines(carried: Sequence[Line]) -> list[LineRow]:
    """Both WhatsApp sessions."""
    return [_line(one) for one in carried]


def _line(one: Line) -> LineRow:
    trouble = [f"{count(one.failed)} failed"] if one.failed else []
    trouble += [f"{count(one.found_later)} found later"] if one.found_later else []
    return {
        "name": LINES.get(one.session, one.session),
        "up": percent(one.up, 2),
        "received": count(one.received),
        "delivered": f"{percent(one.delivered_share, 1)} of {count(one.settled)}" if one.settled else "none yet",
        "trouble": ", ".join(trouble) or "none",
    }


def agreement(agreed: Sequence[Agreement]) -> list[AgreementRow]:
    """How often people confirmed a label, with the 95 % interval; nothing while nobody said anything."""
    begin = axis_begin(agreed)
    return [
        _agreed(f"{what}, {METHODS[one.method].lower()}", one.method == "llm", share, begin)
        for what, which in (("Temperature", "temperature"), ("Risk", "risk"))
        for one in agreed
        for share in [getattr(one, which)]
        if one.n
    ]


def _agreed(label: str, model: bool, share: Share, begin: float) -> AgreementRow:  # noqa: FBT001 - as its row
    def place(value: float) -> float:
        return round(100 * (value - begin) / (1 - begin), 2)

    return {
        "label": label,
        "model": model,
        "low": place(share.low),
        "high": place(share.high),
        "at": place(share.value or 0.0),
        "value": percent(share.value),
        "n": f"n {count(share.n)}",
    }


def axis_begin(agreed: Sequence[Agreement]) -> float:
    """Where the axis of agreement begins."""
    lowest = min((share.low for one in agreed if one.n for share in (one.temperature, one.risk)), default=1.0)
    return next(begin for begin in AXES if begin <= lowest)


def agreement_ticks(agreed: Sequence[Agreement]) -> list[str]:
    """Four names on that axis, from its begin to 100%."""
    begin = axis_begin(agreed)
    return [percent(begin + (1 - begin) * index / 3) for index in range(4)]
