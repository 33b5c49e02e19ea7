"""What an entry of the catalogue consists of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import prod

from metrics.requirements import Need

OTHER = "_OTHER"
"""Stands for every label value outside of what the catalogue allows, so that nothing outside can add
series.
"""


class Kind(StrEnum):
    """The type of a metric, spelled as Prometheus does."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Unit(StrEnum):
    """What one is of; time is always in seconds, memory in bytes."""

    SECONDS = "seconds"
    TIMESTAMP = "seconds since 1970"
    BYTES = "bytes"
    RATIO = "ratio"
    USD = "US dollars"
    TOKENS = "tokens"
    COUNT = "count"


class Origin(StrEnum):
    """Where the values come from."""

    PROCESS = "observed where it happens, by each process"
    LEDGER = "total of business events, read from the database by the leading worker"
    SQL = "present figure, read from the database by the leading worker"
    CONFIGURATION = "a setting"
    REFLEX = "measured by the page framework"
    PROBE = "blackbox probe from outside"


@dataclass(frozen=True, slots=True)
class Label:
    """A label and all values it may take.

    With ``values`` it is an enumeration, and all its series exist from the start. Without, its values become
    known at run time (routes, query names): at most ``at_most`` of them are kept apart, the rest becomes
    ``_OTHER``.
    """

    name: str
    values: tuple[str, ...] = ()
    at_most: int = 0

    @property
    def size(self) -> int:
        """The most values that this label can show, ``_OTHER`` included where it can occur."""
        return len(self.values) or self.at_most + 1


@dataclass(frozen=True, slots=True)
class Panel:
    """A figure that somebody reads: its title, and the PromQL that draws it."""

    title: str
    expression: str


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: everything that instruments, panels, documents and tests need to know.

    ``event`` names the kind of ledger row that a counter from the ledger totals. ``combinations`` bounds the
    label sets that occur together where the full product cannot (a route has few methods and answers).
    """

    name: str
    kind: Kind
    meaning: str
    unit: Unit = Unit.COUNT
    origin: Origin = Origin.PROCESS
    labels: tuple[Label, ...] = ()
    buckets: tuple[float, ...] = ()
    serves: tuple[Need, ...] = ()
    panels: tuple[Panel, ...] = ()
    event: str = ""
    combinations: int = 0

    @property
    def label_names(self) -> tuple[str, ...]:
        """The names of the labels, in the order in which values are given."""
        return tuple(label.name for label in self.labels)

    @property
    def enumerated(self) -> bool:
        """Whether each label value is known beforehand, so that all series can exist from the start."""
        return all(label.values for label in self.labels)

    @property
    def series(self) -> int:
        """The most time series that this metric can have; a histogram has one for each bucket, +Inf, sum
        and count.
        """
        each = len(self.buckets) + 3 if self.kind is Kind.HISTOGRAM else 1
        return each * (self.combinations or prod(label.size for label in self.labels))
