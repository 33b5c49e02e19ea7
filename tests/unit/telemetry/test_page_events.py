"""The page framework's measurements are switched on with the program, and off with it."""

from __future__ import annotations

from reflex_base import otel

from app.telemetry import set_up_tracing
from app.ui.page_events import measured_events
from metrics.registry import REGISTRY

WAITED = "reflex_state_acquire_duration_seconds_count"


class Event:
    """All that is asked of an event here."""

    name = "reflex___state____state.app___board___state____board_state.measured"


async def test_events_are_measured_while_the_program_runs_also_without_a_receiver():
    async with measured_events(set_up_tracing("web")):
        assert otel.enabled
        otel.record_state_acquired(0.0, Event())  # pyright: ignore[reportArgumentType]
        # The framework's HTTP spans record query strings; ours stand at the front door.
    assert not otel.enabled
    assert REGISTRY.get_sample_value(WAITED, {"reflex_event_name": "board_state.measured"}) == 1
