"""Programs that some tests drive, and where they are."""

from __future__ import annotations

import shutil

NAMES = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "redis-server": ("redis-server",),
    "promtool": ("promtool",),
    "prometheus": ("prometheus",),
    "amtool": ("amtool",),
    "npm": ("npm",),
    "node": ("node", "nodejs"),
    "alertmanager": ("alertmanager", "prometheus-alertmanager"),
}


def path_of(program: str) -> str | None:
    """Where ``program`` is on this machine, or None."""
    return next((found for name in NAMES[program] if (found := shutil.which(name))), None)
