"""How long somebody who guesses passwords has to wait: pure rules over the failed tries of the last day."""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(days=1)
"""Failed tries older than this are forgotten."""

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)
_DOUBLINGS = 10
"""Enough doublings to reach the longest pause; more would only overflow."""


@dataclass(frozen=True)
class Limit:
    """How many failed tries are free before each further one costs a pause that doubles."""

    free: int

    def pause(self, failures: int) -> timedelta:
        """The pause that follows the latest of so many failures."""
        if failures < self.free:
            return timedelta(0)
        return min(FIRST_PAUSE * 2 ** min(failures - self.free, _DOUBLINGS), LONGEST_PAUSE)

    def left(self, failures: int) -> int:
        """Tries left before the next pause, the one that is being made not counted."""
        return max(self.free - failures - 1, 0)


ACCOUNT = Limit(free=5)
CLIENT = Limit(free=20)
"""Looser than an account's: a whole office may share one address."""


@dataclass(frozen=True)
class Tally:
    """The failed tries of one subject inside the window."""

    failures: int = 0
    latest: datetime | None = None


def wait(limit: Limit, tally: Tally, now: datetime) -> timedelta:
    """How long the subject still has to wait; zero when it may try."""
    if tally.latest is None:
        return timedelta(0)
    return max(tally.latest + limit.pause(tally.failures) - now, timedelta(0))


def account_subject(email: str) -> str:
    """The name under which tries on an account are counted, whether or not the account exists."""
    return f"account:{_digest(email.strip().lower())}"


def client_subject(address: str) -> str:
    """The name under which tries from an address are counted; IPv6 by its /64, which one customer owns."""
    return f"client:{_digest(_network(address))}"


def _network(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else address


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
