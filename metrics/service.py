"""What this process is, and whom it slows down."""

from __future__ import annotations

from metrics.registry import counter, gauge

_build = gauge("leadline_build_info")
_throttled = counter("leadline_throttled_total")


def build(version: str, revision: str) -> None:
    """Say which version and revision run."""
    _build.at(version, revision).set(1)


def throttled(component: str, reason: str) -> None:
    """Somebody was slowed down: groq, whatsapp, api or login; by http_429, local_limiter or quota."""
    _throttled.at(component, reason).inc()
