"""Each function of the stages moves the series that its name promises."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from metrics import (
    assignment,
    board,
    db,
    http,
    jobs,
    messages,
    qualification,
    service,
    sessions,
    turns,
    whatsapp,
)
from metrics.catalogue import CATALOGUE
from metrics.registry import REGISTRY
from metrics.shape import Kind

Call = Callable[[], object]

CALLS: list[tuple[Call, str, dict[str, str]]] = [
    (
        lambda: http.request("GET", "/healthz", 200, 0.1),
        "http_server_request_duration_seconds_count",
        {"http_request_method": "GET", "http_route": "/healthz", "http_response_status_code": "200"},
    ),
    (
        lambda: http.request("BREW", "/healthz", 418, 0.1),
        "http_server_request_duration_seconds_count",
        {"http_request_method": "_OTHER", "http_route": "/healthz", "http_response_status_code": "418"},
    ),
    (
        lambda: db.query("SELECT", "lead.by_id", 0.1),
        "db_client_operation_duration_seconds_count",
        {"db_operation_name": "SELECT", "db_query_summary": "lead.by_id", "error_type": ""},
    ),
    (
        lambda: db.query("VACUUM", "tidy", 0.1, failed=True),
        "db_client_operation_duration_seconds_count",
        {"db_operation_name": "OTHER", "db_query_summary": "tidy", "error_type": "error"},
    ),
    (
        lambda: db.waited("app", 0.1),
        "db_client_connection_wait_time_seconds_count",
        {"db_client_connection_pool_name": "app"},
    ),
    (
        lambda: db.exhausted("app"),
        "db_client_connection_timeouts_total",
        {"db_client_connection_pool_name": "app"},
    ),
    (
        lambda: jobs.ran("leadline:turn", 0.1, "retry"),
        "messaging_process_duration_seconds_count",
        {"messaging_destination_name": "leadline:turn", "error_type": "retry"},
    ),
    (lambda: jobs.rescued(1), "leadline_jobs_rescued_total", {}),
    (
        lambda: messages.webhook("agent", "stored"),
        "leadline_webhooks_total",
        {"session": "agent", "outcome": "stored"},
    ),
    (
        lambda: messages.received("agent", "text"),
        "messaging_client_consumed_messages_total",
        {"session": "agent", "message_type": "text"},
    ),
    (
        lambda: messages.duplicate("agent", "in"),
        "leadline_messages_duplicate_total",
        {"session": "agent", "direction": "in"},
    ),
    (
        lambda: whatsapp.sent("agent", "text", "rate_limited"),
        "messaging_client_sent_messages_total",
        {"session": "agent", "message_type": "text", "error_type": "rate_limited"},
    ),
    (
        lambda: whatsapp.operation("agent", "send", 0.1, failed=True),
        "messaging_client_operation_duration_seconds_count",
        {"session": "agent", "messaging_operation_name": "send", "error_type": "error"},
    ),
    (
        lambda: whatsapp.delivered("agent", 1),
        "leadline_whatsapp_delivery_latency_seconds_count",
        {"session": "agent"},
    ),
    (lambda: turns.late(0.1), "leadline_turn_stage_seconds_count", {"stage": "queue"}),
    (lambda: turns.ended("replied"), "leadline_turns_total", {"outcome": "replied"}),
    (lambda: turns.answered("rules", 0.1), "leadline_turn_duration_seconds_count", {"method": "rules"}),
    (
        lambda: qualification.finished("completed", 90),
        "leadline_lead_qualification_duration_seconds_count",
        {"outcome": "completed"},
    ),
    (
        lambda: qualification.first_contact("agent", 4),
        "leadline_lead_first_contact_seconds_count",
        {"actor": "agent"},
    ),
    (
        lambda: assignment.decided("assigned", 0.1),
        "leadline_assignment_duration_seconds_count",
        {"outcome": "assigned"},
    ),
    (lambda: assignment.responded(60), "leadline_consultant_response_seconds_count", {}),
    (lambda: board.emitted("card"), "leadline_board_emits_total", {"kind": "card"}),
    (lambda: board.latency(0.1), "leadline_board_update_latency_seconds_count", {"stage": "emit"}),
    (lambda: board.connected("new"), "leadline_websocket_connects_total", {"kind": "new"}),
    (lambda: board.connected("new"), "leadline_websocket_connections", {}),
    (lambda: board.disconnected("client", 1), "leadline_websocket_disconnects_total", {"reason": "client"}),
    (lambda: board.disconnected("client", 1), "leadline_websocket_connected_seconds_total", {}),
    (lambda: board.returned(2), "leadline_websocket_reconnect_gap_seconds_count", {"outcome": "resumed"}),
    (board.stayed_away, "leadline_websocket_reconnect_gap_seconds_count", {"outcome": "expired"}),
    (
        lambda: sessions.became("agent", "ready"),
        "leadline_whatsapp_session_transitions_total",
        {"session": "agent", "status": "ready"},
    ),
    (
        lambda: sessions.recovered("agent", "restart", 3),
        "leadline_whatsapp_session_recovery_seconds_count",
        {"session": "agent", "trigger": "restart", "outcome": "success"},
    ),
    (
        lambda: service.throttled("login", "local_limiter"),
        "leadline_throttled_total",
        {"component": "login", "reason": "local_limiter"},
    ),
]


def read(name: str, labels: dict[str, str]) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(("call", "name", "labels"), CALLS, ids=[name for _, name, _ in CALLS])
def test_a_call_moves_its_series_by_one(call: Call, name: str, labels: dict[str, str]):
    before = read(name, labels)
    call()
    assert read(name, labels) - before == 1


def test_gauges_say_what_is_now():
    board.listening(True)
    board.users(7)
    jobs.leading(True)
    jobs.succeeded("rescue", 1_000.0)
    service.build("1.2.3", "abc")
    db.watch_pool("jobs", used=lambda: 2, idle=lambda: 3, most=5, pending=lambda: 1)
    assert read("leadline_board_listener_up", {}) == 1
    assert read("leadline_websocket_active_users", {}) == 7
    assert read("leadline_leader", {}) == 1
    assert read("leadline_scheduler_last_success_timestamp_seconds", {"task": "rescue"}) == 1_000
    assert read("leadline_build_info", {"version": "1.2.3", "revision": "abc"}) == 1
    pool = {"db_client_connection_pool_name": "jobs"}
    assert read("db_client_connection_count", {**pool, "db_client_connection_state": "used"}) == 2
    assert read("db_client_connection_count", {**pool, "db_client_connection_state": "idle"}) == 3
    assert read("db_client_connection_max", pool) == 5
    assert read("db_client_connection_pending_requests", pool) == 1


def test_a_block_is_timed_as_a_part_of_the_turn_also_when_it_fails():
    before = read("leadline_turn_stage_seconds_count", {"stage": "store"})
    with pytest.raises(ZeroDivisionError), turns.stage("store"):
        _ = 1 / 0
    assert read("leadline_turn_stage_seconds_count", {"stage": "store"}) - before == 1


def test_a_job_counts_as_running_until_it_ends():
    before = read("leadline_jobs_running", {})
    with jobs.running():
        assert read("leadline_jobs_running", {}) == before + 1
    assert read("leadline_jobs_running", {}) == before


def test_announced_tasks_have_their_series_before_the_first_job():
    jobs.announce(["leadline:announced"])
    labels = {"messaging_destination_name": "leadline:announced", "error_type": "dead"}
    assert REGISTRY.get_sample_value("messaging_process_duration_seconds_count", labels) == 0


def test_clocks_that_disagree_give_zero_and_not_less():
    before = read("leadline_board_update_latency_seconds_sum", {"stage": "emit"})
    board.latency(-0.5)
    assert read("leadline_board_update_latency_seconds_sum", {"stage": "emit"}) == before


def test_whatever_is_exposed_stands_in_the_catalogue_with_its_type():
    foreign = ("process_", "python_")
    families = [family for family in REGISTRY.collect() if not family.name.startswith(foreign)]
    assert families
    for family in families:
        name = f"{family.name}_total" if family.type == "counter" else family.name
        assert CATALOGUE[name].kind == Kind(family.type)
        assert CATALOGUE[name].meaning == family.documentation
