"""The few shapes that nearly all panel expressions have, so that the catalogue reads as sentences.

``RECENT`` and ``RANGE`` are Grafana's variables for a sensible rate window and for the whole time range
shown.
"""

from __future__ import annotations

RECENT = "$__rate_interval"
RANGE = "$__range"


def lasting(name: str) -> str:
    """The recording of a business counter, by the name of the counter.

    The worker that leads shows these totals, so their ``instance`` changes with the leader, and may come back: an
    ``increase`` of each would count some rises twice and miss others. All leaders continue one recording.
    """
    return f"job:{name}:max"


def measured(series: str) -> str:
    """The counter behind its recording; any other name is its own."""
    return series.removeprefix("job:").removesuffix(":max")


def _by(labels: str) -> str:
    return f"sum by ({labels})" if labels else "sum"


def per_second(name: str, *, by: str = "", where: str = "", over: str = RECENT) -> str:
    """How often a second a counter rises."""
    return f"{_by(by)} (rate({name}{{{where}}}[{over}]))"


def rise(name: str, *, by: str = "", where: str = "", over: str = RANGE) -> str:
    """How much a counter rose over the time."""
    return f"{_by(by)} (increase({name}{{{where}}}[{over}]))"


def share(part: str, whole: str) -> str:
    """One expression divided by another."""
    return f"{part} / {whole}"


def mean(name: str, *, by: str = "", where: str = "", over: str = RECENT) -> str:
    """The average of what a histogram saw."""
    return share(
        per_second(f"{name}_sum", by=by, where=where, over=over),
        per_second(f"{name}_count", by=by, where=where, over=over),
    )


def quantile(q: float, name: str, *, by: str = "", where: str = "", over: str = RECENT) -> str:
    """A quantile (0 to 1) of what a histogram saw."""
    labels = f"le,{by}" if by else "le"
    return f"histogram_quantile({q}, {per_second(f'{name}_bucket', by=labels, where=where, over=over)})"


def ratio_or_zero(part: str, whole: str) -> str:
    """``part / whole``, and 0 where the part has no series yet: "no errors" is 0 %, not "no data"."""
    return f"({part} or 0 * {whole}) / {whole}"
