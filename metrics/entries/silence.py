"""Leads who fall silent: what was done about it, and what came of that."""

from __future__ import annotations

from metrics.promql import lasting, rise, share
from metrics.requirements import Need
from metrics.shape import Kind, Label, Metric, Origin, Panel

SENT = "leadline_follow_ups_sent_total"
SKIPPED = "leadline_follow_ups_skipped_total"
ANSWERED = "leadline_follow_ups_answered_total"
WRITTEN = lasting(SENT)
AUDIENCE = Label("audience", ("lead", "consultant"))
TO_LEADS = 'audience="lead"'

SILENCE = (
    Metric(
        SENT,
        Kind.COUNTER,
        "Follow-ups written: messages to silent leads, and reminders to the consultants of quiet ones.",
        origin=Origin.LEDGER,
        event="follow_up_sent",
        labels=(AUDIENCE, Label("stage", ("qualifying", "qualified", "working"))),
        serves=(Need.COMPLETION, Need.CONSULTANT_RESPONSE),
        panels=(Panel("Follow-ups", rise(WRITTEN, by="audience")),),
    ),
    Metric(
        SKIPPED,
        Kind.COUNTER,
        "Follow-ups left out, or called off at the last moment, by reason.",
        origin=Origin.LEDGER,
        event="follow_up_skipped",
        labels=(
            Label(
                "reason",
                (
                    "replied",
                    "opted_out",
                    "taken_over",
                    "moved",
                    "window_closed",
                    "no_time",
                    "waved_off",
                    "not_delivered",
                ),
            ),
        ),
        serves=(Need.COMPLETION,),
        panels=(Panel("Follow-ups left out", rise(lasting(SKIPPED), by="reason")),),
    ),
    Metric(
        ANSWERED,
        Kind.COUNTER,
        "Follow-ups that were answered within a day: by the lead, or by a consultant who wrote to the lead.",
        origin=Origin.LEDGER,
        event="follow_up_answered",
        labels=(AUDIENCE,),
        serves=(Need.COMPLETION, Need.CONSULTANT_RESPONSE),
        panels=(
            Panel(
                "Silent leads recovered",
                share(rise(lasting(ANSWERED), where=TO_LEADS), rise(WRITTEN, where=TO_LEADS)),
            ),
        ),
    ),
)
