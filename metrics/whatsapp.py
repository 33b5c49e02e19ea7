"""Calls to the WhatsApp gateway, and the way of messages after them."""

from __future__ import annotations

from metrics.registry import counter, histogram, observe

_sent = counter("messaging_client_sent_messages_total")
_operation = histogram("messaging_client_operation_duration_seconds")
_delivery = histogram("leadline_whatsapp_delivery_latency_seconds")


def sent(session: str, kind: str, error: str = "") -> None:
    """A message was handed to the gateway; ``error`` is empty or one of the catalogue's ``error_type``
    values.
    """
    _sent.at(session, kind, error).inc()


def operation(session: str, name: str, seconds: float, *, failed: bool = False) -> None:
    """A call ended: send, mark_read, typing, session, history, check_number or media."""
    observe(_operation, seconds, session, name, "error" if failed else "")


def delivered(session: str, seconds: float) -> None:
    """A message reached the lead's phone so long after WhatsApp accepted it."""
    observe(_delivery, seconds, session)
