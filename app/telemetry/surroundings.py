"""What surrounds a process: which Leadline it is, the room on its disks, and what the team needed before."""

from __future__ import annotations

import shutil
from functools import partial
from math import nan
from pathlib import Path

from app.release import VERSION, revision
from app.settings import Settings
from metrics import service

DATABASE_FOLDER = "pg"
HOURS_OF_OTHERS = 42
SOURCE_OF_OTHERS = "Oldroyd and others, Harvard Business Review 3/2011: companies on average"
"""What the demo measures itself against, because nobody has told it a figure of their own."""


def tell(settings: Settings) -> None:
    """Show it at each scrape of this process."""
    service.build(VERSION, revision(settings.revision))
    folder = settings.data_dir.resolve()
    _watch("data", folder)
    if (folder / DATABASE_FOLDER).is_dir():
        _watch("database", folder / DATABASE_FOLDER)
    for measure, source, seconds in baselines(settings):
        service.baseline(measure, source, seconds)


def baselines(settings: Settings) -> list[tuple[str, str, float]]:
    """Each known baseline: measure, source, seconds. An operator's own figures count; the demo has a published one."""
    told = {
        "first_contact": settings.baseline_first_contact_seconds,
        "qualification": settings.baseline_qualification_seconds,
    }
    known = [(measure, settings.baseline_source, seconds) for measure, seconds in told.items() if seconds]
    if known or not settings.demo:
        return known
    return [("first_contact", SOURCE_OF_OTHERS, HOURS_OF_OTHERS * 3600.0)]


def _watch(mount: str, folder: Path) -> None:
    service.watch_disk(mount, free=partial(_room, folder, "free"), size=partial(_room, folder, "total"))


def _room(folder: Path, what: str) -> float:
    """Bytes of the disk that holds a folder; not a number while the folder is away."""
    try:
        return float(getattr(shutil.disk_usage(folder), what))
    except OSError:
        return nan
