"""What was measured of database and machines, and what it means. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.settings import THIS_MACHINE
from app.status.finding import Finding, fail, ok, warn
from app.status.words import size, span

SLOW_ANSWER = 0.1
"""Seconds that a database on the same network never needs for nothing."""
LONG_TRANSACTION, STUCK_TRANSACTION = 60.0, 600.0
BUSY_SHARE, FULL_SHARE = 0.8, 0.95
SKEW, BAD_SKEW = 2.0, 30.0
LOW_DISK, FULL_DISK = 0.15, 0.05


@dataclass(frozen=True)
class DatabaseState:
    """What PostgreSQL tells of itself; times in seconds, size in bytes, ``share`` of its connections in use."""

    answer_seconds: float
    version: str
    size: int
    connections: int
    most_connections: int
    oldest_transaction: float


def configuration(*, demo: bool, host: str, public_url: str) -> Finding:
    """Whether the settings, which were accepted at the start, fit together."""
    title = "Configuration"
    measured = f"{'demo' if demo else 'production'}, {public_url}"
    if demo and host not in THIS_MACHINE:
        what = "This is the demo, whose password everybody knows, and others can reach it."
        return fail(title, what, measured, advice="Let LEADLINE_HOST be 127.0.0.1, or set LEADLINE_MODE=production.")
    if not demo and urlsplit(public_url).hostname in THIS_MACHINE:
        what = "LEADLINE_PUBLIC_URL names this machine, where nobody else finds it."
        return warn(title, what, measured, advice="Set it to the address that browsers and the gateway use.")
    return ok(title, "The settings fit together.", measured)


def misconfigured(reason: str) -> Finding:
    """The settings keep Leadline from starting."""
    return fail("Configuration", reason, advice="docs/operations.md explains every setting.")


def database(seen: DatabaseState) -> Finding:
    """It answers: how fast, and which version."""
    title = "Database"
    measured = f"PostgreSQL {seen.version}, {seen.answer_seconds * 1000:.0f} ms, {size(seen.size)}"
    if seen.answer_seconds > SLOW_ANSWER:
        return warn(
            title,
            "PostgreSQL answers slowly.",
            measured,
            advice="Look at its load and at the network between.",
            runbook="LeadlineSlowQueries",
        )
    return ok(title, "PostgreSQL answers.", measured)


def no_database(reason: str) -> Finding:
    """It does not answer."""
    return fail(
        "Database",
        f"PostgreSQL does not answer: {reason}",
        advice="Is DATABASE_URL right, and does PostgreSQL run? Messages wait at the gateway until it is back.",
        runbook="LeadlineDatabaseDown",
    )


def connections(seen: DatabaseState) -> Finding:
    """Whether connections run out, or somebody keeps a transaction open."""
    title = "Connections"
    share = seen.connections / max(seen.most_connections, 1)
    measured = f"{seen.connections} of {seen.most_connections}, oldest transaction {span(seen.oldest_transaction)}"
    if seen.oldest_transaction >= STUCK_TRANSACTION or share >= FULL_SHARE:
        what = "Nearly every connection is in use." if share >= FULL_SHARE else "A transaction is stuck."
        return fail(
            title, what, measured, advice="Find it in pg_stat_activity and end it.", runbook="LeadlineDbPoolExhausted"
        )
    if seen.oldest_transaction >= LONG_TRANSACTION or share >= BUSY_SHARE:
        what = "Many connections are in use." if share >= BUSY_SHARE else "A transaction has been open for long."
        return warn(title, what, measured, advice="Look at pg_stat_activity.", runbook="LeadlineDbPoolSaturated")
    return ok(title, "There are connections to spare, and no transaction hangs.", measured)


def schema(pending: Sequence[str], *, newer: bool = False) -> Finding:
    """Whether the tables are those of this version."""
    title = "Schema"
    if newer:
        return fail(
            title, "The database is newer than this version of Leadline.", advice="Start the newer version again."
        )
    if pending:
        return fail(title, "Migrations are missing.", f"{len(pending)} to run", advice="Run: leadline migrate")
    return ok(title, "The schema is that of this version.")


def web(status: str) -> Finding:
    """Whether pages and webhooks are answered."""
    if status in {"ready", "degraded"}:
        return ok("Web", "Pages and webhooks are answered.", status)
    if status:
        return fail("Web", "The web process cannot answer requests.", status, advice="Look at the database first.")
    return fail(
        "Web",
        "No web process answers; the gateway keeps its events and repeats them.",
        advice="Start it: leadline run, or leadline web",
        runbook="LeadlineTargetDown",
    )


def disk(free: int, total: int) -> Finding:
    """Whether there is room for data and logs."""
    title = "Disk"
    share = free / total if total else 0.0
    measured = f"{size(free)} free of {size(total)} ({share:.0%})"
    if share < FULL_DISK:
        return fail(title, "The disk is nearly full.", measured, advice="Make room now.", runbook="LeadlineDiskFull")
    if share < LOW_DISK:
        return warn(title, "The disk fills up.", measured, advice="Make room.", runbook="LeadlineDiskWillFill")
    return ok(title, "There is room.", measured)


def clock(database_ahead: float, gateway_ahead: float | None) -> Finding:
    """Whether all clocks agree; seconds by which the others are ahead of this machine."""
    title = "Clocks"
    told = f"database {_signed(database_ahead)}"
    measured = told if gateway_ahead is None else f"{told}, gateway {_signed(gateway_ahead)}"
    most = max(abs(database_ahead), abs(gateway_ahead or 0.0))
    advice = "Let NTP set the clocks of all machines: waits and quiet windows are counted by them."
    if most >= BAD_SKEW:
        return fail(title, "The clocks are far apart.", measured, advice=advice)
    if most >= SKEW:
        return warn(title, "The clocks differ.", measured, advice=advice)
    return ok(title, "The clocks agree.", measured)


def _signed(seconds: float) -> str:
    # Without the addition a tenth that rounds to nothing would read "-0.0".
    return f"{round(seconds, 1) + 0.0:+.1f} s"


def crashes(ends: Mapping[str, int]) -> Finding:
    """How processes ended in the last 24 hours: crashes, or stops that did not end in time, by role."""
    title = "Restarts"
    if not ends:
        return ok(title, "No process ended unasked in the last 24 hours.")
    told = ", ".join(f"{role} {times}" for role, times in sorted(ends.items()))
    return warn(
        title,
        "Processes ended without stopping in order.",
        f"{told} in 24 hours",
        advice="Look for the reason in their logs.",
        runbook="LeadlineUncleanShutdown",
    )
