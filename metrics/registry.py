"""Instruments made from the catalogue, on a registry of our own.

An instrument exists from the moment its module is imported, and so does each of its counting series when the
labels are enumerations: ``increase()`` must see a zero before the first event. What no process feeds is never
exposed, because nobody makes its instrument.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from metrics.catalogue import CATALOGUE
from metrics.shape import OTHER, Kind, Label, Metric, Unit

M = TypeVar("M", Counter, Gauge, Histogram)

# One more series for each child, telling a birthday that nobody asks for.
disable_created_metrics()

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)


class Instrument(Generic[M]):
    """One metric whose children are looked up by their label values, and cached.

    A value that the catalogue does not allow, or one too many of an open label, is counted as ``_OTHER``.
    """

    def __init__(self, metric: Metric, raw: M) -> None:
        self.metric = metric
        self._raw: M = raw
        self._children: dict[tuple[str, ...], M] = {}
        self._seen: dict[str, set[str]] = {label.name: set(label.values) for label in metric.labels}
        # A count that nobody made yet is 0; a gauge that nobody set would claim a 0, but for a time, where 0 is never.
        if metric.enumerated and (metric.kind is not Kind.GAUGE or metric.unit is Unit.TIMESTAMP):
            for values in product(*(label.values for label in metric.labels)):
                self.at(*values)

    def at(self, *values: str) -> M:
        """The child with these label values, in the catalogue's order."""
        child = self._children.get(values)
        return self._make(values) if child is None else child

    def _make(self, values: tuple[str, ...]) -> M:
        allowed = tuple(self._allowed(*pair) for pair in zip(self.metric.labels, values, strict=True))
        child = self._raw.labels(*allowed) if allowed else self._raw
        if allowed == values:
            # Strangers are looked up anew each time: remembering them would grow without bound.
            self._children[values] = child
        return child

    def _allowed(self, label: Label, value: str) -> str:
        seen = self._seen[label.name]
        if value not in seen and len(seen) < label.at_most:
            seen.add(value)
        return value if value in seen else OTHER


def counter(name: str) -> Instrument[Counter]:
    """The counter of that name; raises KeyError when the catalogue has none."""
    metric = _entry(name, Kind.COUNTER)
    return Instrument(metric, Counter(name, metric.meaning, metric.label_names, registry=REGISTRY))


def gauge(name: str) -> Instrument[Gauge]:
    """The gauge of that name; raises KeyError when the catalogue has none."""
    metric = _entry(name, Kind.GAUGE)
    return Instrument(metric, Gauge(name, metric.meaning, metric.label_names, registry=REGISTRY))


def histogram(name: str) -> Instrument[Histogram]:
    """The histogram of that name; raises KeyError when the catalogue has none."""
    metric = _entry(name, Kind.HISTOGRAM)
    raw = Histogram(name, metric.meaning, metric.label_names, buckets=metric.buckets, registry=REGISTRY)
    return Instrument(metric, raw)


def _entry(name: str, kind: Kind) -> Metric:
    metric = CATALOGUE[name]
    if metric.kind is not kind:
        raise KeyError(f"{name} is a {metric.kind}, not a {kind}")
    return metric


Exemplar = Callable[[], dict[str, str] | None]
_exemplar: Exemplar | None = None


def exemplars_from(source: Exemplar | None) -> None:
    """Ask ``source`` at each observation for the labels of its exemplar: the trace it belongs to. None
    asks nobody.
    """
    global _exemplar  # noqa: PLW0603 - one for the process, like the registry
    _exemplar = source


def observe(instrument: Instrument[Histogram], value: float, *labels: str) -> None:
    """Record ``value`` (never below 0: clocks of two machines can disagree) with the trace it belongs to."""
    instrument.at(*labels).observe(max(value, 0.0), _exemplar() if _exemplar else None)
