"""The two WhatsApp sessions: what they are now, each change of that, and what an operator may do about it.

Only transitions are stored: WhatsApp repeats itself. A session that went down and came back has a recovery time, from
the moment it was last seen ready (or the gateway restarted) to the moment it was ready again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

import metrics.sessions
from app import notices
from app.clock import Clock, epoch_ms
from app.database import notify, reading, transaction
from app.errors import NotAllowed, NotFound
from app.leads.models import AuditEvent
from app.registry import use
from app.sessions.models import SessionEvent, SessionState
from app.team.viewer import Viewer
from app.vocabulary import SessionName
from app.whatsapp.errors import GatewayError
from app.whatsapp.events import SessionStatus, SessionStatusEvent
from app.whatsapp.gateway import Gateway, SessionRef

log = structlog.get_logger(__name__)

DAY = timedelta(hours=24)
HISTORY = 40


@dataclass(frozen=True)
class Sighting:
    """What was seen of a session at one moment, by a webhook or by asking."""

    session: str
    status: SessionStatus
    raw_status: str
    me: str | None
    at: datetime


class Watch:
    """Notes what the webhooks say about sessions."""

    async def noted(self, db: AsyncSession, event: SessionStatusEvent, now: datetime) -> None:
        """A session said in which state it is, at ``occurred_at``; older news than what is known changes nothing."""
        me = event.me.phone if event.me else None
        await note(
            db,
            Sighting(event.session, event.status, event.raw_status, me, min(event.occurred_at or now, now)),
        )


async def note(db: AsyncSession, seen: Sighting) -> bool:
    """Store a sighting; True when it was a transition."""
    state = await _locked(db, seen)
    if seen.at < state.since and state.status != SessionStatus.UNKNOWN:
        return False
    state.checked_at = state.alive_at = seen.at
    state.raw_status = seen.raw_status
    state.me = seen.me or state.me
    if state.status == seen.status:
        await db.flush()
        return False
    await _change(db, state, seen)
    return True


async def _locked(db: AsyncSession, seen: Sighting) -> SessionState:
    await db.execute(
        sa.text(
            "insert into session_state (name, status, raw_status, since) values (:name, 'unknown', '', :at)"
            " on conflict (name) do nothing"
        ),
        {"name": seen.session, "at": seen.at},
    )
    return await db.get_one(SessionState, seen.session, with_for_update=True, populate_existing=True)


async def _change(db: AsyncSession, state: SessionState, seen: Sighting) -> None:
    before = state.status
    recovery = await _recovery(db, state, seen)
    if before == SessionStatus.READY:
        state.down_since = seen.at
    state.status, state.since = seen.status, seen.at
    if seen.status is SessionStatus.READY:
        state.down_since = state.restart_due_at = None
    db.add(
        SessionEvent(
            session=seen.session,
            before=before,
            status=seen.status,
            raw_status=seen.raw_status,
            cause=recovery.trigger if recovery else None,
            recovery_seconds=recovery.seconds if recovery else None,
            at=seen.at,
        )
    )
    await db.flush()
    notify(db, notices.of_session(seen.session))
    _measure(seen, recovery)


@dataclass(frozen=True)
class _Recovery:
    """A session is back: what took it down, and how long that lasted."""

    trigger: str
    seconds: float


async def _recovery(db: AsyncSession, state: SessionState, seen: Sighting) -> _Recovery | None:
    if seen.status is not SessionStatus.READY or state.down_since is None:
        return None
    seconds = max((seen.at - state.down_since).total_seconds(), 0.0)
    return _Recovery(await trigger_of(db, seen.session, state.down_since), seconds)


_SINCE = sa.text("select status from session_event where session = :session and at >= :since order by at, id")


async def trigger_of(db: AsyncSession, session: str, since: datetime) -> str:
    """What took a session down at ``since``: a lost login, a restart (its own or its gateway's), or else a lost
    connection. It is read from the states that the session went through.
    """
    passed = [row.status for row in await db.execute(_SINCE, {"session": session, "since": since})]
    if SessionStatus.AUTH_REQUIRED in passed:
        return "logout"
    restarted = {SessionStatus.STOPPED, SessionStatus.STARTING} & set(passed)
    return "restart" if restarted and passed[0] != SessionStatus.FAILED else "disconnect"


def _measure(seen: Sighting, recovery: _Recovery | None) -> None:
    if seen.session not in set(SessionName):
        return
    metrics.sessions.became(seen.session, seen.status)
    if recovery is not None:
        metrics.sessions.recovered(seen.session, recovery.trigger, recovery.seconds)


@dataclass(frozen=True)
class SessionView:
    """One session as the page shows it. Times in milliseconds since 1970; ``up_24h`` is a share from 0 to 1."""

    name: str
    status: str
    raw_status: str
    since: int
    checked_at: int | None
    me: str | None
    up_24h: float | None
    recovery_seconds: float | None
    restarts: int
    restart_due_at: int | None
    needs_scan: bool
    events: list[tuple[int, str]]


async def overview(viewer: Viewer) -> list[SessionView]:
    """Both sessions, also those never seen; every member may look, the number itself is for managers."""
    now = use(Clock).now()
    async with reading() as db:
        return [await _view(db, viewer, name, now) for name in SessionName]


_EVENTS = sa.text(
    "select at, status, recovery_seconds from session_event where session = :session"
    " order by at desc, id desc limit :most"
)


async def _view(db: AsyncSession, viewer: Viewer, name: str, now: datetime) -> SessionView:
    state = await db.get(SessionState, name) or SessionState(
        name=name, status=SessionStatus.UNKNOWN, raw_status="", since=now
    )
    events = list(await db.execute(_EVENTS, {"session": name, "most": HISTORY}))
    recoveries = [row.recovery_seconds for row in events if row.recovery_seconds is not None]
    return SessionView(
        name=name,
        status=state.status,
        raw_status=state.raw_status,
        since=epoch_ms(state.since) or 0,
        checked_at=epoch_ms(state.checked_at),
        me=state.me if viewer.leads_team else None,
        up_24h=share_up([(row.at, row.status) for row in reversed(events)], now),
        recovery_seconds=recoveries[0] if recoveries else None,
        restarts=state.restarts,
        restart_due_at=epoch_ms(state.restart_due_at),
        needs_scan=state.status == SessionStatus.AUTH_REQUIRED,
        events=[(epoch_ms(row.at) or 0, row.status) for row in events],
    )


def share_up(events: list[tuple[datetime, str]], now: datetime) -> float | None:
    """The share of the last 24 hours in which the session was ready; None when it never was.

    A session counts from the first time that it was ready: until then it is being set up, and nobody misses it yet.
    """
    first = next((place for place, (_, status) in enumerate(events) if status == SessionStatus.READY), None)
    if first is None:
        return None
    events = events[first:]
    start = max(events[0][0], now - DAY)
    total = (now - start).total_seconds()
    if total <= 0:
        return 1.0 if events[-1][1] == SessionStatus.READY else 0.0
    ends = [at for at, _ in events[1:]] + [now]
    up = sum(
        max((end - max(at, start)).total_seconds(), 0.0)
        for (at, status), end in zip(events, ends, strict=True)
        if status == SessionStatus.READY
    )
    return up / total


async def qr_png(viewer: Viewer, name: str) -> bytes | None:
    """The QR code to scan, for managers; None when no login is awaited. It is a credential: never stored, never
    logged.
    """
    _managing(viewer, name)
    try:
        return (await use(Gateway).pairing(SessionRef(name))).qr_png
    except GatewayError as error:
        log.info("qr_unavailable", session=name, error=error.code)
        return None


async def restart(viewer: Viewer, name: str) -> None:
    """Restart a session and keep its login; counts from zero again. Raises GatewayError."""
    _managing(viewer, name)
    now = use(Clock).now()
    await use(Gateway).restart(SessionRef(name))
    async with transaction() as db:
        state = await db.get(SessionState, name, with_for_update=True)
        if state is not None:
            state.restarts, state.restart_due_at = 0, None
        db.add(
            AuditEvent(user_id=viewer.user_id or None, action="session_restarted", details={"session": name}, at=now)
        )


def _managing(viewer: Viewer, name: str) -> None:
    if not viewer.leads_team:
        raise NotAllowed("Managers look after the WhatsApp sessions.")
    if name not in set(SessionName):
        raise NotFound(session=name)
