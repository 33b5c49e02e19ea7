"""WhatsApp: webhooks, messages in and out, delivery, and the health of both sessions."""

from __future__ import annotations

from metrics.promql import RANGE, lasting, per_second, quantile, rise, share
from metrics.requirements import Need
from metrics.shape import Kind, Label, Metric, Origin, Panel, Unit
from metrics.vocabulary import (
    B_API,
    B_DELIVERY,
    B_RECOVERY,
    DIRECTION,
    MESSAGE_TYPE,
    SENT_TYPE,
    SESSION,
)

SENT = "messaging_client_sent_messages_total"
OPERATION = "messaging_client_operation_duration_seconds"
STATUS = "leadline_whatsapp_message_status_total"
COHORT = "leadline_whatsapp_delivery_cohort_messages"
RECOVERY = "leadline_whatsapp_session_recovery_seconds"
STORED = "leadline_messages_persisted_total"
KEPT = lasting(STORED)
GONE = lasting("leadline_data_loss_total")
MESSAGES = 'kind="message"'
EVER_KEPT = f"({rise(KEPT)} + {rise(GONE, where=MESSAGES)})"
RECOVERED = "leadline_messages_recovered_total"
UPTIME = "leadline_whatsapp_session_uptime_ratio"
BY_TYPE = "session, message_type"
REACHED = Label("status", ("accepted", "sent", "delivered", "read", "played", "failed", "unknown"))
GATEWAY_ERROR = Label(
    "error_type",
    ("", "timeout", "rate_limited", "not_on_whatsapp", "session_not_ready", "restricted", "other"),
)
STATUS_OF_SESSION = Label(
    "status", ("stopped", "starting", "auth_required", "ready", "failed", "restricted", "unknown")
)

