"""Database statements and the connection pools."""

from __future__ import annotations

from collections.abc import Callable

from metrics.registry import counter, gauge, histogram, observe

_query = histogram("db_client_operation_duration_seconds")
_connections = gauge("db_client_connection_count")
_most = gauge("db_client_connection_max")
_pending = gauge("db_client_connection_pending_requests")
_timeouts = counter("db_client_connection_timeouts_total")
_wait = histogram("db_client_connection_wait_time_seconds")

OPERATIONS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})


def query(operation: str, name: str, seconds: float, *, failed: bool = False) -> None:
    """One statement ended. ``name`` is what the code calls it; ``operation`` is its SQL verb, in capitals."""
    observe(_query, seconds, operation if operation in OPERATIONS else "OTHER", name, "error" if failed else "")


def watch_pool(
    pool: str,
    *,
    used: Callable[[], float],
    idle: Callable[[], float],
    most: float,
    pending: Callable[[], float],
) -> None:
    """Read a pool's figures at each scrape. The functions are called from the scraping thread: they must
    not block.
    """
    _connections.at(pool, "used").set_function(used)
    _connections.at(pool, "idle").set_function(idle)
    _pending.at(pool).set_function(pending)
    _most.at(pool).set(most)
    _timeouts.at(pool)
    _wait.at(pool)


def waited(pool: str, seconds: float) -> None:
    """Somebody got a connection after this long."""
    observe(_wait, seconds, pool)


def exhausted(pool: str) -> None:
    """Somebody gave up waiting for a connection."""
    _timeouts.at(pool).inc()
