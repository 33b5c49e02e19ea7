"""The money of one run: every attempt draws on the same account, and midnight fills it up for nobody."""

from __future__ import annotations

from decimal import Decimal

from app.clock import Clock
from app.llm.account import Charge
from app.llm.budget import Budget, Limits
from app.llm.errors import BudgetSpent

UNCOUNTED = Decimal("0.01")
"""US dollars for which a call is taken whose tokens the service did not tell: it must not be free."""


class RunBudget(Budget):
    """What a run may spend in all, beside the limits that hold for each minute and each conversation."""

    def __init__(self, limits: Limits, clock: Clock, *, most: Decimal, spent: Decimal) -> None:
        """``most`` and ``spent``, what earlier attempts paid, are US dollars."""
        super().__init__(limits, clock)
        self._most = most
        self.spent = spent

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left; the calls under way may pass the limit, and no others."""
        return self.spent >= self._most

    def admit(self, lead_id: int | None) -> None:
        """Let a call pass. Raises BudgetSpent."""
        if self.is_empty:
            raise BudgetSpent(scope="run")
        super().admit(lead_id)

    def spend(self, lead_id: int | None, charge: Charge) -> None:
        """Write a call down."""
        super().spend(lead_id, charge)
        self.spent += UNCOUNTED if charge.usd is None else charge.usd
