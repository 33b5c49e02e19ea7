"""How the two WhatsApp sessions change and recover. Whether they are up is read from the database instead."""

from __future__ import annotations

from metrics.registry import counter, histogram, observe

_transitions = counter("leadline_whatsapp_session_transitions_total")
_recovery = histogram("leadline_whatsapp_session_recovery_seconds")


def became(session: str, status: str) -> None:
    """A session came to another status, in the gateway port's words (ready, failed ...)."""
    _transitions.at(session, status).inc()


def recovered(session: str, trigger: str, seconds: float, *, success: bool = True) -> None:
    """A session was ready again, or given up, so long after a restart, disconnect or logout took it down."""
    observe(_recovery, seconds, session, trigger, "success" if success else "failed")
