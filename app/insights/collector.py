"""The figures that the leading worker reads from the database and shows at its scrapes.

Counters are totals of the ledger, so a restart resets nothing and an erased person stays counted; gauges say
how things stand now. The worker refreshes them now and then (``refresh``); a scrape never touches the
database.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from app.clock import Clock
from app.database import watching
from app.insights import queries
from app.insights.agreement import agreement
from app.leads import folding
from app.registry import use
from app.settings import Settings
from metrics.catalogue import CATALOGUE
from metrics.collector import CachedCollector, Sample, from_ledger
from metrics.shape import Origin

COST, UNPRICED = "leadline_llm_cost_usd_total", "leadline_llm_unpriced_calls_total"
RATIO, SAMPLES = "leadline_classification_eval_ratio", "leadline_classification_eval_samples"

BUSINESS = MappingProxyType(
    {
        "leadline_leads": queries.LEADS,
        "leadline_consultants_active": queries.CONSULTANTS,
        "leadline_consultant_assigned_leads": queries.ASSIGNED,
        "leadline_leads_unassigned": queries.UNASSIGNED,
        "leadline_whatsapp_session_up": queries.SESSIONS_UP,
        "leadline_message_reconciliation_missing": queries.RECONCILED_MISSING,
        "leadline_message_reconciliation_last_success_timestamp_seconds": queries.RECONCILED_AT,
        "leadline_last_shutdown_duration_seconds": queries.LAST_SHUTDOWN,
    }
)
WINDOWS = MappingProxyType(
    {
        "leadline_lead_qualification_window_seconds": queries.QUALIFIED_IN,
        "leadline_conversion_cohort_leads": queries.CONVERTED,
        "leadline_consultant_entitlement_leads": queries.ENTITLED,
        "leadline_whatsapp_delivery_cohort_messages": queries.DELIVERED,
        "leadline_whatsapp_session_uptime_ratio": queries.SESSIONS_UPTIME,
        RATIO: queries.EVALUATED,
        SAMPLES: queries.EVALUATED_ON,
    }
)
JOBS = MappingProxyType(
    {
        "leadline_job_queue_depth": queries.QUEUE,
        "leadline_job_oldest_pending_seconds": queries.OLDEST,
    }
)
COUNTED = tuple(metric.name for metric in CATALOGUE.values() if metric.origin is Origin.LEDGER)
WINDOWS_EVERY = 4
"""Readings from one look at the windows to the next: they read more rows than the rest, and change slowly."""


async def ledger_totals() -> list[Sample]:
    """The counters of the catalogue that stand for ledger rows."""
    told = from_ledger((kind, labels, float(amount)) for kind, labels, amount in await folding.totals())
    return [*_first_costs(), *told]


def _first_costs() -> list[Sample]:
    """A zero for each model that may be asked: a counter that is born with its first dollar shows no rise."""
    prompts = next(label.values for label in CATALOGUE[COST].labels if label.name == "gen_ai_prompt_name")
    models = [{"gen_ai_request_model": model} for model in use(Settings).models]
    costs = [Sample(COST, 0.0, {**model, "gen_ai_prompt_name": prompt}) for model in models for prompt in prompts]
    return [*costs, *(Sample(UNPRICED, 0.0, model) for model in models)]


async def business() -> list[Sample]:
    """How leads, consultants, sessions and processes stand now."""
    return await _read(BUSINESS)


async def windows() -> list[Sample]:
    """Exact figures of the last hours, days and weeks."""
    return [*await _read(WINDOWS), *await _judged_by_people()]


async def queue() -> list[Sample]:
    """How the jobs stand now."""
    return await _read(JOBS)


class Figures:
    """All figures of the database, shown while this worker leads."""

    def __init__(self) -> None:
        self._windows = CachedCollector("windows", windows, WINDOWS)
        self._often = (
            # The queue first: it reads no table that a turn locks.
            CachedCollector("queue", queue, JOBS),
            CachedCollector("ledger", ledger_totals, COUNTED),
            CachedCollector("business", business, BUSINESS),
        )
        self._reading = 0

    async def refresh(self) -> None:
        """Read the figures anew, the windows at every fourth call. What cannot be read keeps its last values for a
        while and holds up nothing else; the first such error is raised in the end.
        """
        due = (*self._often, self._windows) if self._reading % WINDOWS_EVERY == 0 else self._often
        self._reading += 1
        for came in await asyncio.gather(*(collector.refresh() for collector in due), return_exceptions=True):
            if isinstance(came, BaseException):
                raise came

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Show the figures at the scrapes of this process inside the block."""
        collectors = (*self._often, self._windows)
        for collector in collectors:
            collector.start()
        try:
            yield
        finally:
            for collector in collectors:
                collector.stop()


async def _read(figures: Mapping[str, str]) -> list[Sample]:
    return [_sample(name, row) for name, query in figures.items() for row in await _rows(name, query)]


def _sample(metric: str, row: Mapping[str, Any]) -> Sample:
    labels = {name: str(value) for name, value in row.items() if name != "value"}
    return Sample(metric, float(row["value"]), labels)


async def _judged_by_people() -> list[Sample]:
    """Each method beside the blind verdicts of the last 30 days."""
    pairs: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in await _rows("verdicts", queries.JUDGED):
        pairs[row["method"]].append((row["predicted"], row["said"]))
    return [sample for method, judged in pairs.items() for sample in _agreement(method, judged)]


def _agreement(method: str, judged: Sequence[tuple[str, str]]) -> list[Sample]:
    found = agreement(judged)
    labels = {"method": method, "dataset": "human30d"}
    ratios = {"accuracy": found.accuracy, "macro_f1": found.macro_f1, "cohen_kappa": found.cohen_kappa}
    return [
        *(Sample(RATIO, value, {**labels, "metric": name}) for name, value in ratios.items()),
        Sample(SAMPLES, found.samples, labels),
    ]


async def _rows(name: str, query: str) -> list[dict[str, Any]]:
    """What a query tells, without rows that have no value."""
    statement = sa.text(query).execution_options(query_summary=f"insights.{name.removeprefix('leadline_')}")
    values = {"now": use(Clock).now()} if ":now" in query else {}
    async with watching() as db:
        rows = [{**row} for row in (await db.execute(statement, values)).mappings()]
    return [row for row in rows if row.get("value", 0) is not None]
