"""What Leadline promises over 30 days, as data: one entry makes the recordings, the alerts and the panels."""

from __future__ import annotations

from dataclasses import dataclass

from metrics.promql import lasting

PERIOD_DAYS = 30
JOB = 'job="leadline"'

REQUESTS = f"http_server_request_duration_seconds_count{{{JOB}}}"
STORED = f"{lasting('leadline_messages_persisted_total')}{{{JOB}}}"
ACCEPTED = f'{lasting("leadline_whatsapp_message_status_total")}{{{JOB},status="accepted"}}'
FIRST_CONTACTS = f"leadline_lead_first_contact_seconds_count{{{JOB}}}"
EMITS = f'leadline_board_update_latency_seconds_count{{{JOB},stage="emit"}}'


@dataclass(frozen=True, slots=True)
class Objective:
    """One promise. ``error_ratio`` is PromQL for the share of bad events in the window ``$window``.

    ``events`` counts all events; below ``enough`` of them in an alert's long window it keeps quiet, for with
    little traffic a single failure is already a multiple of the budget. No ``events``: the promise is about
    time, and every moment counts.
    """

    name: str
    title: str
    target: float
    promise: str
    trouble: str
    alert: str
    error_ratio: str
    events: str = ""
    enough: int = 0

    @property
    def id(self) -> str:
        """The value of the label ``sloth_id``."""
        return f"leadline-{self.name}"

    @property
    def budget(self) -> float:
        """The share of bad events that the promise allows."""
        return round(1 - self.target, 8)


def _slower_than(histogram: str, seconds: str, where: str = JOB) -> str:
    fast = f'sum(rate({histogram}_bucket{{{where},le="{seconds}"}}[$window]))'
    return f"1 - {fast} / sum(rate({histogram}_count{{{where}}}[$window]))"


def _total(series: str) -> str:
    return f"sum(rate({series}[$window]))"


_FAILED = REQUESTS.replace(JOB, f'{JOB},http_response_status_code=~"5.."')
_LOST = f'{lasting("leadline_data_loss_total")}{{{JOB},kind="message"}}'
_DELIVERED = f'leadline_whatsapp_delivery_latency_seconds_bucket{{{JOB},le="300.0"}}'

OBJECTIVES = (
    Objective(
        "availability",
        "Availability",
        0.999,
        "Leadline answers its probes (readiness and sign-in page), 99.9 % of the time.",
        "Leadline fails its probes",
        "LeadlineAvailabilityBudgetBurn",
        "1 - avg_over_time(slo:leadline_availability:good[$window])",
    ),
    Objective(
        "api-errors",
        "Requests without error",
        0.999,
        "99.9 % of requests are answered without a 5xx.",
        "Requests fail with 5xx",
        "LeadlineApiErrorBudgetBurn",
        f"({_total(_FAILED)} or 0 * {_total(REQUESTS)}) / {_total(REQUESTS)}",
        REQUESTS,
        300,
    ),
    Objective(
        "api-latency",
        "Requests within 500 ms",
        0.99,
        "99 % of requests are answered within 500 ms.",
        "Requests take longer than 500 ms",
        "LeadlineApiLatencyBudgetBurn",
        _slower_than("http_server_request_duration_seconds", "0.5"),
        REQUESTS,
        300,
    ),
    Objective(
        "message-persistence",
        "Messages kept",
        0.9999,
        "99.99 % of messages that were stored are still there, or somebody erased them.",
        "Messages are lost",
        "LeadlineMessagePersistenceBudgetBurn",
        f"{_total(_LOST)} / ({_total(STORED)} + {_total(_LOST)})",
        STORED,
        100,
    ),
    Objective(
        "delivery-5m",
        "Delivered within 5 minutes",
        0.98,
        "98 % of messages that WhatsApp accepted are on the phone within 5 minutes.",
        "Messages are not delivered within 5 minutes",
        "LeadlineDeliveryBudgetBurn",
        f"clamp_min(1 - {_total(_DELIVERED)} / sum(rate({ACCEPTED}[$window] offset 5m)), 0)",
        ACCEPTED,
        50,
    ),
    Objective(
        "first-response-60s",
        "First answer within 60 s",
        0.95,
        "95 % of new leads have their first answer within 60 seconds.",
        "New leads wait longer than 60 seconds for the first answer",
        "LeadlineFirstResponseBudgetBurn",
        _slower_than("leadline_lead_first_contact_seconds", "60.0"),
        FIRST_CONTACTS,
        20,
    ),
    Objective(
        "board-1s",
        "Board within 1 s",
        0.99,
        "99 % of changes are on their way to the browsers within a second of their commit.",
        "Changes reach the board later than after a second",
        "LeadlineBoardLatencyBudgetBurn",
        _slower_than("leadline_board_update_latency_seconds", "1.0", f'{JOB},stage="emit"'),
        EMITS,
        100,
    ),
)
