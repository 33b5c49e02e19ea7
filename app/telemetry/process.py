"""Setting up the telemetry of one process, and taking it down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from app.errors import Misconfigured
from app.release import VERSION
from app.settings import Settings
from app.telemetry import surroundings
from app.telemetry.export import Tracing, set_up_tracing
from app.telemetry.logs import set_up_logging
from metrics import exposition

Role = Literal["web", "worker"]


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The running telemetry of this process."""

    metrics_url: str
    tracing: Tracing
    _close: Callable[[], None]

    def stop(self) -> None:
        """Send what is left and close the metrics port. It may take a few seconds: call it from a thread."""
        self.tracing.stop()
        self._close()


def start(role: Role, settings: Settings) -> Telemetry:
    """Set up logs, traces and the private metrics port of a process; raises Misconfigured when the port is
    taken.
    """
    set_up_logging(style=settings.log_format, level=settings.log_level)
    port = settings.web_metrics_port if role == "web" else settings.worker_metrics_port
    try:
        served = exposition.start(port, settings.metrics_host)
    except exposition.PortTaken as error:
        raise Misconfigured(str(error.strerror)) from error
    surroundings.tell(settings)
    tracing = set_up_tracing(role, settings.otlp_endpoint, share=settings.trace_share, version=VERSION)
    return Telemetry(served.url, tracing, served.stop)
