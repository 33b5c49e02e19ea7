"""How much may be spent on language models: tokens a minute, money a day, both for each lead.

Each worker keeps its own account in memory. What a call takes is known only after it, so a limit is passed by the
calls under way at that moment, and no further.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from decimal import Decimal

import metrics.service
from app.clock import Clock
from app.llm.account import Charge, slowed
from app.llm.errors import BudgetSpent

REMEMBERED_LEADS = 20_000
"""So many leads' accounts are kept; those that were asked about longest ago are forgotten first."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be spent; None: no limit. Calls of unknown price count as tokens only."""

    tokens_per_minute: int | None = None
    tokens_per_lead: int | None = None
    usd_per_day: Decimal | None = None
    usd_per_lead: Decimal | None = None


@dataclass(slots=True)
class Spent:
    """What was spent since an account was opened; ``since`` names its minute or day."""

    since: str = ""
    tokens: int = 0
    usd: Decimal = field(default_factory=Decimal)

    def add(self, charge: Charge) -> None:
        """Add one call."""
        self.tokens += charge.usage.total
        self.usd += charge.usd or Decimal(0)


class Budget:
    """The accounts of one process. Use it from one event loop."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._minute = Spent()
        self._day = Spent()
        self._leads: OrderedDict[int, Spent] = OrderedDict()

    def admit(self, lead_id: int | None) -> None:
        """Let a call pass. Raises BudgetSpent."""
        scope = self._exhausted(lead_id)
        if scope:
            metrics.service.throttled(slowed("groq"), "quota")
            raise BudgetSpent(scope=scope, retry_after=self._rest_of_minute() if scope == "minute" else None)

    def spend(self, lead_id: int | None, charge: Charge) -> None:
        """Write a call down."""
        self._turn_pages()
        self._minute.add(charge)
        self._day.add(charge)
        if lead_id is not None:
            self._leads.setdefault(lead_id, Spent()).add(charge)
            self._leads.move_to_end(lead_id)
            if len(self._leads) > REMEMBERED_LEADS:
                self._leads.popitem(last=False)

    def _exhausted(self, lead_id: int | None) -> str:
        """Which account is empty: minute, day or lead; empty when none is."""
        self._turn_pages()
        if _reached(self._minute.tokens, self._limits.tokens_per_minute):
            return "minute"
        if _reached(self._day.usd, self._limits.usd_per_day):
            return "day"
        lead = self._leads.get(lead_id) if lead_id is not None else None
        return "lead" if lead and self._lead_is_done(lead) else ""

    def _lead_is_done(self, lead: Spent) -> bool:
        return _reached(lead.tokens, self._limits.tokens_per_lead) or _reached(lead.usd, self._limits.usd_per_lead)

    def _rest_of_minute(self) -> float:
        now = self._clock.now()
        return 60.0 - now.second - now.microsecond / 1_000_000

    def _turn_pages(self) -> None:
        now = self._clock.now()
        minute, day = now.strftime("%Y-%m-%d %H:%M"), now.strftime("%Y-%m-%d")
        self._minute = self._minute if self._minute.since == minute else Spent(minute)
        self._day = self._day if self._day.since == day else Spent(day)


def _reached(spent: int | Decimal, limit: int | Decimal | None) -> bool:
    return limit is not None and spent >= limit
