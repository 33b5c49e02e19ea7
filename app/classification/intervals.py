"""How sure a share is: the interval in which the true one lies in 95 of 100 cases. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

CERTAINTY = 0.95
_Z = NormalDist().inv_cdf(0.5 + CERTAINTY / 2)


@dataclass(frozen=True, slots=True)
class Share:
    """``agreed`` of ``n`` cases: its ``value``, and ``low`` and ``high``, which bound it with 95 % certainty."""

    agreed: int
    n: int

    @property
    def value(self) -> float | None:
        """The share, 0 to 1."""
        return self.agreed / self.n if self.n else None

    @property
    def low(self) -> float:
        """The lower end of the interval; 0 while nothing is known."""
        return wilson(self.agreed, self.n)[0]

    @property
    def high(self) -> float:
        """The upper end of the interval; 1 while nothing is known."""
        return wilson(self.agreed, self.n)[1]


def wilson(agreed: int, n: int) -> tuple[float, float]:
    """Wilson's score interval of a share: honest for few cases and for shares near 0 and 1, where others are not."""
    if n == 0:
        return 0.0, 1.0
    share, squared = agreed / n, _Z * _Z
    middle = (share + squared / (2 * n)) / (1 + squared / n)
    reach = _Z * sqrt(share * (1 - share) / n + squared / (4 * n * n)) / (1 + squared / n)
    return max(middle - reach, 0.0), min(middle + reach, 1.0)
