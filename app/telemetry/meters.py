"""What libraries measure through OpenTelemetry, fed into the instruments of ``metrics``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opentelemetry.metrics import Counter, Histogram, Meter, MeterProvider, NoOpCounter, NoOpHistogram, NoOpMeter
from opentelemetry.util.types import Attributes

from metrics import pages, traces

Feed = Callable[[float, Attributes], None]
ERROR = "error.type"


def _handler(attributes: Attributes) -> str:
    """The handler without the path of its state's module: ``board_state.load``."""
    return _said(attributes, "reflex.event.name").rpartition("____")[2]


def _said(attributes: Attributes, name: str) -> str:
    return str((attributes or {}).get(name, ""))


def _handled(seconds: float, attributes: Attributes) -> None:
    pages.handled(_handler(attributes), seconds, _said(attributes, ERROR))


def _waited(seconds: float, attributes: Attributes) -> None:
    pages.waited(_handler(attributes), seconds)


def _processed(spans: float, attributes: Attributes) -> None:
    if _said(attributes, ERROR):
        traces.spans("dropped", int(spans))


FEEDS: dict[str, Feed] = {
    "reflex.event.duration": _handled,
    "reflex.state.acquire.duration": _waited,
    "otel.sdk.processor.span.processed": _processed,
}
"""The instruments that are fed; all others go nowhere."""


class FedMeters(MeterProvider):
    """A provider whose meters feed ``FEEDS``."""

    def get_meter(self, name: str, *_: Any, **__: Any) -> Meter:
        """A meter; all of them feed the same."""
        return _FedMeter(name)


class _FedMeter(NoOpMeter):
    def create_histogram(self, name: str, *args: Any, **kwargs: Any) -> Histogram:
        return _FedHistogram(name) if name in FEEDS else super().create_histogram(name, *args, **kwargs)

    def create_counter(self, name: str, *args: Any, **kwargs: Any) -> Counter:
        return _FedCounter(name) if name in FEEDS else super().create_counter(name, *args, **kwargs)


class _FedHistogram(NoOpHistogram):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._feed = FEEDS[name]

    def record(self, amount: float, attributes: Attributes = None, *_: Any, **__: Any) -> None:
        self._feed(amount, attributes)


class _FedCounter(NoOpCounter):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._feed = FEEDS[name]

    def add(self, amount: float, attributes: Attributes = None, *_: Any, **__: Any) -> None:
        self._feed(amount, attributes)
