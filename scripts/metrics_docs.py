"""Write docs/metrics.md from the catalogue; with --check, say whether it is what the catalogue says."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from metrics.catalogue import AREAS  # noqa: E402 - found from now on
from metrics.requirements import Need  # noqa: E402 - found from now on
from metrics.shape import Label, Metric, Origin  # noqa: E402 - found from now on

PAGE = ROOT / "docs" / "metrics.md"
HEAD = """# Every metric

Made by `python scripts/metrics_docs.py` from `metrics/`; a test says when it differs. How figures are made, and what
the definitions mean that are easy to get wrong, stands in [monitoring](monitoring.md).

| fed by | means |
|---|---|
"""
FED = {
    Origin.PROCESS: ("process", "observed where it happens, by each process, since its start"),
    Origin.LEDGER: ("ledger", "total of business events of all time; shown by the leading worker"),
    Origin.SQL: ("database", "how things stand, read by the leading worker; not shown while nobody knows it"),
    Origin.CONFIGURATION: ("setting", "what an operator said"),
    Origin.REFLEX: ("pages", "measured by the page framework, by each web process"),
    Origin.PROBE: ("probe", "asked from outside"),
}


def document() -> str:
    """The whole page."""
    origins = "".join(f"| {name} | {meaning} |\n" for name, meaning in FED.values())
    areas = "".join(part for name, entries in AREAS.items() for part in _area(name, entries))
    return f"{HEAD}{origins}{areas}\n## What was asked for, and what tells it\n\n{_needs()}"


def _area(name: str, entries: tuple[Metric, ...]) -> Iterator[str]:
    yield f"\n## {name}\n\n| metric | labels | fed by | meaning |\n|---|---|---|---|\n"
    for metric in entries:
        labels = "<br>".join(_label(label) for label in metric.labels) or "–"
        yield f"| `{metric.name}`<br>{metric.kind}, {metric.unit} | {labels} | {_fed(metric)} | {metric.meaning} |\n"


def _label(label: Label) -> str:
    values = ", ".join(value or '""' for value in label.values) if label.values else f"at most {label.at_most}"
    return f"`{label.name}`: {values}"


def _fed(metric: Metric) -> str:
    name = FED[metric.origin][0]
    return f"{name}, `{metric.event}`" if metric.event else name


def _needs() -> str:
    rows = "".join(f"| {need.value} | {_serving(need)} |\n" for need in Need)
    return f"| figure | metrics |\n|---|---|\n{rows}"


def _serving(need: Need) -> str:
    return ", ".join(f"`{metric.name}`" for entries in AREAS.values() for metric in entries if need in metric.serves)


def main() -> int:
    """Write the page, or compare it."""
    made = document()
    if "--check" not in sys.argv:
        PAGE.write_text(made)
        return 0
    if PAGE.read_text() == made:
        return 0
    sys.stderr.write("docs/metrics.md is not what the catalogue says; run: python scripts/metrics_docs.py\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
