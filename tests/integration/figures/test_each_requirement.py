"""Each figure that was asked for changes at a scrape when the product does what it tells of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from metrics.catalogue import CATALOGUE
from metrics.requirements import Need
from tests.integration.figures.conftest import Played
from tests.support.dashboards import shown_metrics

Proof = Callable[[Played], bool]
"""Whether the figure moved as the day says."""


def rose(name: str, **labels: str) -> Proof:
    """A counter went up, or a histogram saw something."""
    return lambda day: day.rise(name, **labels) > 0


def seen(name: str, **labels: str) -> Proof:
    """A histogram saw something, and what it saw took time."""
    return lambda day: day.rise(f"{name}_count", **labels) > 0 and day.rise(f"{name}_sum", **labels) > 0


def reads(name: str, value: float, **labels: str) -> Proof:
    """A gauge came to this value, from another one or from nothing."""
    return lambda day: (
        day.after.of(name, **labels) == pytest.approx(value)
        and (day.before.of(name, **labels) != pytest.approx(value) or not day.before.has(name, **labels))
    )


def appeared(name: str, **labels: str) -> Proof:
    """A gauge that nobody knew is known."""
    return lambda day: day.after.has(name, **labels) and not day.before.has(name, **labels)


def shown(name: str, **labels: str) -> Proof:
    """A figure of the process itself, which is there from its start and not 0."""
    return lambda day: day.after.of(name, **labels) > 0


HTTP = "http_server_request_duration_seconds"
QUERY = "db_client_operation_duration_seconds"
GAP = "leadline_websocket_reconnect_gap_seconds"
WINDOW = "leadline_lead_qualification_window_seconds"
ASSIGNED = "leadline_consultant_assigned_leads"
RECOVERY = "leadline_whatsapp_session_recovery_seconds"
RATIO = "leadline_classification_eval_ratio"
FINISHED = "leadline_qualifications_finished_total"

PROOFS: dict[Need, tuple[Proof, ...]] = {
    Need.MINUTES_PER_LEAD: (
        seen("leadline_lead_qualification_duration_seconds", outcome="completed"),
        *(appeared(WINDOW, window="7d", stat=stat) for stat in ("avg", "min", "max", "p50", "p95")),
    ),
    Need.DATA_COLLECTION: (
        rose("leadline_lead_fields_expected_total"),
        rose("leadline_lead_fields_collected_total"),
    ),
    Need.EXPERT_AGREEMENT: (
        rose("leadline_classification_reviews_total", outcome="agree", sample="random"),
        rose("leadline_classification_reviews_total", outcome="disagree", sample="random"),
        appeared(RATIO, dataset="human30d"),
        shown("leadline_classification_eval_samples", dataset="human30d"),
    ),
    Need.COMPLETION: (
        rose("leadline_qualifications_started_total"),
        rose(FINISHED, outcome="completed"),
        rose(FINISHED, outcome="abandoned"),
    ),
    Need.FIRST_CONTACT_REDUCTION: (
        shown("leadline_baseline_seconds", measure="first_contact"),
        seen("leadline_lead_first_contact_seconds", actor="agent"),
    ),
    Need.ASSIGNMENT_TIME: (rose("leadline_assignment_duration_seconds_count", outcome="assigned"),),
    Need.WEEKLY_VARIANCE: (rose(ASSIGNED, window="7d"),),
    Need.SHARE_IN_24H: (shown(ASSIGNED, window="24h"), shown("leadline_consultants_active")),
    Need.BOARD_LATENCY: (
        rose("leadline_board_update_latency_seconds_count", stage="emit"),
        seen("leadline_board_update_latency_seconds", stage="painted"),
        rose("leadline_board_emits_total", kind="card"),
    ),
    Need.SOCKET_UPTIME: (rose("leadline_websocket_connected_seconds_total"), seen(GAP, outcome="resumed")),
    Need.PEAK_USERS: (shown("leadline_websocket_connections"),),
    Need.SOCKET_CHURN: (
        rose("leadline_websocket_connects_total", kind="new"),
        rose("leadline_websocket_connects_total", kind="reconnect"),
        rose("leadline_websocket_disconnects_total", reason="transport"),
    ),
    Need.SOCKET_LATENCY: (seen("leadline_websocket_roundtrip_seconds"),),
    Need.DELIVERY: (
        rose("leadline_whatsapp_message_status_total", status="delivered", message_type="text"),
        seen("leadline_whatsapp_delivery_latency_seconds", session="agent"),
        rose("leadline_whatsapp_delivery_cohort_messages", status="delivered", window="7d"),
        rose("messaging_client_sent_messages_total", session="agent", error_type=""),
    ),
    Need.SESSION_UPTIME: (
        reads("leadline_whatsapp_session_up", 0, session="consultant"),
        shown("leadline_whatsapp_session_uptime_ratio", session="agent", window="30d"),
        rose("leadline_whatsapp_session_transitions_total", session="agent"),
    ),
    Need.PERSISTENCE: (
        rose("leadline_messages_persisted_total", direction="in"),
        rose("leadline_messages_persisted_total", direction="out"),
        rose("leadline_messages_recovered_total", session="agent"),
        rose("leadline_message_reconciliation_missing", session="agent"),
        rose("leadline_message_reconciliation_last_success_timestamp_seconds"),
    ),
    Need.RECOVERY: (
        seen(RECOVERY, trigger="restart", outcome="success"),
        seen(RECOVERY, outcome="failed"),
    ),
    Need.LLM_LATENCY: (
        seen("gen_ai_client_operation_duration_seconds", gen_ai_prompt_name="classify", error_type=""),
        rose("gen_ai_client_operation_duration_seconds_count", error_type="rate_limited"),
    ),
    Need.FALLBACK_SHARE: (
        rose("leadline_classifications_total", method="rules"),
        rose("leadline_classifications_total", method="llm"),
        rose("leadline_classification_fallbacks_total", reason="rate_limited"),
    ),
    Need.RULES_ACCURACY: (
        appeared(RATIO, method="rules", metric="accuracy", dataset="golden"),
        shown("leadline_classification_eval_samples", method="rules", dataset="golden"),
    ),
    Need.TOKENS: (seen("gen_ai_client_token_usage", gen_ai_prompt_name="classify"),),
    Need.COST: (rose("leadline_llm_cost_usd_total"),),
    Need.UPTIME: (shown("probe_success", probe="readyz"),),
    Need.ERRORS_BY_ENDPOINT: (
        rose(f"{HTTP}_count", http_route="/api/v1/leads", http_response_status_code="401"),
        rose(f"{HTTP}_count", http_response_status_code="500"),
    ),
    Need.DATA_LOSS: (rose("leadline_data_loss_total", kind="message"),),
    Need.SHUTDOWN: (
        rose("leadline_shutdowns_total", role="worker", outcome="clean"),
        rose("leadline_shutdowns_total", role="web", outcome="crash"),
        appeared("leadline_last_shutdown_duration_seconds", role="worker"),
    ),
    Need.WEB_RECOVERY: (rose("leadline_user_session_recoveries_total"),),
    Need.DISK: (shown("leadline_disk_free_bytes", mount="data"), shown("leadline_disk_size_bytes", mount="data")),
    Need.THROTTLING: (
        rose("leadline_throttled_total", component="login", reason="local_limiter"),
        rose("leadline_throttled_total", component="groq", reason="http_429"),
    ),
    Need.API_RATE: (seen(HTTP, http_route="/healthz", http_response_status_code="200"),),
    Need.QUERY_TIME: (seen(QUERY, db_operation_name="SELECT"), seen(QUERY, db_operation_name="UPDATE")),
    Need.SLOW_QUERIES: (
        lambda day: (
            day.rise(f"{QUERY}_count", db_query_summary="day.slow")
            - day.rise(f"{QUERY}_bucket", db_query_summary="day.slow", le="0.1")
            == 1
        ),
    ),
    Need.POOL: (
        shown("db_client_connection_max", db_client_connection_pool_name="app"),
        rose("db_client_connection_timeouts_total", db_client_connection_pool_name="small"),
        rose("db_client_connection_wait_time_seconds_count", db_client_connection_pool_name="app"),
        appeared("db_client_connection_count", db_client_connection_pool_name="small"),
    ),
    Need.CONVERSION: (
        rose("leadline_conversion_cohort_leads", window="30d", stage="qualified"),
        rose("leadline_conversion_cohort_leads", window="30d", stage="won"),
        rose("leadline_leads", stage="won"),
    ),
    Need.FIRST_CONTACT: (seen("leadline_lead_first_contact_seconds"),),
    Need.LEADS_PER_CONSULTANT: (rose(ASSIGNED, window="7d"), rose("leadline_assignments_total", outcome="assigned")),
    Need.MANUAL_SHARE: (
        rose("leadline_leads_processed_total", mode="manual"),
        rose("leadline_leads_processed_total", mode="agent"),
    ),
    Need.CONSULTANT_RESPONSE: (seen("leadline_consultant_response_seconds"),),
    Need.AGENT_COMPLETION: (rose(FINISHED, outcome="completed", handled_by="agent"),),
    Need.LEADS_PER_MINUTE: (rose("leadline_leads_created_total", source="whatsapp"),),
    Need.TURN_TIME: (
        rose("leadline_turn_duration_seconds_count"),
        rose("leadline_turns_total", outcome="replied"),
        seen("leadline_turn_stage_seconds", stage="understand"),
    ),
    Need.JOBS: (seen("messaging_process_duration_seconds", error_type=""),),
    Need.FRESHNESS: (
        lambda day: day.after.has("leadline_collector_last_success_timestamp_seconds", collector="ledger"),
        shown("leadline_build_info"),
    ),
}


@pytest.mark.parametrize("need", list(Need), ids=lambda need: need.value)
def test_a_played_day_moves_each_required_figure(played: Played, need: Need):
    assert need in PROOFS, "nothing shows that this figure moves"
    for number, proof in enumerate(PROOFS[need]):
        assert proof(played), f"proof {number} of {need.value}"


@pytest.mark.parametrize("need", list(Need), ids=lambda need: need.value)
def test_each_required_figure_has_an_instrument_and_a_panel(need: Need):
    serving = {metric.name for metric in CATALOGUE.values() if need in metric.serves}
    assert serving, "no instrument serves it"
    assert serving & shown_metrics(), "no dashboard shows it"
