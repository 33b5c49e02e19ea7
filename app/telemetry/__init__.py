"""Logs, traces and the hooks that feed ``metrics`` from frameworks.

``start`` sets a process up; ``span``, ``Trail``, ``annotate`` and ``HttpMetrics`` are what the rest of the application
uses, and ``app.telemetry.traces`` beside SQL. Nothing that leaves the process through here carries a text, a phone
number, an e-mail address or a token (``redaction``).
"""

from __future__ import annotations

from app.telemetry.database import instrument_engine, instrument_pool
from app.telemetry.export import Tracing, set_up_tracing
from app.telemetry.http import HttpMetrics
from app.telemetry.jobs import deferring, measured_job, traced_arguments
from app.telemetry.logs import lead_context, set_up_logging
from app.telemetry.process import Telemetry, start
from app.telemetry.traces import NOWHERE, Trail, about_lead, annotate, span

__all__ = [
    "NOWHERE",
    "HttpMetrics",
    "Telemetry",
    "Tracing",
    "Trail",
    "about_lead",
    "annotate",
    "deferring",
    "instrument_engine",
    "instrument_pool",
    "lead_context",
    "measured_job",
    "set_up_logging",
    "set_up_tracing",
    "span",
    "start",
    "traced_arguments",
]
