"""How fast the API, the database and the background jobs are."""

from __future__ import annotations

from metrics.promql import per_second, quantile, ratio_or_zero, share
from metrics.requirements import Need
from metrics.shape import Kind, Label, Metric, Origin, Panel, Unit
from metrics.vocabulary import B_API, B_DB, B_JOB, B_WAIT, POOL, TASK

REQUEST = "http_server_request_duration_seconds"
REQUESTS = f"{REQUEST}_count"
QUERY = "db_client_operation_duration_seconds"
CONNECTIONS = "db_client_connection_count"
BY_POOL = "db_client_connection_pool_name"
JOB = "messaging_process_duration_seconds"
COLLECTOR = Label("collector", ("ledger", "business", "windows", "queue"))


def _answers(code: str) -> str:
    answered = per_second(REQUESTS, by="http_route", where=f'http_response_status_code=~"{code}"')
    return ratio_or_zero(answered, per_second(REQUESTS, by="http_route"))


PERFORMANCE = (
    Metric(
        REQUEST,
        Kind.HISTOGRAM,
        "Requests answered, by route template; an unknown path is `unmatched`, an unknown method `_OTHER`.",
        Unit.SECONDS,
        labels=(
            Label("http_request_method", at_most=7),
            Label("http_route", at_most=60),
            Label("http_response_status_code", at_most=40),
        ),
        buckets=B_API,
        serves=(Need.API_RATE, Need.ERRORS_BY_ENDPOINT),
        panels=(
            Panel("Request rate", per_second(REQUESTS, by="http_route")),
            *(Panel(f"API latency, p{q * 100:.0f}", quantile(q, REQUEST, by="http_route")) for q in (0.5, 0.95, 0.99)),
            Panel("5xx ratio", _answers("5..")),
            Panel("4xx ratio", _answers("4..")),
        ),
        combinations=100,
    ),
    Metric(
        QUERY,
        Kind.HISTOGRAM,
        "Database statements by kind and by the name the code gave them; slow is over 100 ms.",
        Unit.SECONDS,
        labels=(
            Label("db_operation_name", ("SELECT", "INSERT", "UPDATE", "DELETE", "OTHER")),
            Label("db_query_summary", at_most=130),
            Label("error_type", ("", "error")),
        ),
        buckets=B_DB,
        serves=(Need.QUERY_TIME, Need.SLOW_QUERIES),
        panels=(
            *(
                Panel(f"Query time, p{q * 100:.0f}", quantile(q, QUERY, by="db_operation_name"))
                for q in (0.5, 0.95, 0.99)
            ),
            Panel(
                "Slow queries per hour (over 100 ms)",
                f"sum by (db_query_summary) (increase({QUERY}_count[1h]))"
                f' - sum by (db_query_summary) (increase({QUERY}_bucket{{le="0.1"}}[1h]))',
            ),
        ),
        combinations=150,
    ),
    Metric(
        CONNECTIONS,
        Kind.GAUGE,
        "Database connections of this process, in use and idle.",
        labels=(POOL, Label("db_client_connection_state", ("used", "idle"))),
        serves=(Need.POOL,),
        panels=(
            Panel("Pool, active and idle", f"sum by ({BY_POOL}, db_client_connection_state) ({CONNECTIONS})"),
            Panel(
                "Pool saturation",
                share(
                    f'sum by ({BY_POOL}) ({CONNECTIONS}{{db_client_connection_state="used"}})',
                    f"sum by ({BY_POOL}) (db_client_connection_max)",
                ),
            ),
        ),
    ),
    Metric(
        "db_client_connection_max",
        Kind.GAUGE,
        "The most connections that the pool may open.",
        labels=(POOL,),
        serves=(Need.POOL,),
    ),
    Metric(
        "db_client_connection_pending_requests",
        Kind.GAUGE,
        "Callers waiting for a connection.",
        labels=(POOL,),
        serves=(Need.POOL,),
        panels=(Panel("Waiting for a connection", f"sum by ({BY_POOL}) (db_client_connection_pending_requests)"),),
    ),
    Metric(
        "db_client_connection_timeouts_total",
        Kind.COUNTER,
        "Callers who waited for a connection in vain.",
        labels=(POOL,),
        serves=(Need.POOL,),
        panels=(
            Panel(
                "Pool exhausted",
                f"sum by ({BY_POOL}) (increase(db_client_connection_timeouts_total[$__range]))",
            ),
        ),
    ),
    Metric(
        "db_client_connection_wait_time_seconds",
        Kind.HISTOGRAM,
        "Wait for a connection.",
        Unit.SECONDS,
        labels=(POOL,),
        buckets=B_WAIT,
        serves=(Need.POOL,),
        panels=(Panel("Pool wait, p95", quantile(0.95, "db_client_connection_wait_time_seconds", by=BY_POOL)),),
    ),
    Metric(
        JOB,
        Kind.HISTOGRAM,
        "Runs of background jobs: done, to be tried again, or given up.",
        Unit.SECONDS,
        labels=(TASK, Label("error_type", ("", "retry", "dead"))),
        buckets=B_JOB,
        serves=(Need.JOBS,),
        panels=(
            Panel("Jobs per minute", f"{per_second(f'{JOB}_count', by='messaging_destination_name')} * 60"),
            Panel("Job time, p95", quantile(0.95, JOB, by="messaging_destination_name")),
        ),
        combinations=30,
    ),
    Metric(
        "leadline_jobs_running",
        Kind.GAUGE,
        "Jobs that this worker is running now.",
        serves=(Need.JOBS,),
        panels=(Panel("Jobs running", "sum(leadline_jobs_running)"),),
    ),
    Metric(
        "leadline_jobs_rescued_total",
        Kind.COUNTER,
        "Jobs of a dead worker given back to the queue.",
        serves=(Need.JOBS,),
        panels=(Panel("Jobs rescued", "sum(increase(leadline_jobs_rescued_total[$__range]))"),),
    ),
    Metric(
        "leadline_job_queue_depth",
        Kind.GAUGE,
        "Jobs in the queue, by state.",
        origin=Origin.SQL,
        labels=(Label("queue", at_most=10), Label("state", ("ready", "running", "retry", "dead"))),
        serves=(Need.JOBS,),
        panels=(Panel("Backlog", "sum by (queue, state) (leadline_job_queue_depth)"),),
    ),
    Metric(
        "leadline_job_oldest_pending_seconds",
        Kind.GAUGE,
        "Age of the oldest job that nobody has begun.",
        Unit.SECONDS,
        Origin.SQL,
        labels=(Label("queue", at_most=10),),
        serves=(Need.JOBS,),
        panels=(Panel("Oldest pending job", "max by (queue) (leadline_job_oldest_pending_seconds)"),),
    ),
    Metric(
        "leadline_leader",
        Kind.GAUGE,
        "1 in the worker that leads, 0 in the others.",
        serves=(Need.JOBS,),
        panels=(Panel("Leading workers", "sum(leadline_leader)"),),
    ),
    Metric(
        "leadline_scheduler_last_success_timestamp_seconds",
        Kind.GAUGE,
        "When each recurring task of the leading worker last succeeded, or was first expected to.",
        Unit.TIMESTAMP,
        labels=(Label("task", at_most=20),),
        serves=(Need.JOBS, Need.FRESHNESS),
        panels=(
            Panel(
                "Age of the last success",
                "time() - max by (task) (leadline_scheduler_last_success_timestamp_seconds)",
            ),
        ),
    ),
    Metric(
        "leadline_collector_last_success_timestamp_seconds",
        Kind.GAUGE,
        "When the figures from the database were last read.",
        Unit.TIMESTAMP,
        labels=(COLLECTOR,),
        serves=(Need.FRESHNESS,),
        panels=(
            Panel(
                "Age of the business figures",
                "time() - max by (collector) (leadline_collector_last_success_timestamp_seconds)",
            ),
        ),
    ),
)
