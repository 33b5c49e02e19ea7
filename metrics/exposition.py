"""``/metrics`` on a private port, served by a thread of its own so that a scrape never waits for the event
loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import start_http_server

from metrics.registry import REGISTRY


class PortTaken(OSError):
    """The metrics port cannot be opened."""


@dataclass(frozen=True, slots=True)
class Exposition:
    """A running metrics server."""

    url: str
    _server: WSGIServer
    _thread: Thread

    def stop(self) -> None:
        """Close the port; returns when it is free again."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def start(port: int, host: str = "127.0.0.1") -> Exposition:
    """Serve all instruments of this process on ``host:port`` (0 picks a free port).

    Answers in OpenMetrics, with exemplars, to whoever asks for it. Raises PortTaken. Start it after a fork,
    never at import.
    """
    try:
        server, thread = start_http_server(port, host, REGISTRY)
    except OSError as error:
        raise PortTaken(error.errno, f"metrics cannot be served on {host}:{port}: {error.strerror}") from error
    return Exposition(f"http://{host}:{server.server_port}/metrics", server, thread)
