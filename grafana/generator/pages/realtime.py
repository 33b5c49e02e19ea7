"""For support: do WhatsApp and the boards work?"""

from __future__ import annotations

from grafana.generator.bands import at_least, at_most, none_at_all
from grafana.generator.shows import Board, bars, lines, number, states

REALTIME = Board(
    "leadline-realtime",
    "Leadline: WhatsApp and realtime",
    "For support: do WhatsApp and the live boards work?",
    panels=(
        states(
            "WhatsApp sessions",
            "Session state",
            width=16,
            height=5,
            legend="{{session}}",
            note="What is not measured counts as down.",
        ),
        bars(
            "Session uptime (30 days)",
            "Session uptime (30 d)",
            unit="percentunit",
            top=1,
            height=5,
            legend="{{session}}",
            bands=at_least(0.995, 0.98, "percentunit"),
        ),
        lines(
            "Webhooks per minute, by what became of them",
            "Webhooks per minute",
        ),
        lines("Messages in per minute", "Messages in per minute"),
        lines(
            "Share of sends that fail",
            "Send failure ratio",
            unit="percentunit",
            bands=at_most(0.02, 0.1, "percentunit"),
        ),
        bars(
            "Delivered, by session and type",
            "Delivery rate by session and type",
            unit="percentunit",
            top=1,
            bands=at_least(0.98, 0.9, "percentunit"),
            note="Over the range shown; messages at its edge blur it. The exact figure stands beside it.",
        ),
        bars(
            "Delivered, exact (7 days)",
            "Delivery rate (exact, 7 d)",
            unit="percentunit",
            top=1,
            bands=at_least(0.98, 0.9, "percentunit"),
        ),
        lines(
            "Time to deliver and to hand over, p95",
            "Delivery time, p95",
            "Gateway send, p95",
            unit="s",
            bands=at_most(30, 300, "s"),
        ),
        number("Message persistence ratio", "percentunit", at_least(0.9999, 0.999, "percentunit"), width=6),
        bars("Messages found later", "Messages found later", width=6, height=4, bands=none_at_all("no webhook failed")),
        bars(
            "Found by the last comparison",
            "Found by the last comparison",
            width=6,
            height=4,
            bands=none_at_all("webhooks had brought everything"),
        ),
        number("Age of the last comparison", "s", at_most(600, 7200, "s"), width=6),
        bars(
            "Recovery after a restart, p95",
            "Recovery after a restart, p95",
            unit="s",
            bands=at_most(30, 120, "s"),
        ),
        bars(
            "Recoveries that succeeded",
            "Recovery success",
            unit="percentunit",
            top=1,
            bands=at_least(0.99, 0.9, "percentunit"),
        ),
        lines(
            "From a change to the boards",
            "Board latency, average",
            "Board latency, p95",
            "Board latency, p99",
            unit="s",
            bands=at_most(0.3, 1, "s"),
        ),
        lines(
            "WebSocket round trip",
            "WebSocket round trip, p50",
            "WebSocket round trip, p95",
            "WebSocket round trip, p99",
            unit="s",
            bands=at_most(0.2, 1, "s"),
        ),
        lines(
            "Peak of users and connections",
            "Peak concurrent users",
            "Peak concurrent connections (24 h)",
            note="Users over the range shown, connections over 24 hours.",
        ),
        lines("Disconnects per connection and hour", "Disconnects per connection and hour", bands=at_most(1, 6)),
        number("WebSocket uptime", "percentunit", at_least(0.999, 0.99, "percentunit"), width=12),
        number("Session recovery success", "percentunit", at_least(0.95, 0.8, "percentunit"), width=12),
    ),
)
