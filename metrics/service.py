"""What this process is, and whom it slows down."""

from __future__ import annotations

from collections.abc import Callable

from metrics.registry import counter, gauge

_build = gauge("leadline_build_info")
_throttled = counter("leadline_throttled_total")
_baseline = gauge("leadline_baseline_seconds")
_free = gauge("leadline_disk_free_bytes")
_size = gauge("leadline_disk_size_bytes")


def build(version: str, revision: str) -> None:
    """Say which version and revision run."""
    _build.at(version, revision).set(1)


def throttled(component: str, reason: str) -> None:
    """Somebody was slowed down: groq, llm (elsewhere), trial, whatsapp, login; by http_429, local_limiter or quota."""
    _throttled.at(component, reason).inc()


def baseline(measure: str, source: str, seconds: float) -> None:
    """Say what the team needed before (first_contact or qualification), and where that figure comes from."""
    _baseline.at(measure, source).set(seconds)


def watch_disk(mount: str, *, free: Callable[[], float], size: Callable[[], float]) -> None:
    """Read the room on a disk (data or database), in bytes, at each scrape; called from the scraping thread."""
    _free.at(mount).set_function(free)
    _size.at(mount).set_function(size)
