"""How leads are talked to: turns, qualifications, facts, first contact."""

from __future__ import annotations

from metrics.promql import RANGE, lasting, mean, per_second, quantile, rise, share
from metrics.requirements import Need
from metrics.shape import Kind, Label, Metric, Origin, Panel, Unit
from metrics.vocabulary import (
    B_API,
    B_FIRST_CONTACT,
    B_QUALIFICATION,
    ENGAGEMENT,
    METHOD,
    OUTCOME,
    SOURCE,
    WINDOW,
)

FINISHED = "leadline_qualifications_finished_total"
ENDED = lasting(FINISHED)
RESUMED = "leadline_qualifications_resumed_total"
DURATION = "leadline_lead_qualification_duration_seconds"
FIRST_CONTACT = "leadline_lead_first_contact_seconds"
COMPLETED = 'outcome="completed"'
NOT_COMPLETED = 'outcome!="completed"'
BY_AGENT = f'{COMPLETED},handled_by="agent"'
BY_THE_AGENT = 'actor="agent"'
ENDS = f"({rise(ENDED, where=COMPLETED)} + clamp_min({rise(ENDED, where=NOT_COMPLETED)} - {rise(lasting(RESUMED))}, 0))"
"""Ends that stand: an abandoned qualification that went on is counted back, wherever its first end was seen."""
BASELINE = 'scalar(max(leadline_baseline_seconds{measure="first_contact"}))'

