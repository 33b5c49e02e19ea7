"""A histogram of a running process, between two looks at its metrics page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from math import inf
from urllib.error import URLError
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

Buckets = dict[float, float]
"""Observations so far by upper bound in seconds, as Prometheus counts them: each bucket holds the smaller ones too."""

SECONDS = 5.0


async def buckets(page: str, histogram: str, **labels: str) -> Buckets:
    """The buckets of a histogram on a metrics page; empty when the page cannot be read."""
    if not page:
        return {}
    try:
        text = await asyncio.to_thread(_read, page)
    except (URLError, OSError, TimeoutError):
        return {}
    return buckets_in(text, histogram, **labels)


def buckets_in(text: str, histogram: str, **labels: str) -> Buckets:
    """The same, from the text of the page; series that differ in other labels are added up."""
    found: Buckets = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples if family.name == histogram else ():
            if sample.name.endswith("_bucket") and labels.items() <= sample.labels.items():
                bound = float(sample.labels["le"])
                found[bound] = found.get(bound, 0.0) + sample.value
    return found


def between(before: Buckets, after: Buckets) -> Buckets:
    """What was observed between two looks."""
    return {bound: value - before.get(bound, 0.0) for bound, value in after.items()}


def quantile(observed: Buckets, share: float) -> float | None:
    """The value in seconds below which ``share`` (0 to 1) of the observations lie, evenly spread within a bucket as
    Prometheus reckons; None without any.
    """
    bounds = sorted(observed)
    if not bounds or not observed[bounds[-1]]:
        return None
    rank = share * observed[bounds[-1]]
    for low, high in pairwise([0.0, *bounds]):
        if observed[high] >= rank:
            return low if high == inf else _within(low, high, observed.get(low, 0.0), observed[high], rank)
    return None


def told(observed: Buckets, shares: Sequence[int] = (50, 95, 99)) -> dict[str, object]:
    """Count and percentiles in milliseconds."""
    reckoned = {share: quantile(observed, share / 100) for share in shares}
    counted = int(max(observed.values(), default=0))
    return {
        "count": counted,
        **{f"p{share}_ms": None if value is None else round(value * 1000, 1) for share, value in reckoned.items()},
    }


def _within(low: float, high: float, below: float, until: float, rank: float) -> float:
    return high if until == below else low + (high - low) * (rank - below) / (until - below)


def _read(page: str) -> str:
    with urlopen(page, timeout=SECONDS) as answer:  # noqa: S310 - the address of our own process
        return str(answer.read().decode())
