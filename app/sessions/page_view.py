"""What the Sessions page shows, worked out from what is known of a session: finished words and a strip of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from app.ui.words import phone_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.sessions.service import SessionView

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
SLICES = 72
"""Marks of the strip: one for each 20 minutes of a day."""
SHOWN = 8
"""Lines under "What happened"."""

TITLES = {"agent": "Agent", "consultant": "Consultants"}
STATES = {
    "ready": ("ok", "Working"),
    "starting": ("wait", "Starting"),
    "auth_required": ("bad", "Needs pairing"),
    "failed": ("bad", "Failed"),
    "stopped": ("bad", "Stopped"),
    "unknown": ("none", "Not seen yet"),
}
HAPPENED = {
    "ready": "Working.",
    "starting": "Starting.",
    "auth_required": "The phone logged this device out; a new pairing is needed.",
    "failed": "The session failed.",
    "stopped": "The session stopped.",
    "unknown": "Nothing was known of it.",
}
TROUBLE = {
    "auth_required": "The login is lost. Messages wait and go out in order after pairing; nothing was lost.",
    "failed": "This session failed. Leadline restarts it by itself; messages wait meanwhile.",
    "stopped": "This session is stopped. Messages wait until it is started again.",
}
GAVE_UP = "Restarting did not help. Look at the WhatsApp gateway, then restart the session here."
MOST_RESTARTS = 3


class Mark(TypedDict):
    """One mark of the strip; ``kind`` is up, deg, down or nil, the rest its place in the drawing."""

    kind: str
    x: str
    y: int
    height: int


class Happening(TypedDict):
    """A change of state: when (ms since 1970), what, and how long it lasted."""

    at: int
    text: str
    lasted: str


class SessionRow(TypedDict):
    """A session as the page shows it."""

    name: str
    title: str
    status: str
    tone: str
    state: str
    me: str
    raw: str
    trouble: str
    up: bool
    since: int
    checked_at: int
    uptime: str
    recovery: str
    needs_scan: bool
    strip: list[Mark]
    strip_words: str
    happened: list[Happening]


def session_row(view: SessionView, now: int) -> SessionRow:
    """A session in words; ``now`` in ms since 1970."""
    tone, state = STATES.get(view.status, STATES["unknown"])
    strip = slices(view.events, now)
    return {
        "name": view.name,
        "title": TITLES.get(view.name, view.name),
        "status": view.status,
        "tone": tone,
        "state": state,
        "me": phone_words(view.me) if view.me else "",
        "raw": view.raw_status,
        "trouble": trouble(view),
        "up": view.status == "ready",
        "since": view.since if view.events else 0,
        "checked_at": view.checked_at or 0,
        "uptime": "No data yet" if view.up_24h is None else percent(view.up_24h),
        "recovery": recovery(view),
        "needs_scan": view.needs_scan,
        "strip": strip,
        "strip_words": strip_words(strip),
        "happened": happenings(view.events[:SHOWN], now),
    }


def trouble(view: SessionView) -> str:
    """What is wrong and what is safe; empty while all is well."""
    if view.status == "failed" and view.restarts >= MOST_RESTARTS:
        return GAVE_UP
    return TROUBLE.get(view.status, "")


def recovery(view: SessionView) -> str:
    """How long the last recovery took, or why there was none."""
    if view.recovery_seconds is not None:
        return span(view.recovery_seconds)
    return "Not yet" if view.status in TROUBLE else "None needed"


def percent(share: float) -> str:
    """``99.94%``, and 100% only when it is."""
    if share >= 1:
        return "100%"
    return f"{min(share * 100, 99.99):.2f}%"


def span(seconds: float) -> str:
    """``9 s``, ``14 min``, ``3 h 5 min``, ``2 days``."""
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    if minutes == 0:
        return f"{max(round(seconds), 1) if seconds > 0 else 0} s"
    if hours == 0:
        return f"{minutes} min"
    days = hours // 24
    if days > 1:
        return f"{days} days"
    return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"


def happenings(events: Sequence[tuple[int, str]], now: int) -> list[Happening]:
    """The newest changes, newest first, each with how long it lasted."""
    ends = [now, *(at for at, _ in events)]
    return [
        {
            "at": at,
            "text": HAPPENED.get(status, status),
            "lasted": "now" if index == 0 else span((ends[index] - at) / 1000),
        }
        for index, (at, status) in enumerate(events)
    ]


def slices(events: Sequence[tuple[int, str]], now: int) -> list[Mark]:
    """The last 24 hours in marks: up or down throughout, degraded when both, nil before anything was known.

    ``events`` come newest first. As in the uptime, a session counts from the first time that it was ready.
    """
    size = DAY // SLICES
    start = now - DAY
    set_up = max((place for place, (_, status) in enumerate(events) if status == "ready"), default=len(events))
    events = events[: set_up + 1]
    return [_mark(i, _kind(events, start + i * size, start + (i + 1) * size)) for i in range(SLICES)]


def _kind(events: Sequence[tuple[int, str]], begin: int, end: int) -> str:
    seen = {status == "ready" for at, status in events if begin < at < end}
    before = next((status for at, status in events if at <= begin), None)
    if before is not None:
        seen.add(before == "ready")
    if not seen:
        return "nil"
    if len(seen) > 1:
        return "deg"
    return "up" if seen.pop() else "down"


SHAPES = {"up": (10, 24), "deg": (19, 15), "down": (0, 34), "nil": (31, 3)}


def _mark(index: int, kind: str) -> Mark:
    y, height = SHAPES[kind]
    return {"kind": kind, "x": f"{index * 9:d}", "y": y, "height": height}


def strip_words(strip: Sequence[Mark]) -> str:
    """The strip for those who hear it."""
    hours = {kind: sum(mark["kind"] == kind for mark in strip) * 24 / SLICES for kind in SHAPES}
    return (
        f"Last 24 hours: up {hours['up']:.0f} h, degraded {hours['deg']:.0f} h, down {hours['down']:.0f} h,"
        f" no data {hours['nil']:.0f} h"
    )
