"""Trouble on demand: what goes wrong, how often, and for which session."""

import random
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Trouble(StrEnum):
    """What can go wrong."""

    DUPLICATE = "duplicate"
    """The same webhook twice, with the same event id."""
    DUPLICATE_OTHER_ID = "duplicate_other_id"
    """The same message twice, under another event id."""
    DUPLICATE_TOGETHER = "duplicate_together"
    """The same webhook twice at the same instant."""
    REORDER = "reorder"
    """A webhook that is overtaken by the next one of its session."""
    DELAY = "delay"
    """A webhook that leaves `seconds` late."""
    DROP = "drop"
    """A webhook that never leaves; the chat history keeps the message."""
    REFUSE_SEND = "refuse_send"
    """A send that is answered with 500 before it is accepted."""
    SLOW_SEND = "slow_send"
    """A send that is accepted and answered `seconds` later: a timeout for the caller."""


@dataclass(slots=True)
class Fault:
    """One standing order for trouble; `remaining` counts one-shots down, None means by rate for ever."""

    trouble: Trouble
    rate: float = 1.0
    remaining: int | None = None
    session: str | None = None
    event: str | None = None
    seconds: float = 1.0
    struck: int = 0

    def fits(self, session: str, event: str) -> bool:
        """Whether this fault concerns such an event."""
        return self.session in {None, session} and self.event in {None, event} and self.remaining != 0

    def strike(self) -> None:
        """Count one hit."""
        self.struck += 1
        if self.remaining is not None:
            self.remaining -= 1

    def as_json(self) -> dict[str, Any]:
        """The fault as the control API gives it."""
        return asdict(self)


class Faults:
    """All standing orders; which event is hit depends only on the seed and the order of events."""

    def __init__(self, seed: int | None = None) -> None:
        """Draw from a generator of our own."""
        self._random = random.Random(seed)  # noqa: S311  (trouble needs to be repeatable, not secret)
        self._orders: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Add a standing order."""
        self._orders.append(fault)

    def clear(self) -> None:
        """Everything works again."""
        self._orders.clear()

    def listed(self) -> list[Fault]:
        """The standing orders, used-up ones included."""
        return list(self._orders)

    def strikes(self, trouble: Trouble, session: str, event: str) -> Fault | None:
        """The fault that hits this event now, counted as a hit, or None."""
        for fault in self._orders:
            if fault.trouble is trouble and fault.fits(session, event) and self._random.random() < fault.rate:
                fault.strike()
                return fault
        return None
