"""The live board: its emits, and the browsers connected to it."""

from __future__ import annotations

from metrics.registry import counter, gauge, histogram, observe

_latency = histogram("leadline_board_update_latency_seconds")
_emits = counter("leadline_board_emits_total")
_listener = gauge("leadline_board_listener_up")
_connections = gauge("leadline_websocket_connections")
_users = gauge("leadline_websocket_active_users")
_connects = counter("leadline_websocket_connects_total")
_disconnects = counter("leadline_websocket_disconnects_total")
_connected = counter("leadline_websocket_connected_seconds_total")
_gap = histogram("leadline_websocket_reconnect_gap_seconds")
_round_trip = histogram("leadline_websocket_roundtrip_seconds")
_recoveries = counter("leadline_user_session_recoveries_total")


def emitted(kind: str, count: int = 1) -> None:
    """The board sent so many of a kind: card, removal or snapshot."""
    _emits.at(kind).inc(count)


def latency(seconds: float) -> None:
    """A change was handed to the sockets so long after its commit."""
    observe(_latency, seconds, "emit")


def painted(seconds: float) -> None:
    """A sampled browser said so long after the commit that the change is on its screen; its way back is included."""
    observe(_latency, seconds, "painted")


def listening(up: bool) -> None:  # noqa: FBT001 - the call reads as a sentence
    """Whether this process hears the database's notifications now."""
    _listener.at().set(up)


def connected(kind: str) -> None:
    """A browser connected: ``new`` or ``reconnect``."""
    _connects.at(kind).inc()
    _connections.at().inc()


def disconnected(reason: str, seconds: float) -> None:
    """A browser went (client, transport, ping_timeout, revoked), so long after it was last
    counted as ``there``.
    """
    _disconnects.at(reason).inc()
    _connected.at().inc(max(seconds, 0.0))
    _connections.at().dec()


def there(seconds: float) -> None:
    """A browser was connected for this long since it was last counted: long connections are counted as they last."""
    _connected.at().inc(max(seconds, 0.0))


def round_trip(seconds: float) -> None:
    """A browser answered a ping after so long."""
    observe(_round_trip, seconds)


def recovered(outcome: str) -> None:
    """A browser that came back was shown the present state again (restored), or had to begin anew (lost)."""
    _recoveries.at(outcome).inc()


def users(count: int) -> None:
    """So many distinct users are connected to this process now."""
    _users.at().set(count)


def returned(seconds: float) -> None:
    """A browser came back so long after its disconnect."""
    observe(_gap, seconds, "resumed")


def stayed_away() -> None:
    """A browser did not come back within five minutes: its user has left."""
    observe(_gap, 0.0, "expired")
