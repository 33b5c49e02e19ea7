"""Round robin that explains itself: who gets the next lead, and why nobody else did. Pure.

Everyone's share is measured over the same stretch of time: since the newest of the eligible came on duty, at most a
week. So nobody who comes back is flooded to catch up, and nobody is passed over for what lies further back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WINDOW = timedelta(days=7)


class Skip(StrEnum):
    """Why a consultant was not considered."""

    INACTIVE = "inactive"
    OFF_DUTY = "off duty"
    AT_CAPACITY = "at capacity"
    NO_WEIGHT = "takes no leads"
    HAD_IT = "gave this lead back"


@dataclass(frozen=True)
class Candidate:
    """A consultant as the draw sees them. ``got`` counts leads assigned in the window, ``open`` those in hand."""

    user_id: int
    name: str
    weight: float = 1.0
    active: bool = True
    on_duty: bool = True
    capacity: int | None = None
    open: int = 0
    got: int = 0
    had_it: bool = False
    last_assigned_at: datetime | None = None

    @property
    def skip(self) -> Skip | None:
        """Why this consultant cannot get the lead; None when they can."""
        reasons = {
            Skip.INACTIVE: not self.active,
            Skip.OFF_DUTY: not self.on_duty,
            Skip.NO_WEIGHT: self.weight <= 0,
            Skip.AT_CAPACITY: self.capacity is not None and self.open >= self.capacity,
            Skip.HAD_IT: self.had_it,
        }
        return next((reason for reason, holds in reasons.items() if holds), None)


@dataclass(frozen=True)
class Considered:
    """One line of the explanation: leads got, leads due by weight (this one included), or why not."""

    user_id: int
    name: str
    got: int
    due: float
    skip: str | None


@dataclass(frozen=True)
class Choice:
    """The consultant who gets the lead (None: nobody can), and the whole reasoning."""

    chosen: Candidate | None
    considered: tuple[Considered, ...]

    @property
    def sentence(self) -> str:
        """The reason in one line."""
        if self.chosen is None:
            return "Nobody can take a lead right now."
        return f"{self.chosen.name} had the fewest leads for their share, then the longest wait."


def pick(candidates: Sequence[Candidate], *, now: datetime) -> Choice:
    """Choose the eligible consultant with the fewest leads for their weight; among equals, who waited longest."""
    eligible = [one for one in candidates if one.skip is None]
    chosen = min(eligible, key=lambda one: _turn(one, now), default=None)
    total = sum(one.got for one in eligible) + 1
    weights = sum(one.weight for one in eligible) or 1.0
    lines = tuple(Considered(one.user_id, one.name, one.got, _due(one, total, weights), one.skip) for one in candidates)
    return Choice(chosen, lines)


def _turn(one: Candidate, now: datetime) -> tuple[float, float, int]:
    waited = (now - one.last_assigned_at).total_seconds() if one.last_assigned_at else float("inf")
    return (one.got + 1) / one.weight, -waited, one.user_id


def _due(one: Candidate, total: int, weights: float) -> float:
    return 0.0 if one.skip is not None else round(total * one.weight / weights, 2)
