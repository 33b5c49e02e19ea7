"""The two WhatsApp sessions: up or not, and how they recover."""

from __future__ import annotations

from metrics.registry import counter, gauge, histogram, observe

_up = gauge("leadline_whatsapp_session_up")
_transitions = counter("leadline_whatsapp_session_transitions_total")
_recovery = histogram("leadline_whatsapp_session_recovery_seconds")


def up(session: str, ready: bool) -> None:  # noqa: FBT001 - the call reads as a sentence
    """Whether a session can send and receive now."""
    _up.at(session).set(ready)


def became(session: str, status: str) -> None:
    """A session came to another status, in the gateway port's words (ready, failed ...)."""
    _transitions.at(session, status).inc()


def recovered(session: str, trigger: str, seconds: float, *, success: bool = True) -> None:
    """A session was ready again, or given up, so long after a restart, disconnect or logout took it down."""
    observe(_recovery, seconds, session, trigger, "success" if success else "failed")
