"""Webhooks and messages coming in. Messages kept, lost and delivered are totalled from the ledger instead."""

from __future__ import annotations

from metrics.registry import counter

_webhooks = counter("leadline_webhooks_total")
_received = counter("messaging_client_consumed_messages_total")
_duplicates = counter("leadline_messages_duplicate_total")


def webhook(session: str, outcome: str) -> None:
    """A webhook was answered: stored, duplicate, ignored, unparseable, refused or failed."""
    _webhooks.at(session, outcome).inc()


def received(session: str, kind: str) -> None:
    """A new message of a lead was stored; call it after the commit."""
    _received.at(session, kind).inc()


def duplicate(session: str, direction: str) -> None:
    """A message (in or out) came again under whatever event id and changed nothing."""
    _duplicates.at(session, direction).inc()
