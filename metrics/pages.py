"""The pages' event handlers, as the page framework measures them."""

from __future__ import annotations

from metrics.registry import histogram, observe

_event = histogram("reflex_event_duration_seconds")
_state = histogram("reflex_state_acquire_duration_seconds")


def handled(handler: str, seconds: float, error: str = "") -> None:
    """A handler such as ``board_state.load`` ran; ``error`` is the type of what it raised."""
    observe(_event, seconds, handler, error)


def waited(handler: str, seconds: float) -> None:
    """A handler waited so long for the page's state."""
    observe(_state, seconds, handler)
