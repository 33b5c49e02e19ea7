"""Whether Leadline is up, loses nothing, stops cleanly and has room to work."""

from __future__ import annotations

from metrics.promql import lasting, per_second, rise, share
from metrics.requirements import Need
from metrics.shape import Kind, Label, Metric, Origin, Panel, Unit
from metrics.vocabulary import ROLE

SHUTDOWNS = lasting("leadline_shutdowns_total")
MOUNT = Label("mount", at_most=2)

RELIABILITY = (
    Metric(
        "probe_success",
        Kind.GAUGE,
        "1 when a probe from outside was answered as it should be.",
        origin=Origin.PROBE,
        labels=(Label("probe", ("readyz", "login_page", "webhook")),),
        serves=(Need.UPTIME,),
        panels=(Panel("Uptime (30 d)", "avg_over_time(slo:leadline_availability:good[30d])"),),
    ),
    Metric(
        "pg_up",
        Kind.GAUGE,
        "1 when PostgreSQL could be asked from outside.",
        origin=Origin.PROBE,
        serves=(Need.UPTIME,),
    ),
    Metric(
        "leadline_data_loss_total",
        Kind.COUNTER,
        "Messages and leads that were committed and counted, and are no longer there though nobody erased them.",
        origin=Origin.LEDGER,
        event="data_loss",
        labels=(Label("kind", ("message", "lead")),),
        serves=(Need.DATA_LOSS,),
        panels=(Panel("Data-loss events", rise(lasting("leadline_data_loss_total"), by="kind")),),
    ),
    Metric(
        "leadline_last_shutdown_duration_seconds",
        Kind.GAUGE,
        "How long the last stop took; told by the next start, for a stopped process is not scraped.",
        Unit.SECONDS,
        Origin.SQL,
        labels=(ROLE,),
        serves=(Need.SHUTDOWN,),
        panels=(Panel("Last shutdown", "max by (role) (leadline_last_shutdown_duration_seconds)"),),
    ),
    Metric(
        "leadline_shutdowns_total",
        Kind.COUNTER,
        "Ends of processes: in order, forced after the grace period, or without a word.",
        origin=Origin.LEDGER,
        event="shutdown",
        labels=(ROLE, Label("outcome", ("clean", "forced", "crash"))),
        serves=(Need.SHUTDOWN,),
        panels=(Panel("Unclean stops", rise(SHUTDOWNS, by="role", where='outcome!="clean"')),),
    ),
    Metric(
        "leadline_user_session_recoveries_total",
        Kind.COUNTER,
        "Browsers that came back after a lost line: shown the present state again, or made to begin anew.",
        labels=(Label("outcome", ("restored", "lost")),),
        serves=(Need.WEB_RECOVERY,),
        panels=(
            Panel(
                "Pages restored",
                share(
                    rise("leadline_user_session_recoveries_total", where='outcome="restored"'),
                    rise("leadline_user_session_recoveries_total"),
                ),
            ),
        ),
    ),
    Metric(
        "leadline_disk_free_bytes",
        Kind.GAUGE,
        "Room left on the disk of the data folder, and on the disk of a database that runs here.",
        Unit.BYTES,
        labels=(MOUNT,),
        serves=(Need.DISK,),
        panels=(
            Panel(
                "Hours until the disk is full",
                "min by (mount) (leadline_disk_free_bytes)"
                " / clamp_min(-min by (mount) (deriv(leadline_disk_free_bytes[6h])), 1) / 3600",
            ),
            Panel("Disk free", "min by (mount) (leadline_disk_free_bytes / leadline_disk_size_bytes)"),
        ),
    ),
    Metric(
        "leadline_disk_size_bytes",
        Kind.GAUGE,
        "Size of the disk.",
        Unit.BYTES,
        labels=(MOUNT,),
        serves=(Need.DISK,),
    ),
    Metric(
        "leadline_throttled_total",
        Kind.COUNTER,
        "Times somebody was slowed down: we by a provider, or a caller by us.",
        labels=(
            Label("component", ("groq", "llm", "trial", "whatsapp", "login")),
            Label("reason", ("http_429", "local_limiter", "quota")),
        ),
        serves=(Need.THROTTLING,),
        panels=(
            Panel(
                "Throttled per minute",
                f"{per_second('leadline_throttled_total', by='component, reason')} * 60",
            ),
        ),
    ),
    Metric(
        "leadline_build_info",
        Kind.GAUGE,
        "Always 1; its labels say what runs.",
        labels=(Label("version", at_most=3), Label("revision", at_most=3)),
        serves=(Need.FRESHNESS,),
        panels=(Panel("Version", "max by (version, revision) (leadline_build_info)"),),
        combinations=1,
    ),
)
