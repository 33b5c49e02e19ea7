"""What changed and nobody told: a notice follows its commit, and is lost with a process that dies in between."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.leads import desk

ON_ITS_WAY = 5.0
"""Seconds that a notice may take; a younger change is left for the next look."""
LOOKS_BACK = 150.0
"""Seconds; more than two looks apart, for a transaction may be committed long after it wrote the time of its change."""


@dataclass
class Missed:
    """Remembers of which leads was heard, and compares that with the rows."""

    _since: float = field(default_factory=time.time)
    _heard: dict[int, float] = field(default_factory=dict[int, float])

    def begin(self) -> None:
        """Everything is read anew from here on: what changed before counts no more."""
        self._since = time.time()

    def heard(self, lead_id: int) -> None:
        """A notice of this lead came."""
        self._heard[lead_id] = time.time()

    async def look(self) -> list[int]:
        """The leads that changed lately without a notice since; each is taken for heard from now on."""
        now = time.time()
        since = max(self._since, now - LOOKS_BACK)
        changed = await desk.changed_between(_moment(since), _moment(now - ON_ITS_WAY))
        missed = [lead_id for lead_id, at in changed.items() if self._heard.get(lead_id, 0.0) < at]
        self._heard = {lead_id: at for lead_id, at in self._heard.items() if at > now - LOOKS_BACK}
        self._heard.update(dict.fromkeys(missed, now))
        return missed


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
