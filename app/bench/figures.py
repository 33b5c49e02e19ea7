"""Latencies in milliseconds, and how they are told."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import quantiles
from typing import cast

Object = dict[str, object]
"""What ``--json`` prints."""


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which ``share`` (0 to 1) of the values lie; None when there are none."""
    if len(values) < 2:
        return values[0] if values else None
    return quantiles(values, n=1000, method="inclusive")[max(round(share * 1000) - 1, 0)]


def ms(seconds: float | None) -> float | None:
    """Seconds as milliseconds, to a hundredth."""
    return None if seconds is None else round(seconds * 1000, 2)


def latencies(seconds: Sequence[float], *shares: int) -> Object:
    """The percentiles ``shares`` (in percent) of latencies, as ``p50_ms`` and so on."""
    return {f"p{share}_ms": ms(percentile(seconds, share / 100)) for share in shares}


def ratio(part: object, whole: object) -> float | None:
    """How many times ``whole`` goes into ``part``; None when one of them is missing."""
    if not isinstance(part, int | float) or not isinstance(whole, int | float) or not whole:
        return None
    return round(part / whole, 2)


def lines(title: str, figures: Object, indent: str = "  ") -> list[str]:
    """The same figures for a person: one a line."""
    told = [title]
    for name, value in figures.items():
        if isinstance(value, dict):
            told += [f"{indent}{line}" for line in lines(name, cast("Object", value), indent)]
        else:
            told.append(f"{indent}{name:<14} {value}")
    return told
