"""What calls to a language model use up and cost, and the words in which it is counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from app.errors import Misconfigured

_MILLION = Decimal(1_000_000)


class Purpose(StrEnum):
    """What a model is asked for; a label of the metrics."""

    CLASSIFY = "classify"
    REPLY = "reply"
    EXTRACT = "extract"
    EVALUATE = "evaluate"
    """All of what evaluations and replays ask: no lead waited for it."""


class FallbackReason(StrEnum):
    """Why the rules stepped in for the model; a label of the metrics."""

    TIMEOUT = "timeout"
    RATE_LIMITED = "rate_limited"
    HTTP_5XX = "http_5xx"
    INVALID_OUTPUT = "invalid_output"
    CIRCUIT_OPEN = "circuit_open"
    BUDGET = "budget"
    NOT_CONFIGURED = "not_configured"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; what the model spent on thinking is in ``output``. ``cached`` are those of ``input`` that the
    provider had seen before and sells for less.
    """

    input: int = 0
    output: int = 0
    cached: int = 0

    @property
    def total(self) -> int:
        """All tokens."""
        return self.input + self.output


@dataclass(frozen=True, slots=True)
class Charge:
    """One call that a provider billed. ``usd`` is None where nobody told what the model costs."""

    model: str
    purpose: Purpose
    usage: Usage
    usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    input: Decimal
    output: Decimal
    cached: Decimal

    def of(self, usage: Usage) -> Decimal:
        """What a call costs."""
        fresh = max(usage.input - usage.cached, 0)
        return (fresh * self.input + usage.cached * self.cached + usage.output * self.output) / _MILLION


def parse_prices(text: str) -> dict[str, Price]:
    """Prices from ``model=input/output`` or ``model=input/output/cached``, separated by commas.

    Without a price for cached input it costs as much as other input. Raises Misconfigured.
    """
    return dict(_price(part.strip()) for part in text.split(",") if part.strip())


def _price(part: str) -> tuple[str, Price]:
    model, _, figures = part.partition("=")
    try:
        usd = [Decimal(figure) for figure in figures.split("/")]
    except InvalidOperation as error:
        raise Misconfigured(f"LEADLINE_LLM_PRICES: {part!r} is not model=input/output[/cached]") from error
    if not model.strip() or not 2 <= len(usd) <= 3 or not all(one.is_finite() and one >= 0 for one in usd):
        raise Misconfigured(f"LEADLINE_LLM_PRICES: {part!r} is not model=input/output[/cached]")
    return model.strip(), Price(usd[0], usd[1], usd[2] if len(usd) == 3 else usd[0])


def cost(prices: Mapping[str, Price], model: str, usage: Usage) -> Decimal | None:
    """What a call costs; None, never nothing, when the model's price is unknown."""
    price = prices.get(model)
    return None if price is None else price.of(usage)


def total(charges: tuple[Charge, ...]) -> Decimal | None:
    """What several calls cost together; None as soon as one of them is unknown."""
    if any(charge.usd is None for charge in charges):
        return None
    return sum((charge.usd for charge in charges if charge.usd is not None), Decimal(0))


@dataclass(frozen=True, slots=True)
class Bill:
    """What one model cost: US dollars for calls whose price is known, and how many there were besides."""

    model: str
    usd: Decimal = Decimal(0)
    unpriced: int = 0

    def plus(self, charge: Charge) -> Bill:
        """The bill with one more call."""
        if charge.usd is None:
            return replace(self, unpriced=self.unpriced + 1)
        return replace(self, usd=self.usd + charge.usd)


def bills(charges: Iterable[Charge]) -> tuple[Bill, ...]:
    """What calls cost, one bill for each model."""
    made: dict[str, Bill] = {}
    for charge in charges:
        made[charge.model] = made.get(charge.model, Bill(charge.model)).plus(charge)
    return tuple(made.values())


_payer: ContextVar[int | None] = ContextVar("leadline_llm_payer", default=None)


@contextmanager
def on_account_of(lead_id: int) -> Iterator[None]:
    """Count calls made inside the block against the budget of this lead."""
    token = _payer.set(lead_id)
    try:
        yield
    finally:
        _payer.reset(token)


_is_trial: ContextVar[bool] = ContextVar("leadline_llm_is_trial", default=False)


@contextmanager
def on_trial() -> Iterator[None]:
    """Calls made inside the block are those of a run that can wait, not of leads."""
    token = _is_trial.set(True)
    try:
        yield
    finally:
        _is_trial.reset(token)


def slowed(component: str) -> str:
    """Who is slowed down, for the metrics: ``component``, or a trial, for which nobody waits."""
    return "trial" if _is_trial.get() else component


def payer() -> int | None:
    """The lead on whose account calls are made now."""
    return _payer.get()
