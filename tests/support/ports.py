"""Free ports for the processes that a test starts."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack

BEYOND = int(os.environ.get("TEST_PORTS_BEYOND", "0"))
"""How far above the usual ports this run looks, so that two runs side by side never want the same ones."""


def free_ports(count: int, *, start: int = 43300, end: int = 43399) -> int:
    """The first of ``count`` ports in a row that nobody listens on."""
    return next(port for port in range(start + BEYOND, end + BEYOND - count) if _are_free(port, count))


def _are_free(first: int, count: int) -> bool:
    with ExitStack() as stack:
        for port in range(first, first + count):
            listener = stack.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
