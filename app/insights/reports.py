"""The figures of the Insights page: reads of the views in the schema ``reporting``, which dashboards read as well.

A report is one read-only snapshot: its figures agree with each other, whatever is written meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.classification.verdicts import Agreement, agreement
from app.clock import Clock
from app.database import transaction
from app.errors import NotAllowed
from app.insights import report_queries
from app.insights.figures import (
    ENGAGEMENTS,
    RESPONSE_BOUNDS,
    Cohort,
    Collected,
    Consultant,
    CostStep,
    Entitled,
    Entitlement,
    Interviews,
    Judged,
    Line,
    MinutesStep,
    Report,
    Responses,
    Totals,
)
from app.insights.period import Period, Reach, period_of, zone_of
from app.registry import use
from app.team.viewer import Viewer
from app.vocabulary import Sample, Source


@dataclass(frozen=True)
class Wish:
    """What somebody wants to see; ``zone`` is the name of the time zone in which they count days."""

    reach: Reach = Reach.TWO_WEEKS
    source: Source | None = None
    consultant: int | None = None
    zone: str = "UTC"


async def read(viewer: Viewer, wish: Wish) -> Report:
    """The report that ``wish`` asks for; raises NotAllowed unless the viewer leads the team."""
    if not viewer.leads_team:
        raise NotAllowed("Insights are for managers.")
    period = period_of(wish.reach, use(Clock).now(), zone_of(wish.zone))
    agreed = [one for one in await agreement(viewer, period.since) if one.sample is Sample.RANDOM]
    async with transaction() as db:
        for setting in report_queries.SNAPSHOT:
            await db.execute(sa.text(setting))
        return await _Reading(db, period, _values(period, wish)).report(agreed)


def _values(period: Period, wish: Wish) -> dict[str, Any]:
    return {
        "since": period.since,
        "until": period.until,
        "before_since": period.before_since,
        "before_until": period.before_until,
        "step": period.step,
        "zone": period.zone.key,
        "source": wish.source,
        "consultant": wish.consultant,
        "bounds": list(RESPONSE_BOUNDS),
    }


@dataclass(frozen=True)
class _Reading:
    """One report in the making."""

    db: AsyncSession
    period: Period
    values: Mapping[str, Any]

    async def report(self, agreed: Iterable[Agreement]) -> Report:
        minutes = await self._minutes()
        now, before = await self._totals()
        return Report(
            period=self.period,
            now=now,
            before=before,
            consultants=await self._consultants(),
            minutes=minutes,
            entitlement=await self._entitlement(),
            responses=await self._responses(),
            costs=await self._costs(minutes),
            collected=await self._collected(),
            judged=await self._judged(),
            lines=await self._lines(),
            agreed=tuple(agreed),
        )

    async def _rows(self, name: str, query: str) -> Sequence[Mapping[str, Any]]:
        statement = sa.text(query).execution_options(query_summary=f"insights.{name}")
        needed = {name: value for name, value in self.values.items() if f":{name}" in query}
        return [{**row} for row in (await self.db.execute(statement, needed)).mappings()]

    async def _totals(self) -> tuple[Totals, Totals]:
        cohorts = {row["current"]: row for row in await self._rows("cohorts", report_queries.COHORTS)}
        interviews = {row["current"]: row for row in await self._rows("interviews", report_queries.INTERVIEWS)}
        spent = {row["current"]: row for row in await self._rows("spent", report_queries.SPENT)}
        now, before = (
            Totals(_cohort(cohorts.get(one)), _interviews(interviews.get(one)), *_spent(spent.get(one)))
            for one in (True, False)
        )
        return now, before

    async def _consultants(self) -> tuple[Consultant, ...]:
        return tuple(Consultant(*row.values()) for row in await self._rows("consultants", report_queries.CONSULTANTS))

    async def _minutes(self) -> tuple[MinutesStep, ...]:
        found = {row["at"]: row for row in await self._rows("minutes", report_queries.MINUTES)}
        return tuple(_minutes(at, found.get(at)) for at in self.period.steps)

    async def _costs(self, minutes: Sequence[MinutesStep]) -> tuple[CostStep, ...]:
        usd = {row["at"]: float(row["usd"]) for row in await self._rows("costs", report_queries.COSTS)}
        return tuple(CostStep(step.at, usd.get(step.at, 0.0), step.completed) for step in minutes)

    async def _entitlement(self) -> Entitlement:
        rows = await self._rows("entitlement", report_queries.ENTITLED)
        return Entitlement(
            tuple(Entitled(row["consultant_id"], row["consultant"], int(row["got"]), float(row["due"])) for row in rows)
        )

    async def _responses(self) -> Responses:
        counted = {row["class"]: row["leads"] for row in await self._rows("responses", report_queries.RESPONSES)}
        median = (await self._rows("median_response", report_queries.MEDIAN))[0]["median"]
        classes = tuple(counted.get(number, 0) for number in range(len(RESPONSE_BOUNDS) + 1))
        return Responses(classes, median, counted.get(None, 0))

    async def _collected(self) -> tuple[Collected, ...]:
        rows = {row["engagement"]: row for row in await self._rows("collected", report_queries.COLLECTED)}
        return tuple(
            Collected(one, rows[one]["collected"], rows[one]["expected"]) if one in rows else Collected(one)
            for one in ENGAGEMENTS
        )

    async def _judged(self) -> Judged:
        rows = await self._rows("rated", report_queries.RATED)
        by_kind = {
            kind: {row["label"]: row["times"] for row in rows if row["kind"] == kind}
            for kind in ("classified", "classification_fallback")
        }
        return Judged(by_kind["classified"], by_kind["classification_fallback"])

    async def _lines(self) -> tuple[Line, ...]:
        carried = {row["session"]: row for row in await self._rows("carried", report_queries.CARRIED)}
        found = {
            row["session"]: int(row["found_later"]) for row in await self._rows("found_later", report_queries.FOUND)
        }
        up = {row["session"]: _up(row) for row in await self._rows("uptime", report_queries.UPTIME)}
        names = sorted({*carried, *found, *up})
        return tuple(
            Line(**{"session": name, **carried.get(name, {})}, found_later=found.get(name, 0), up=up.get(name))
            for name in names
        )


def _cohort(row: Mapping[str, Any] | None) -> Cohort:
    return Cohort(**_without_current(row)) if row else Cohort()


def _interviews(row: Mapping[str, Any] | None) -> Interviews:
    if row is None:
        return Interviews()
    return Interviews(row["completed"], row["ended"], _number(row["minutes"]))


def _spent(row: Mapping[str, Any] | None) -> tuple[float, int, float]:
    return (float(row["usd"]), row["unpriced"], float(row["trials"])) if row else (0.0, 0, 0.0)


def _minutes(at: Any, row: Mapping[str, Any] | None) -> MinutesStep:
    if row is None:
        return MinutesStep(at)
    return MinutesStep(at, row["completed"], *(_number(row[name]) for name in ("average", "p95", "fastest")))


def _up(row: Mapping[str, Any]) -> float | None:
    return float(row["up"] or 0) / float(row["known"]) if row["known"] else None


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _without_current(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "current"}
