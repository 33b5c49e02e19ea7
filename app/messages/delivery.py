"""How far a message has come: the status only climbs, and a time once known is kept.

queued < sending < accepted < sent < delivered < read < played. ``failed`` counts only below delivered, and a later
delivered or read overrides it. ``unknown`` means that nobody can tell; an ack settles it.
"""

from __future__ import annotations

from app.vocabulary import DeliveryStatus

_LADDER = (
    DeliveryStatus.QUEUED,
    DeliveryStatus.SENDING,
    DeliveryStatus.ACCEPTED,
    DeliveryStatus.SENT,
    DeliveryStatus.DELIVERED,
    DeliveryStatus.READ,
    DeliveryStatus.PLAYED,
)
_RANK = {status: rank for rank, status in enumerate(_LADDER)}


BELOW = {
    status: tuple(_LADDER[_RANK[DeliveryStatus.ACCEPTED] : _RANK[status]])
    for status in (DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ, DeliveryStatus.PLAYED)
}
"""The steps from accepted on that a message at ``status`` has behind it."""


def overridden_by(status: DeliveryStatus) -> list[str]:
    """The statuses that give way to ``status``; for SQL's ``status = any(...)``."""
    if status is DeliveryStatus.FAILED:
        below = _LADDER[: _RANK[DeliveryStatus.DELIVERED]]
        return [*below, DeliveryStatus.UNKNOWN]
    return [*_LADDER[: _RANK[status]], DeliveryStatus.UNKNOWN, DeliveryStatus.FAILED]


def times_reached(status: DeliveryStatus) -> list[str]:
    """The columns that get a time when a message reaches ``status``: a read message was delivered too."""
    if status is DeliveryStatus.FAILED:
        return ["failed_at"]
    rank = _RANK[status]
    reached = {
        "accepted_at": DeliveryStatus.ACCEPTED,
        "sent_at": DeliveryStatus.SENT,
        "delivered_at": DeliveryStatus.DELIVERED,
        "read_at": DeliveryStatus.READ,
    }
    return [column for column, at_least in reached.items() if rank >= _RANK[at_least]]
