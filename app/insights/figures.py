"""What a report holds: plain figures, ready for a page, a file or a test. Shares run from 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from app.classification.verdicts import Agreement
from app.insights.formulas import jain, share
from app.insights.period import Period

RESPONSE_BOUNDS = (60, 300, 600, 900, 1800, 3600, 7200, 14_400)
"""Upper ends of the classes of response time in seconds; one more class holds what took longer."""
ENGAGEMENTS = ("high", "medium", "low")


@dataclass(frozen=True)
class Cohort:
    """Leads that came in within a period, how far they have come by now, and how fast they were answered."""

    new: int = 0
    qualifying: int = 0
    qualified: int = 0
    working: int = 0
    won: int = 0
    first_answer_p95: float | None = None

    @property
    def stages(self) -> tuple[int, ...]:
        """Leads that reached each stage, in the order of the board."""
        return self.new, self.qualifying, self.qualified, self.working, self.won

    @property
    def qualified_share(self) -> float | None:
        """Of the started ones."""
        return share(self.qualified, self.qualifying)

    @property
    def won_share(self) -> float | None:
        """Of the qualified ones."""
        return share(self.won, self.qualified)


@dataclass(frozen=True)
class Interviews:
    """Interviews that ended within a period."""

    completed: int = 0
    ended: int = 0
    minutes: float | None = None


@dataclass(frozen=True)
class Totals:
    """The headline figures of one period; ``usd`` is what models cost for leads at least: not the ``unpriced`` calls,
    of which nobody knows it. ``trials`` are US dollars for replays and evaluations, which no lead costs.
    """

    cohort: Cohort = field(default_factory=Cohort)
    interviews: Interviews = field(default_factory=Interviews)
    usd: float = 0.0
    unpriced: int = 0
    trials: float = 0.0

    @property
    def usd_each(self) -> float | None:
        """What a completed interview cost; None where no model was asked."""
        return share(self.usd, self.interviews.completed) if self.usd > 0 else None


@dataclass(frozen=True)
class MinutesStep:
    """How long completed interviews took, in minutes; None in a step without any."""

    at: datetime
    completed: int = 0
    average: float | None = None
    p95: float | None = None
    fastest: float | None = None


@dataclass(frozen=True)
class Entitled:
    """Leads that a consultant was given, by turn or by hand, and those that were due to them."""

    consultant_id: int
    consultant: str
    got: int
    due: float


@dataclass(frozen=True)
class Entitlement:
    """How the leads were shared."""

    lines: tuple[Entitled, ...] = ()

    @property
    def jain(self) -> float | None:
        """How fair that was."""
        return jain([line.got for line in self.lines], [line.due for line in self.lines])


@dataclass(frozen=True)
class Responses:
    """How fast consultants wrote to leads they were given: how many in each class, and what is still unanswered."""

    classes: tuple[int, ...] = (0,) * (len(RESPONSE_BOUNDS) + 1)
    median: float | None = None
    unanswered: int = 0

    @property
    def answered(self) -> int:
        """All of them."""
        return sum(self.classes)

    @property
    def within_an_hour(self) -> float | None:
        """The share of those that were answered within an hour."""
        return share(sum(self.classes[: RESPONSE_BOUNDS.index(3600) + 1]), self.answered)


@dataclass(frozen=True)
class CostStep:
    """What models cost in US dollars, and the interviews that were completed meanwhile."""

    at: datetime
    usd: float = 0.0
    completed: int = 0

    @property
    def cents_each(self) -> float | None:
        """US cents for each completed interview."""
        each = share(self.usd, self.completed)
        return None if each is None else each * 100


@dataclass(frozen=True)
class Collected:
    """Facts that ended interviews of one engagement know, and those that were asked for."""

    engagement: str
    collected: float = 0.0
    expected: float = 0.0

    @property
    def share(self) -> float | None:
        """How much was collected."""
        return share(self.collected, self.expected)


@dataclass(frozen=True)
class Judged:
    """Who rated leads, and why the rules stepped in for the model."""

    by_method: dict[str, int] = field(default_factory=dict[str, int])
    stepped_in: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def made(self) -> int:
        """All ratings."""
        return sum(self.by_method.values())


@dataclass(frozen=True)
class Line:
    """What one WhatsApp session carried, and how much of the period it worked.

    ``delivered`` are those of ``settled``: taken by the gateway at least ten minutes ago.
    """

    session: str
    received: int = 0
    settled: int = 0
    delivered: int = 0
    failed: int = 0
    found_later: int = 0
    up: float | None = None

    @property
    def delivered_share(self) -> float | None:
        """How much arrived on the phones."""
        return share(self.delivered, self.settled)


@dataclass(frozen=True)
class Consultant:
    """A consultant who may be chosen; whether they are on duty, and got a lead within 24 hours."""

    consultant_id: int
    name: str
    on_duty: bool
    lead_in_24h: bool


@dataclass(frozen=True)
class Report:
    """Everything that the Insights page draws."""

    period: Period
    now: Totals
    before: Totals
    consultants: tuple[Consultant, ...]
    minutes: tuple[MinutesStep, ...]
    entitlement: Entitlement
    responses: Responses
    costs: tuple[CostStep, ...]
    collected: tuple[Collected, ...]
    judged: Judged
    lines: tuple[Line, ...]
    agreed: tuple[Agreement, ...]
    """Of the random sample alone: verdicts that people give unasked are about doubtful ratings."""

    @property
    def served(self) -> int:
        """Consultants who got a lead within 24 hours."""
        return sum(one.lead_in_24h for one in self.consultants)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show yet."""
        return not (self.now.cohort.new or self.now.interviews.ended or self.responses.answered)
