"""Keeps both sessions up: sets them up, asks how they are, restarts what failed, and tells nobody's login
to go away. It runs in the leading worker.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

import metrics.sessions
from app.clock import Clock
from app.database import transaction
from app.registry import use
from app.sessions.models import SessionState
from app.sessions.service import Sighting, note, trigger_of
from app.settings import Settings
from app.vocabulary import SessionName
from app.whatsapp.errors import GatewayError, SessionNotFound
from app.whatsapp.events import SessionStatus
from app.whatsapp.gateway import Gateway, SessionRef, SessionSpec
from app.whatsapp.gateway import SessionState as Seen

log = structlog.get_logger(__name__)

MOST_RESTARTS = 3
FIRST_RESTART = timedelta(seconds=5)
PROVEN_AFTER = timedelta(minutes=5)
"""A session that comes up and falls again at once has not recovered: only after this long is the count forgotten."""
STUCK_AFTER = timedelta(seconds=90)


_not_set_up: set[SessionName] = set()
"""Sessions that were not yet told where their events go."""


def begin() -> None:
    """Let the next ``check`` make sure that both sessions exist and send their events here."""
    _not_set_up.update(SessionName)


async def check() -> None:
    """Set up what is not, ask how each session is, note it, and act on it."""
    await asyncio.gather(*(_check(name) for name in SessionName))


def spec_for(name: str) -> SessionSpec:
    """Where a session's events go."""
    return SessionSpec(webhook_url=f"{use(Settings).webhook_base}/webhooks/waha/{name}")


async def _ensure(name: SessionName) -> None:
    _not_set_up.add(name)
    try:
        seen = await use(Gateway).ensure_session(SessionRef(name), spec_for(name))
    except GatewayError as error:
        log.warning("session_not_set_up", session=name, error=error.code)
        return
    _not_set_up.discard(name)
    await _note(name, seen)


async def _check(name: SessionName) -> None:
    if name in _not_set_up:
        await _ensure(name)
    try:
        seen = await use(Gateway).get_session(SessionRef(name))
    except SessionNotFound:
        await _ensure(name)
        return
    except GatewayError as error:
        log.warning("session_not_seen", session=name, error=error.code)
        await _note(name, Seen(SessionStatus.UNKNOWN, error.code))
        return
    await _note(name, seen)
    await _restart_if_due(name)


async def _note(name: SessionName, seen: Seen) -> None:
    now = use(Clock).now()
    async with transaction() as db:
        me = seen.me.phone if seen.me else None
        await note(db, Sighting(name, seen.status, seen.raw_status, me, now))
        state = await db.get_one(SessionState, name)
        _plan_restart(state, now)


def _plan_restart(state: SessionState, now: datetime) -> None:
    """A failed or stuck session is restarted after 5, 10 and 20 seconds; then it waits for an operator."""
    if state.status == SessionStatus.READY and now - state.since > PROVEN_AFTER:
        state.restarts = 0
    if state.restart_due_at is not None or state.restarts >= MOST_RESTARTS:
        return
    stuck = state.status == SessionStatus.STARTING and now - state.since > STUCK_AFTER
    if state.status == SessionStatus.FAILED or stuck:
        state.restart_due_at = now + FIRST_RESTART * 2**state.restarts


async def _restart_if_due(name: SessionName) -> None:
    if not await _take_restart(name):
        return
    log.warning("session_restarting", session=name)
    try:
        await use(Gateway).restart(SessionRef(name))
    except GatewayError as error:
        log.warning("session_restart_failed", session=name, error=error.code)


async def _take_restart(name: SessionName) -> bool:
    now = use(Clock).now()
    async with transaction() as db:
        state = await db.get_one(SessionState, name, with_for_update=True)
        if state.restart_due_at is None or state.restart_due_at > now:
            return False
        state.restart_due_at = None
        state.restarts += 1
        if state.restarts == MOST_RESTARTS:
            log.error("session_given_up", session=name, restarts=state.restarts)
            fallen = state.down_since or state.since
            trigger = await trigger_of(db, name, fallen)
            metrics.sessions.recovered(name, trigger, (now - fallen).total_seconds(), success=False)
    return True
