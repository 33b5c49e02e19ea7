"""What the Sessions page says about a session."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.sessions.page_view import (
    DAY,
    GAVE_UP,
    HOUR,
    MINUTE,
    SLICES,
    happenings,
    percent,
    session_row,
    slices,
    span,
    strip_words,
)
from app.sessions.service import SessionView

NOW = 1_795_348_800_000
UP = SessionView(
    name="agent",
    status="ready",
    raw_status="WORKING",
    since=NOW - 2 * HOUR,
    checked_at=NOW - 8_000,
    me="+1 555 0133",
    up_24h=0.9994,
    recovery_seconds=9.0,
    restarts=0,
    restart_due_at=None,
    needs_scan=False,
    events=[(NOW - 2 * HOUR, "ready"), (NOW - 2 * HOUR - 9_000, "failed"), (NOW - 30 * HOUR, "ready")],
)


def test_a_working_session_is_calm() -> None:
    row = session_row(UP, NOW)
    assert (row["tone"], row["state"], row["trouble"], row["up"]) == ("ok", "Working", "", True)
    assert (row["uptime"], row["recovery"]) == ("99.94%", "9 s")


def test_a_lost_login_says_what_is_safe_and_asks_for_pairing() -> None:
    row = session_row(replace(UP, name="consultant", status="auth_required", needs_scan=True), NOW)
    assert (row["title"], row["state"], row["needs_scan"]) == ("Consultants", "Needs pairing", True)
    assert "nothing was lost" in row["trouble"]


def test_a_session_that_is_down_claims_no_recovery() -> None:
    down = replace(UP, status="auth_required", recovery_seconds=None)
    assert session_row(down, NOW)["recovery"] == "Not yet"
    assert session_row(replace(down, status="ready"), NOW)["recovery"] == "None needed"
    assert session_row(replace(down, recovery_seconds=9.0), NOW)["recovery"] == "9 s"


def test_a_failed_session_is_restarted_until_that_does_not_help() -> None:
    assert "by itself" in session_row(replace(UP, status="failed", restarts=1), NOW)["trouble"]
    assert session_row(replace(UP, status="failed", restarts=3), NOW)["trouble"] == GAVE_UP


def test_a_session_never_seen_claims_nothing() -> None:
    new = replace(UP, status="unknown", events=[], up_24h=None, recovery_seconds=None, checked_at=None, me=None)
    row = session_row(new, NOW)
    assert (row["state"], row["uptime"], row["recovery"]) == ("Not seen yet", "No data yet", "None needed")
    assert (row["since"], row["checked_at"], row["me"]) == (0, 0, "")
    assert {mark["kind"] for mark in row["strip"]} == {"nil"}


def test_the_strip_shows_a_short_failure_as_degraded() -> None:
    kinds = [mark["kind"] for mark in slices(UP.events, NOW)]
    assert len(kinds) == SLICES
    assert kinds.count("deg") == 1
    assert set(kinds) == {"up", "deg"}


def test_the_strip_shows_a_long_failure_as_down() -> None:
    kinds = [mark["kind"] for mark in slices([(NOW - 5 * HOUR, "stopped"), (NOW - DAY - HOUR, "ready")], NOW)]
    assert kinds[-1] == "down"
    assert kinds[0] == "up"


def test_the_strip_holds_a_first_start_against_nobody() -> None:
    first = [(NOW - 5 * MINUTE + 1_000, "ready"), (NOW - 5 * MINUTE, "starting")]
    assert {mark["kind"] for mark in slices(first, NOW)} == {"nil", "up"}
    assert slices([(NOW - 5 * MINUTE, "failed")], NOW)[-1]["kind"] == "down"


def test_the_strip_is_said_in_words() -> None:
    strip = slices([(NOW - 12 * HOUR, "ready")], NOW)
    assert strip_words(strip) == "Last 24 hours: up 12 h, degraded 0 h, down 0 h, no data 12 h"


def test_each_happening_says_how_long_it_lasted() -> None:
    assert [one["lasted"] for one in happenings(UP.events, NOW)] == ["now", "9 s", "27 h 59 min"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.2, "1 s"),
        (59, "59 s"),
        (14 * 60, "14 min"),
        (HOUR / 1000, "1 h"),
        (3 * HOUR / 1000 + 300, "3 h 5 min"),
        (2.5 * DAY / 1000, "2 days"),
        (20 * MINUTE / 1000, "20 min"),
    ],
)
def test_spans_are_said_in_one_or_two_units(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(("share", "words"), [(1.0, "100%"), (0.99999, "99.99%"), (0.5, "50.00%"), (0.0, "0.00%")])
def test_all_day_means_all_day(share: float, words: str) -> None:
    assert percent(share) == words