WHATSAPP = (
    Metric(
        "leadline_webhooks_total",
        Kind.COUNTER,
        "Webhook deliveries, by what became of them; an unparseable body is kept and answered 200.",
        labels=(
            SESSION,
            Label("outcome", ("stored", "duplicate", "ignored", "unparseable", "refused", "failed")),
        ),
        serves=(Need.PERSISTENCE,),
        panels=(Panel("Webhooks per minute", f"{per_second('leadline_webhooks_total', by='outcome')} * 60"),),
    ),
    Metric(
        "messaging_client_consumed_messages_total",
        Kind.COUNTER,
        "Messages from leads accepted and stored.",
        labels=(SESSION, MESSAGE_TYPE),
        serves=(Need.PERSISTENCE,),
        panels=(
            Panel(
                "Messages in per minute",
                f"{per_second('messaging_client_consumed_messages_total', by='session')} * 60",
            ),
        ),
    ),
    Metric(
        "leadline_messages_duplicate_total",
        Kind.COUNTER,
        "Messages that arrived again and changed nothing.",
        labels=(SESSION, DIRECTION),
        serves=(Need.PERSISTENCE,),
        panels=(Panel("Duplicates set aside", rise("leadline_messages_duplicate_total", by="session")),),
    ),
    Metric(
        SENT,
        Kind.COUNTER,
        "Attempts to send a message, by error; an empty error is a success.",
        labels=(SESSION, SENT_TYPE, GATEWAY_ERROR),
        serves=(Need.DELIVERY,),
        panels=(
            Panel(
                "Send failure ratio",
                share(per_second(SENT, by="session", where='error_type!=""'), per_second(SENT, by="session")),
            ),
        ),
    ),
    Metric(
        OPERATION,
        Kind.HISTOGRAM,
        "Calls to the WhatsApp gateway.",
        Unit.SECONDS,
        labels=(
            SESSION,
            Label(
                "messaging_operation_name",
                ("send", "mark_read", "typing", "session", "history", "check_number", "media"),
            ),
            Label("error_type", ("", "error")),
        ),
        buckets=B_API,
        serves=(Need.DELIVERY,),
        panels=(
            Panel(
                "Gateway send, p95",
                quantile(0.95, OPERATION, by="session", where='messaging_operation_name="send"'),
            ),
        ),
    ),
    Metric(
        STATUS,
        Kind.COUNTER,
        "Messages out that reached a status.",
        origin=Origin.LEDGER,
        event="message_status",
        labels=(SESSION, MESSAGE_TYPE, REACHED),
        serves=(Need.DELIVERY,),
        panels=(
            Panel(
                "Delivery rate by session and type",
                share(
                    rise(lasting(STATUS), by=BY_TYPE, where='status="delivered"'),
                    rise(lasting(STATUS), by=BY_TYPE, where='status="accepted"'),
                ),
            ),
        ),
    ),
    Metric(
        COHORT,
        Kind.GAUGE,
        "Messages accepted at least 10 minutes ago in fixed windows, and those of them that were delivered.",
        origin=Origin.SQL,
        labels=(
            SESSION,
            SENT_TYPE,
            Label("status", ("accepted", "delivered")),
            Label("window", ("24h", "7d")),
        ),
        serves=(Need.DELIVERY,),
        panels=(
            Panel(
                "Delivery rate (exact, 7 d)",
                share(
                    f'sum by ({BY_TYPE}) ({COHORT}{{window="7d",status="delivered"}})',
                    f'sum by ({BY_TYPE}) ({COHORT}{{window="7d",status="accepted"}})',
                ),
            ),
        ),
    ),
    Metric(
        "leadline_whatsapp_delivery_latency_seconds",
        Kind.HISTOGRAM,
        "From a message accepted by WhatsApp to its delivery on the lead's phone.",
        Unit.SECONDS,
        labels=(SESSION,),
        buckets=B_DELIVERY,
        serves=(Need.DELIVERY,),
        panels=(
            Panel(
                "Delivery time, p95",
                quantile(0.95, "leadline_whatsapp_delivery_latency_seconds", by="session"),
            ),
        ),
    ),
    Metric(
        "leadline_whatsapp_session_up",
        Kind.GAUGE,
        "1 while a WhatsApp session can send and receive, else 0; nothing while nobody looks.",
        origin=Origin.SQL,
        labels=(SESSION,),
        serves=(Need.SESSION_UPTIME,),
        panels=(Panel("Session state", "max by (session) (leadline_whatsapp_session_up)"),),
    ),
    Metric(
        UPTIME,
        Kind.GAUGE,
        "Share of a window in which a session could send and receive, from the first time that it could.",
        Unit.RATIO,
        Origin.SQL,
        labels=(SESSION, Label("window", ("24h", "30d"))),
        serves=(Need.SESSION_UPTIME,),
        panels=(Panel("Session uptime (30 d)", f'max by (session) ({UPTIME}{{window="30d"}})'),),
    ),
    Metric(
        "leadline_whatsapp_session_transitions_total",
        Kind.COUNTER,
        "Changes of a session's status, by the status it came to.",
        labels=(SESSION, STATUS_OF_SESSION),
        serves=(Need.SESSION_UPTIME,),
        panels=(Panel("Status changes", rise("leadline_whatsapp_session_transitions_total", by="session, status")),),
    ),
    Metric(
        RECOVERY,
        Kind.HISTOGRAM,
        "From a session lost to ready again, by what took it down and whether it came back.",
        Unit.SECONDS,
        labels=(
            SESSION,
            Label("trigger", ("restart", "disconnect", "logout")),
            Label("outcome", ("success", "failed")),
        ),
        buckets=B_RECOVERY,
        serves=(Need.RECOVERY,),
        panels=(
            Panel(
                "Recovery after a restart, p95",
                quantile(0.95, RECOVERY, by="session", where='trigger="restart",outcome="success"', over=RANGE),
            ),
            Panel(
                "Recovery success",
                share(
                    rise(f"{RECOVERY}_count", by="session", where='outcome="success"'),
                    rise(f"{RECOVERY}_count", by="session"),
                ),
            ),
        ),
    ),
    Metric(
        STORED,
        Kind.COUNTER,
        "Messages kept in the database.",
        origin=Origin.LEDGER,
        event="message_persisted",
        labels=(SESSION, DIRECTION),
        serves=(Need.PERSISTENCE,),
        panels=(Panel("Message persistence ratio", share(rise(KEPT), EVER_KEPT)),),
    ),
    Metric(
        RECOVERED,
        Kind.COUNTER,
        "Messages that no webhook brought: found in the gateway's history and stored, late but not lost.",
        origin=Origin.LEDGER,
        event="message_recovered",
        labels=(SESSION, DIRECTION),
        serves=(Need.PERSISTENCE,),
        panels=(Panel("Messages found later", rise(lasting(RECOVERED), by="session")),),
    ),
    Metric(
        "leadline_message_reconciliation_missing",
        Kind.GAUGE,
        "Messages in the gateway's history that the last comparison had to add to the database.",
        origin=Origin.SQL,
        labels=(SESSION,),
        serves=(Need.PERSISTENCE,),
        panels=(Panel("Found by the last comparison", "max by (session) (leadline_message_reconciliation_missing)"),),
    ),
    Metric(
        "leadline_message_reconciliation_last_success_timestamp_seconds",
        Kind.GAUGE,
        "When the gateway's history was last compared with the database, or a session that never was came up first.",
        Unit.TIMESTAMP,
        Origin.SQL,
        serves=(Need.PERSISTENCE, Need.FRESHNESS),
        panels=(
            Panel(
                "Age of the last comparison",
                "time() - max(leadline_message_reconciliation_last_success_timestamp_seconds)",
            ),
        ),
    ),
)
