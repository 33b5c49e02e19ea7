"""The live board: what a change costs on its way to a browser, and how well browsers stay connected."""

from __future__ import annotations

from metrics.promql import RANGE, RECENT, mean, per_second, quantile, ratio_or_zero, share
from metrics.requirements import Need
from metrics.shape import Kind, Label, Metric, Origin, Panel, Unit
from metrics.vocabulary import B_API, B_REAL_TIME, B_RECOVERY

BOARD = "leadline_board_update_latency_seconds"
ROUND_TRIP = "leadline_websocket_roundtrip_seconds"
CONNECTED = "leadline_websocket_connected_seconds_total"
GAP = "leadline_websocket_reconnect_gap_seconds"
EVENT = "reflex_event_duration_seconds"
HANDLER = Label("reflex_event_name", at_most=40)

REALTIME = (
    Metric(
        BOARD,
        Kind.HISTOGRAM,
        "From the commit of a change to its delta handed to the sockets, or painted by a sampled browser.",
        Unit.SECONDS,
        labels=(Label("stage", ("emit", "painted")),),
        buckets=B_REAL_TIME,
        serves=(Need.BOARD_LATENCY,),
        panels=(
            Panel("Board latency, p95", quantile(0.95, BOARD, by="stage")),
            Panel("Board latency, p99", quantile(0.99, BOARD, by="stage")),
            Panel("Board latency, average", mean(BOARD, by="stage")),
        ),
    ),
    Metric(
        "leadline_board_emits_total",
        Kind.COUNTER,
        "What the board sent: changed cards, cards taken out of sight, whole snapshots.",
        labels=(Label("kind", ("card", "removal", "snapshot")),),
        serves=(Need.BOARD_LATENCY,),
        panels=(Panel("Board emits per minute", f"{per_second('leadline_board_emits_total', by='kind')} * 60"),),
    ),
    Metric(
        "leadline_board_listener_up",
        Kind.GAUGE,
        "1 while this web process hears the database's notifications, 0 while it is reconnecting.",
        serves=(Need.BOARD_LATENCY,),
        panels=(Panel("Board listener", "min(leadline_board_listener_up)"),),
    ),
    Metric(
        ROUND_TRIP,
        Kind.HISTOGRAM,
        "From a ping to a browser to its pong, measured at each heartbeat.",
        Unit.SECONDS,
        buckets=B_REAL_TIME,
        serves=(Need.SOCKET_LATENCY,),
        panels=tuple(
            Panel(f"WebSocket round trip, p{q * 100:.0f}", quantile(q, ROUND_TRIP)) for q in (0.5, 0.95, 0.99)
        ),
    ),
    Metric(
        EVENT,
        Kind.HISTOGRAM,
        "Run time of the page's event handlers.",
        Unit.SECONDS,
        Origin.REFLEX,
        labels=(HANDLER, Label("error_type", at_most=10)),
        buckets=B_API,
        serves=(Need.SOCKET_LATENCY,),
        panels=(
            Panel("Slowest handlers, p95", f"topk(5, {quantile(0.95, EVENT, by='reflex_event_name')})"),
            Panel(
                "Page event error ratio",
                ratio_or_zero(per_second(f"{EVENT}_count", where='error_type!=""'), per_second(f"{EVENT}_count")),
            ),
        ),
        combinations=50,
    ),
    Metric(
        "reflex_state_acquire_duration_seconds",
        Kind.HISTOGRAM,
        "Wait of an event handler for the page's state.",
        Unit.SECONDS,
        Origin.REFLEX,
        labels=(HANDLER,),
        buckets=B_API,
        serves=(Need.SOCKET_LATENCY,),
        panels=(Panel("State wait, p95", quantile(0.95, "reflex_state_acquire_duration_seconds")),),
    ),
    Metric(
        "leadline_websocket_connections",
        Kind.GAUGE,
        "Browsers connected to this process.",
        serves=(Need.PEAK_USERS,),
        panels=(
            Panel(
                "Peak concurrent connections (24 h)",
                "max_over_time(sum(leadline_websocket_connections)[24h:1m])",
            ),
        ),
    ),
    Metric(
        "leadline_websocket_active_users",
        Kind.GAUGE,
        "Distinct signed-in users connected to this process.",
        serves=(Need.PEAK_USERS,),
        panels=(Panel("Peak concurrent users", f"max_over_time(sum(leadline_websocket_active_users)[{RANGE}:1m])"),),
    ),
    Metric(
        "leadline_websocket_connects_total",
        Kind.COUNTER,
        "Connections opened: by a new page, or by a page that came back.",
        labels=(Label("kind", ("new", "reconnect")),),
        serves=(Need.SOCKET_CHURN,),
        panels=(Panel("Connects per minute", f"{per_second('leadline_websocket_connects_total', by='kind')} * 60"),),
    ),
    Metric(
        "leadline_websocket_disconnects_total",
        Kind.COUNTER,
        "Connections closed, by why.",
        labels=(Label("reason", ("client", "transport", "ping_timeout", "revoked")),),
        serves=(Need.SOCKET_CHURN,),
        panels=(
            Panel(
                "Disconnects per connection and hour",
                "sum(rate(leadline_websocket_disconnects_total[1h])) * 3600"
                " / clamp_min(sum(avg_over_time(leadline_websocket_connections[1h])), 1)",
            ),
        ),
    ),
    Metric(
        CONNECTED,
        Kind.COUNTER,
        "Time that browsers spent connected.",
        Unit.SECONDS,
        serves=(Need.SOCKET_UPTIME,),
        panels=(
            Panel(
                "WebSocket uptime",
                share(
                    per_second(CONNECTED, over=RANGE),
                    f"({per_second(CONNECTED, over=RANGE)} + {per_second(f'{GAP}_sum', over=RANGE)})",
                ),
            ),
        ),
    ),
    Metric(
        GAP,
        Kind.HISTOGRAM,
        "From a browser's line lost to its return; who stays away for 5 minutes has left (as 0).",
        Unit.SECONDS,
        labels=(Label("outcome", ("resumed", "expired")),),
        buckets=B_RECOVERY,
        serves=(Need.SOCKET_UPTIME, Need.WEB_RECOVERY),
        panels=(
            Panel(
                "Session recovery success",
                share(
                    per_second(f"{GAP}_count", where='outcome="resumed"', over=RANGE),
                    per_second(f"{GAP}_count", over=RANGE),
                ),
            ),
            Panel("Reconnect gap, p95", quantile(0.95, GAP, where='outcome="resumed"', over=RECENT)),
        ),
    ),
)
