"""Where a figure is good, worth a look, or bad: in colours, and in words for whoever cannot see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

GREEN, YELLOW, RED = "green", "orange", "red"


@dataclass(frozen=True, slots=True)
class Bands:
    """Colours from each value upwards (None: from below everything), and the sentence for the description."""

    words: str
    steps: tuple[tuple[float | None, str], ...]


def at_least(good: float, poor: float, unit: str = "") -> Bands:
    """High values are good."""
    tell = _told(unit)
    return Bands(
        f"Good from {tell(good)} upwards, poor below {tell(poor)}.", ((None, RED), (poor, YELLOW), (good, GREEN))
    )


def at_most(good: float, poor: float, unit: str = "") -> Bands:
    """Low values are good."""
    tell = _told(unit)
    return Bands(
        f"Good up to {tell(good)}, poor from {tell(poor)} upwards.", ((None, GREEN), (good, YELLOW), (poor, RED))
    )


def none_at_all(what: str) -> Bands:
    """Zero is good, anything else is bad."""
    return Bands(f"Good is 0: {what}.", ((None, GREEN), (1e-9, RED)))


def _plain(value: float) -> str:
    return f"{value:g}"


def _percent(value: float) -> str:
    return f"{round(value * 100, 4):g} %"


def _seconds(value: float) -> str:
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if value >= size:
            return f"{value / size:g} {name}"
    return f"{value:g} s" if value >= 1 else f"{value * 1000:g} ms"


_UNITS: MappingProxyType[str, Callable[[float], str]] = MappingProxyType(
    {"percentunit": _percent, "s": _seconds, "m": lambda value: f"{value:g} min", "h": lambda value: f"{value:g} h"}
)


def _told(unit: str) -> Callable[[float], str]:
    return _UNITS.get(unit, _plain)
