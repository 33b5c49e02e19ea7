"""Figures that live in the database: read now and then by the leading worker, shown at every scrape.

The scrape touches a snapshot in memory only, so a slow database slows no scrape and several scrapers cost
nothing. A snapshot is replaced whole: what vanished from the database vanishes from the metrics. When it
grows old it is withheld, for a frozen number looks alive;
``leadline_collector_last_success_timestamp_seconds`` then says since when.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from time import time

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from metrics.catalogue import CATALOGUE
from metrics.registry import REGISTRY, gauge
from metrics.shape import OTHER, Kind, Metric, Unit

_last_success = gauge("leadline_collector_last_success_timestamp_seconds")

OLD_AFTER = 300.0
"""Seconds after which a snapshot is withheld."""

BY_EVENT = {metric.event: metric for metric in CATALOGUE.values() if metric.event}
"""The counter that totals each kind of ledger row."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one metric of the catalogue."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


def from_ledger(totals: Iterable[tuple[str, Mapping[str, str], float]]) -> list[Sample]:
    """Samples from ledger totals (kind, labels, amount); kinds that no counter stands for are left out."""
    return [Sample(BY_EVENT[kind].name, amount, labels) for kind, labels, amount in totals if kind in BY_EVENT]


class CachedCollector(Collector):
    """Exposes the last snapshot that ``read`` brought, for the metrics in ``names``.

    ``name`` is a value of the label ``collector``. Counts with enumerated labels show zeros for whatever the
    snapshot does not mention; a duration, ratio or time that nobody measured is not shown, for 0 would be a lie.
    """

    def __init__(
        self,
        name: str,
        read: Callable[[], Awaitable[Sequence[Sample]]],
        names: Iterable[str],
        *,
        clock: Callable[[], float] = time,
    ) -> None:
        self._name = name
        self._read = read
        self._metrics = tuple(CATALOGUE[each] for each in names)
        self._clock = clock
        self._snapshot: list[Family] = []
        self._taken_at: float | None = None

    async def refresh(self) -> None:
        """Read a new snapshot. When reading fails the old one stays until it is too old, and the error is
        the caller's.
        """
        samples = await self._read()
        self._snapshot = [_family(metric, samples) for metric in self._metrics]
        self._taken_at = self._clock()
        _last_success.at(self._name).set(self._taken_at)

    def start(self) -> None:
        """Show the figures at this process's scrapes from now on; for the leader alone, or they count
        twice.
        """
        REGISTRY.register(self)

    def stop(self) -> None:
        """Show them no longer, and forget them: another worker leads now."""
        REGISTRY.unregister(self)
        self._snapshot, self._taken_at = [], None

    def describe(self) -> Iterable[Family]:
        """The names that this collector may expose, so that no instrument takes one of them."""
        return [_family(metric, ()) for metric in self._metrics]

    def collect(self) -> Iterable[Family]:
        """The last snapshot, unless it is too old. Called from the scraping thread."""
        if self._taken_at is None or self._clock() - self._taken_at > OLD_AFTER:
            return []
        return self._snapshot


def _family(metric: Metric, samples: Iterable[Sample]) -> Family:
    counts = metric.kind is Kind.COUNTER or metric.unit is Unit.COUNT
    totals = dict.fromkeys(product(*(label.values for label in metric.labels)) if counts else (), 0.0)
    for sample in samples:
        if sample.name == metric.name:
            values = tuple(_allowed(label.values, sample.labels.get(label.name, "")) for label in metric.labels)
            totals[values] = totals.get(values, 0.0) + sample.value
    kind = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
    family = kind(metric.name, metric.meaning, labels=metric.label_names)
    for values, total in totals.items():
        family.add_metric(values, total)
    return family


def _allowed(values: tuple[str, ...], value: str) -> str:
    return value if not values or value in values else OTHER
