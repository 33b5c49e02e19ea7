"""What was measured of workers, queue and sessions, and what it means. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.status.finding import Finding, fail, ok, warn
from app.status.words import ago, span

LATE_JOB, STUCK_JOB = 30.0, 300.0
SESSION_UNSEEN = timedelta(minutes=2)
QUIET_WEBHOOKS = timedelta(hours=24)
COMPARED_OFTEN = "It runs every five minutes while a worker leads and the sessions are well."
STALE_HISTORY, LOST_HISTORY = timedelta(minutes=15), timedelta(hours=2)
SESSION_NAMES = {"agent": "The agent’s session", "consultant": "The consultants’ session"}


def workers(alive: int, leaders: int) -> Finding:
    """Whether anybody works, and exactly one leads."""
    title = "Workers"
    if not alive:
        return fail(
            title,
            "No worker runs: nobody answers leads.",
            advice="Start a worker: leadline worker. What came in meanwhile is answered then.",
            runbook="LeadlineQueueStuck",
        )
    measured = f"{alive} alive, {'one leads' if leaders else 'none leads'}"
    if not leaders:
        return fail(
            title,
            "No worker leads: sessions are not watched and figures stand still.",
            measured,
            advice="Leadership is taken within seconds; restart the workers if it is not.",
            runbook="LeadlineNoLeader",
        )
    return ok(title, "Workers run, and one of them leads.", measured)


@dataclass(frozen=True)
class QueueState:
    """Jobs: how long the oldest has waited beyond its time (seconds), how many wait, how many were given up."""

    waiting: int
    oldest: float
    dead: int
    overdue_turns: int


def queue(seen: QueueState) -> Finding:
    """Whether work is begun in time."""
    title = "Queue"
    measured = f"{seen.waiting} waiting, oldest {span(seen.oldest)}, {seen.dead} given up"
    if seen.oldest >= STUCK_JOB or seen.overdue_turns:
        what = "Leads wait for an answer that is overdue." if seen.overdue_turns else "Jobs are not begun."
        return fail(title, what, measured, advice="Look at the workers and their logs.", runbook="LeadlineQueueStuck")
    if seen.dead:
        return warn(
            title,
            "Jobs were given up after their last try.",
            measured,
            advice="Their leads were handed to people; look at the log for the reason.",
            runbook="LeadlineDeadLetters",
        )
    if seen.oldest >= LATE_JOB:
        return warn(title, "Jobs begin late.", measured, advice="Add a worker.", runbook="LeadlineQueueStuck")
    return ok(title, "Work is begun as it comes.", measured)


@dataclass(frozen=True)
class SessionState:
    """One WhatsApp session, as it was seen last."""

    name: str
    status: str
    since: datetime | None
    seen_at: datetime | None
    compared_at: datetime | None
    missing: int


def session(seen: SessionState, now: datetime) -> Finding:
    """Whether it can send and receive."""
    title = SESSION_NAMES.get(seen.name, seen.name)
    runbook = "LeadlineWhatsAppSessionDown"
    measured = f"{seen.status.replace('_', ' ')}, seen {ago(seen.seen_at, now)}"
    if seen.status == "ready" and seen.seen_at and now - seen.seen_at > SESSION_UNSEEN:
        return warn(
            title,
            "It was well when it was last seen.",
            measured,
            advice="Look at the leader and the gateway.",
            runbook=runbook,
        )
    if seen.status == "ready":
        return ok(title, "It sends and receives.", measured)
    if seen.status == "auth_required":
        return fail(
            title,
            "Its phone logged this device out.",
            measured,
            advice="Pair it on the Sessions page.",
            runbook=runbook,
        )
    if seen.status in {"starting", "unknown"}:
        what = "It starts." if seen.status == "starting" else "It has not been seen yet."
        return warn(title, what, measured, advice="Give it a minute, then look at the gateway.", runbook=runbook)
    return fail(
        title,
        "It is down; messages wait and nothing is lost.",
        measured,
        advice="Leadline restarts it by itself. Otherwise look at the gateway, then restart it on the Sessions page.",
        runbook=runbook,
    )


def webhooks(newest: datetime | None, failed: int, now: datetime) -> Finding:
    """Whether the gateway reaches us."""
    title = "Webhooks"
    measured = "none yet" if newest is None else f"newest {ago(newest, now)}"
    if failed:
        return warn(
            title,
            "Some events were stored and not understood.",
            f"{measured}, {failed} kept with their error",
            advice="After a fix: leadline replay",
            runbook="LeadlineWebhooksNotUnderstood",
        )
    if newest is None or now - newest > QUIET_WEBHOOKS:
        return warn(
            title,
            "No event came from the gateway." if newest is None else "No event came for more than a day.",
            measured,
            advice="Normal while nobody writes. Otherwise: does the gateway know LEADLINE_WEBHOOK_URL?",
            runbook="LeadlineWebhooksNotStored",
        )
    return ok(title, "Events come in and are understood.", measured)


def history(seen: Sequence[SessionState], now: datetime) -> Finding:
    """Whether the chats at the gateway were compared with the database, and nothing was missing."""
    title = "Comparison with the chats"
    compared = [one.compared_at for one in seen if one.compared_at]
    missing = sum(one.missing for one in seen)
    oldest = min(compared, default=None)
    measured = f"{ago(oldest, now)}, {missing} found later"
    if oldest is None or now - oldest > LOST_HISTORY or len(compared) < len(seen):
        return warn(
            title,
            "The history of the gateway was not compared lately.",
            "never" if oldest is None else measured,
            advice=COMPARED_OFTEN,
            runbook="LeadlineReconciliationStale",
        )
    if missing:
        what = "Some messages came without a webhook; they are in now."
        return warn(
            title, what, measured, advice="Look at the way of the webhooks.", runbook="LeadlineMessagesRecovered"
        )
    if now - oldest > STALE_HISTORY:
        return warn(
            title, "The last comparison is old.", measured, advice=COMPARED_OFTEN, runbook="LeadlineReconciliationStale"
        )
    return ok(title, "Every message of the chats is here.", measured)