QUALIFICATION = (
    Metric(
        "leadline_leads_created_total",
        Kind.COUNTER,
        "Leads that came in, by where they came from.",
        origin=Origin.LEDGER,
        event="lead_created",
        labels=(SOURCE,),
        serves=(Need.LEADS_PER_MINUTE,),
        panels=(Panel("Leads per minute", f"{per_second(lasting('leadline_leads_created_total'))} * 60"),),
    ),
    Metric(
        "leadline_qualifications_started_total",
        Kind.COUNTER,
        "Qualifications begun, by the lead's source.",
        origin=Origin.LEDGER,
        event="qualification_started",
        labels=(SOURCE,),
        serves=(Need.COMPLETION,),
        panels=(Panel("Qualifications started", rise(lasting("leadline_qualifications_started_total"))),),
    ),
    Metric(
        FINISHED,
        Kind.COUNTER,
        "Qualifications ended, by how they ended and who led them. The first end counts: who completed one and then"
        " asks for a person has completed it. Ends that were undone are counted by the next metric.",
        origin=Origin.LEDGER,
        event="qualification_finished",
        labels=(OUTCOME, Label("handled_by", ("agent", "human", "mixed"))),
        serves=(Need.COMPLETION, Need.AGENT_COMPLETION),
        panels=(
            Panel("Completion rate", share(rise(ENDED, where=COMPLETED), ENDS)),
            Panel("Agent completion rate", share(rise(ENDED, where=BY_AGENT), ENDS)),
        ),
    ),
    Metric(
        RESUMED,
        Kind.COUNTER,
        "Ended qualifications that went on: abandoned ones whose lead came back, opt-outs that were taken back.",
        origin=Origin.LEDGER,
        event="qualification_resumed",
        labels=(Label("outcome", ("abandoned", "opted_out")),),
        serves=(Need.COMPLETION, Need.AGENT_COMPLETION),
    ),
    Metric(
        DURATION,
        Kind.HISTOGRAM,
        "From a lead's first message to the end of its qualification.",
        Unit.SECONDS,
        labels=(OUTCOME,),
        buckets=B_QUALIFICATION,
        serves=(Need.MINUTES_PER_LEAD,),
        panels=(
            Panel("Minutes per lead, average", f"{mean(DURATION, where=COMPLETED, over=RANGE)} / 60"),
            Panel("Minutes per lead, p95", f"{quantile(0.95, DURATION, where=COMPLETED, over=RANGE)} / 60"),
        ),
    ),
    Metric(
        "leadline_lead_qualification_window_seconds",
        Kind.GAUGE,
        "Exact figures of completed qualifications in fixed windows, minimum and maximum too.",
        Unit.SECONDS,
        Origin.SQL,
        labels=(WINDOW, Label("stat", ("avg", "min", "max", "p50", "p95"))),
        serves=(Need.MINUTES_PER_LEAD,),
        panels=(
            Panel(
                "Minutes per lead, range",
                'max by (stat) (leadline_lead_qualification_window_seconds{window="7d",stat=~"min|avg|max"}) / 60',
            ),
        ),
    ),
    Metric(
        "leadline_lead_fields_expected_total",
        Kind.COUNTER,
        "Facts asked of ended qualifications, once each, by how engaged the lead was at the first end.",
        origin=Origin.LEDGER,
        event="facts_expected",
        labels=(ENGAGEMENT,),
        serves=(Need.DATA_COLLECTION,),
    ),
    Metric(
        "leadline_lead_fields_collected_total",
        Kind.COUNTER,
        "Facts that ended qualifications know, once each, by how engaged the lead was at the first end.",
        origin=Origin.LEDGER,
        event="facts_collected",
        labels=(ENGAGEMENT,),
        serves=(Need.DATA_COLLECTION,),
        panels=(
            Panel(
                "Data collection rate",
                share(
                    rise(lasting("leadline_lead_fields_collected_total"), by="engagement"),
                    rise(lasting("leadline_lead_fields_expected_total"), by="engagement"),
                ),
            ),
        ),
    ),
    Metric(
        FIRST_CONTACT,
        Kind.HISTOGRAM,
        "From a lead's first message in to the first message out, by who wrote it.",
        Unit.SECONDS,
        labels=(Label("actor", ("agent", "human")),),
        buckets=B_FIRST_CONTACT,
        serves=(Need.FIRST_CONTACT, Need.FIRST_CONTACT_REDUCTION),
        panels=(
            Panel("Time to first contact, p95", quantile(0.95, FIRST_CONTACT, over=RANGE)),
            Panel(
                "Reduction of the time to first contact",
                "1 - " + share(f"({mean(FIRST_CONTACT, where=BY_THE_AGENT, over=RANGE)})", BASELINE),
            ),
        ),
    ),
    Metric(
        "leadline_baseline_seconds",
        Kind.GAUGE,
        "What the team needed by hand before; the figure that a reduction is measured against.",
        Unit.SECONDS,
        Origin.CONFIGURATION,
        labels=(Label("measure", ("first_contact", "qualification")), Label("source", at_most=1)),
        serves=(Need.FIRST_CONTACT_REDUCTION,),
        panels=(Panel("Baseline", "max by (measure, source) (leadline_baseline_seconds)"),),
        combinations=2,
    ),
    Metric(
        "leadline_turn_duration_seconds",
        Kind.HISTOGRAM,
        "From a message stored to the reply accepted, less the quiet window, by who wrote the reply.",
        Unit.SECONDS,
        labels=(METHOD,),
        buckets=B_API,
        serves=(Need.TURN_TIME,),
        panels=(
            Panel("Turn time, p50", quantile(0.5, "leadline_turn_duration_seconds")),
            Panel("Turn time, p95", quantile(0.95, "leadline_turn_duration_seconds")),
        ),
    ),
    Metric(
        "leadline_turn_stage_seconds",
        Kind.HISTOGRAM,
        "The parts of a turn: late start, understanding, storing with classifying and assigning in it.",
        Unit.SECONDS,
        labels=(Label("stage", ("queue", "understand", "classify", "assign", "store")),),
        buckets=B_API,
        serves=(Need.TURN_TIME,),
        panels=(Panel("Parts of a turn, average", mean("leadline_turn_stage_seconds", by="stage")),),
    ),
    Metric(
        "leadline_turns_total",
        Kind.COUNTER,
        "Turns ended: reply, nothing to say, draft thrown away, chat owned by a human, error.",
        labels=(Label("outcome", ("replied", "silent", "discarded", "not_ours", "failed")),),
        serves=(Need.TURN_TIME,),
        panels=(Panel("Turns per minute", f"{per_second('leadline_turns_total', by='outcome')} * 60"),),
    ),
)
