"""Who a cookie belongs to, remembered for a few seconds: pages ask on every event."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.team.viewer import Viewer

REMEMBERED = timedelta(seconds=5)
MOST = 10_000


class ViewerCache:
    """Viewers by cookie hash. A read that began before ``forget`` is not stored after it."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[Viewer, datetime]] = {}
        self._generation = 0

    @property
    def generation(self) -> int:
        """Take it before the database is read, and hand it to ``remember``."""
        return self._generation

    def recall(self, key: bytes, now: datetime) -> Viewer | None:
        """The viewer, while the memory is fresh."""
        viewer, until = self._known.get(key, (None, now))
        return viewer if now < until else None

    def remember(self, key: bytes, viewer: Viewer, now: datetime, *, generation: int) -> None:
        """Keep the viewer for five seconds, unless something was revoked since ``generation``."""
        if generation != self._generation:
            return
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key] = (viewer, now + REMEMBERED)

    def forget(self, user_id: int | None = None) -> None:
        """Ask the database again: for one user, or for everybody."""
        self._generation += 1
        self._known = {key: kept for key, kept in self._known.items() if user_id not in {None, kept[0].user_id}}
