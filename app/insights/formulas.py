"""The arithmetic of the reports: small, pure, and the same wherever a figure is shown."""

from __future__ import annotations

from collections.abc import Sequence


def share(part: float, whole: float) -> float | None:
    """``part`` of ``whole``, from 0 to 1; None of nothing."""
    return part / whole if whole > 0 else None


def change(now: float | None, before: float | None) -> float | None:
    """By which share a figure grew; None where there is nothing to compare with."""
    if now is None or before is None or before <= 0:
        return None
    return now / before - 1


def jain(received: Sequence[float], due: Sequence[float]) -> float | None:
    """Jain's index of what each got for what was due to them: 1 is perfectly fair, 1/n all to one.

    Whoever was due nothing does not count; None when that is everybody, or nobody got anything.
    """
    ratios = [got / owed for got, owed in zip(received, due, strict=True) if owed > 0]
    squares = sum(ratio * ratio for ratio in ratios)
    return sum(ratios) ** 2 / (len(ratios) * squares) if squares > 0 else None
