"""What the page framework measures ends up in our own instruments."""

from __future__ import annotations

from app.telemetry.meters import FedMeters
from metrics.registry import REGISTRY


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_handler_is_counted_by_its_short_name_and_its_error():
    labels = {"reflex_event_name": "board_state.load", "error_type": "ValueError"}
    before = count("reflex_event_duration_seconds_count", **labels)
    duration = FedMeters().get_meter("reflex", "0.10").create_histogram("reflex.event.duration", unit="s")
    name = "reflex___state____state.app___board___state____board_state.load"
    duration.record(0.02, {"reflex.event.name": name, "error.type": "ValueError", "reflex.event.background": False})
    assert count("reflex_event_duration_seconds_count", **labels) - before == 1


def test_the_wait_for_the_state_is_counted():
    before = count("reflex_state_acquire_duration_seconds_count", reflex_event_name="board_state.load")
    waited = FedMeters().get_meter("reflex").create_histogram("reflex.state.acquire.duration")
    waited.record(0.02, {"reflex.event.name": "app___board___state____board_state.load"})
    assert count("reflex_state_acquire_duration_seconds_count", reflex_event_name="board_state.load") - before == 1


def test_whatever_else_is_measured_goes_nowhere():
    meter = FedMeters().get_meter("reflex")
    meter.create_histogram("reflex.websocket.message.size").record(7)
    meter.create_counter("otel.sdk.span.started").add(1)
    meter.create_up_down_counter("reflex.websocket.connections").add(1)
    assert not [family.name for family in REGISTRY.collect() if "message_size" in family.name]
