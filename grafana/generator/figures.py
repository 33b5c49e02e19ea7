"""The figures that panels show: those of the catalogue, and those of the objectives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType

from metrics.catalogue import CATALOGUE
from metrics.promql import measured
from metrics.shape import Metric, Origin, Panel
from prometheus.generator.objectives import JOB

_NAME = re.compile(r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?P<open>\{\}?)?")
_PARTS = ("_bucket", "_sum", "_count")
_BY = re.compile(r"by \(([a-z_, ]+)\)")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number or line: its PromQL without the choice of an installation, what it means, its source."""

    title: str
    expression: str
    meaning: str
    source: str

    @property
    def query(self) -> str:
        """The PromQL of a panel: only what the chosen installation measured."""
        return for_job(self.expression)

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The labels that tell the lines of this figure apart."""
        found = _BY.search(self.expression)
        names = found.group(1).split(",") if found else []
        return tuple(name.strip() for name in names if name.strip() != "le")


def of_catalogue(metric: Metric, panel: Panel) -> Figure:
    """A panel that the catalogue lists."""
    return Figure(panel.title, panel.expression, metric.meaning, f"{metric.name}, {metric.origin}")


def computed(title: str, name: str, expression: str) -> Figure:
    """Another way to look at a metric of the catalogue."""
    metric = CATALOGUE[name]
    return Figure(title, expression, metric.meaning, f"{metric.name}, {metric.origin}")


FIGURES = MappingProxyType(
    {panel.title: of_catalogue(metric, panel) for metric in CATALOGUE.values() for panel in metric.panels}
)


def for_job(expression: str, job: str = 'job=~"$job"') -> str:
    """``expression`` over the series of one installation: each metric that Leadline exposes gets a matcher."""
    return _NAME.sub(lambda found: _narrowed(found, job), expression.replace(f"{{{JOB}", "{").replace("{,", "{"))


def _narrowed(found: re.Match[str], job: str) -> str:
    name, opened = found["name"], found["open"]
    if not _is_ours(name):
        return found.group()
    return f"{name}{{{job}," if opened == "{" else f"{name}{{{job}}}"


def _is_ours(name: str) -> bool:
    name = measured(name)
    metric = CATALOGUE.get(name)
    for part in _PARTS:
        metric = metric or CATALOGUE.get(name.removesuffix(part))
    return metric is not None and metric.origin is not Origin.PROBE
