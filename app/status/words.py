"""Sizes and times in words."""

from __future__ import annotations

from datetime import datetime


def span(seconds: float) -> str:
    """``0 s``, ``45 s``, ``12 min``, ``3 h``, ``2 days``."""
    if seconds < 60:
        return f"{max(seconds, 0):.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 2 * 86_400 else f"{seconds / 86_400:.0f} days"


def ago(at: datetime | None, now: datetime) -> str:
    """``12 min ago``; never, where there is nothing."""
    return "never" if at is None else f"{span((now - at).total_seconds())} ago"


def size(count: int) -> str:
    """``412 MB``, ``1.5 GB``."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if value >= 10 or unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
