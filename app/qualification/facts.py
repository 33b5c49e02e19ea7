"""What the agent finds out about a lead, how it is stored, and how it is shown to a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from app.errors import Invalid
from app.vocabulary import Language


class FactName(StrEnum):
    """The facts that a qualification can collect."""

    NAME = "name"
    EMAIL = "email"
    INTEREST = "interest"
    CITY = "city"
    BUDGET = "budget"
    TIMELINE = "timeline"
    DECISION_MAKER = "decision_maker"


class Period(StrEnum):
    """How often an amount is paid."""

    ONCE = "once"
    MONTH = "month"
    YEAR = "year"


class Timeline(StrEnum):
    """When the lead wants to start or buy."""

    NOW = "now"
    DAYS_30 = "30d"
    DAYS_90 = "90d"
    DAYS_180 = "180d"
    LATER = "later"
    NONE = "none"


class DecisionMaker(StrEnum):
    """Who decides: the lead alone, together with someone, or somebody else."""

    SELF = "self"
    SHARED = "shared"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that a lead would pay; ``currency`` is an ISO 4217 code, or None while nothing names it."""

    amount: Decimal
    currency: str | None
    period: Period = Period.ONCE


FactValue = str | Budget | Timeline | DecisionMaker


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known of a lead, with the words that it came from.

    ``confidence`` is 0 to 1. ``locked_by`` names the person who set it by hand; the agent then leaves it alone.
    """

    name: FactName
    value: FactValue
    confidence: float
    quote: str
    locked_by: str | None = None


class UnreadableFact(Invalid):
    """A stored fact does not have the shape that its name asks for."""


def value_to_json(value: FactValue) -> Any:
    """The JSON form of a value: text, or ``{"amount", "currency", "period"}`` for a budget."""
    if isinstance(value, Budget):
        return {"amount": plain(value.amount), "currency": value.currency, "period": value.period.value}
    return str(value)


def value_from_json(name: FactName, data: Any) -> FactValue:
    """The value that ``value_to_json`` wrote. Raises UnreadableFact."""
    try:
        if name is FactName.BUDGET:
            return Budget(Decimal(str(data["amount"])), data["currency"], Period(data["period"]))
        if name is FactName.TIMELINE:
            return Timeline(data)
        if name is FactName.DECISION_MAKER:
            return DecisionMaker(data)
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise UnreadableFact from error
    if not isinstance(data, str):
        raise UnreadableFact
    return data


def fact_to_json(fact: Fact) -> dict[str, Any]:
    """The JSON form of a fact, for a JSONB column; its name is the key it is stored under."""
    return {
        "value": value_to_json(fact.value),
        "confidence": fact.confidence,
        "quote": fact.quote,
        "locked_by": fact.locked_by,
    }


def fact_from_json(name: FactName, data: Mapping[str, Any]) -> Fact:
    """The fact that ``fact_to_json`` wrote; keys it does not know are left out. Raises UnreadableFact."""
    if "value" not in data:
        raise UnreadableFact
    return Fact(
        name=name,
        value=value_from_json(name, data["value"]),
        confidence=float(data.get("confidence", 1.0)),
        quote=str(data.get("quote", "")),
        locked_by=data.get("locked_by"),
    )


def facts_to_json(facts: Mapping[FactName, Fact]) -> dict[str, Any]:
    """Facts by name, ready for a JSONB column."""
    return {name.value: fact_to_json(fact) for name, fact in facts.items()}


def facts_from_json(data: Mapping[str, Any]) -> dict[FactName, Fact]:
    """The facts that ``facts_to_json`` wrote. Raises UnreadableFact."""
    return {FactName(name): fact_from_json(FactName(name), stored) for name, stored in data.items()}


def plain(amount: Decimal) -> int | float:
    """An amount as JSON likes it: whole numbers without a point."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


_LABELS: dict[FactName, tuple[str, str, str]] = {
    FactName.NAME: ("Name", "Nome", "Nombre"),
    FactName.EMAIL: ("E-mail", "E-mail", "Correo"),
    FactName.INTEREST: ("Interest", "Interesse", "Interés"),
    FactName.CITY: ("City", "Cidade", "Ciudad"),
    FactName.BUDGET: ("Budget", "Orçamento", "Presupuesto"),
    FactName.TIMELINE: ("When", "Quando", "Cuándo"),
    FactName.DECISION_MAKER: ("Who decides", "Quem decide", "Quién decide"),
}
_IN_WORDS: dict[FactName, tuple[str, str, str]] = {
    FactName.NAME: ("your name", "o seu nome", "tu nombre"),
    FactName.EMAIL: ("your e-mail address", "o seu e-mail", "tu correo"),
    FactName.INTEREST: ("what you are looking for", "o que você procura", "qué buscas"),
    FactName.CITY: ("your city", "a sua cidade", "tu ciudad"),
    FactName.BUDGET: ("your budget", "o seu orçamento", "tu presupuesto"),
    FactName.TIMELINE: ("when you would like to start", "para quando seria", "para cuándo sería"),
    FactName.DECISION_MAKER: ("who decides", "quem decide", "quién decide"),
}
_WORDS: dict[StrEnum, tuple[str, str, str]] = {
    Timeline.NOW: ("this week", "esta semana", "esta semana"),
    Timeline.DAYS_30: ("within a month", "em até um mês", "en el próximo mes"),
    Timeline.DAYS_90: ("in one to three months", "de um a três meses", "de uno a tres meses"),
    Timeline.DAYS_180: ("in three to six months", "de três a seis meses", "de tres a seis meses"),
    Timeline.LATER: ("some day later", "mais para a frente", "más adelante"),
    Timeline.NONE: ("no plans", "sem planos", "sin planes"),
    DecisionMaker.SELF: ("decides alone", "decide por conta própria", "decide por su cuenta"),
    DecisionMaker.SHARED: ("decides with someone", "decide com mais alguém", "decide con alguien más"),
    DecisionMaker.OTHER: ("somebody else decides", "outra pessoa decide", "decide otra persona"),
    Period.ONCE: ("", "", ""),
    Period.MONTH: (" a month", " por mês", " al mes"),
    Period.YEAR: (" a year", " por ano", " al año"),
}
_COLUMN = {Language.EN: 0, Language.PT: 1, Language.ES: 2}


def label(name: FactName, language: Language) -> str:
    """What a fact is called in the language of the reader."""
    return _LABELS[name][_COLUMN[language]]


def in_words(name: FactName, language: Language) -> str:
    """What a fact is called to the lead, behind "I only need to know"."""
    return _IN_WORDS[name][_COLUMN[language]]


def display(value: FactValue, language: Language) -> str:
    """A value as a person reads it, e.g. ``BRL 18.000 por mês``."""
    column = _COLUMN[language]
    if isinstance(value, Budget):
        return f"{_money(value, language)}{_WORDS[value.period][column]}"
    if isinstance(value, Timeline | DecisionMaker):
        return _WORDS[value][column]
    return value


_SPOKEN: dict[FactValue, tuple[str, str, str]] = {
    DecisionMaker.SELF: ("you alone", "só você", "solo tú"),
    DecisionMaker.SHARED: ("you and somebody else", "você e mais alguém", "tú y alguien más"),
    DecisionMaker.OTHER: ("somebody else", "outra pessoa", "otra persona"),
}


def spoken(value: FactValue, language: Language) -> str:
    """A value as the lead who gave it hears it."""
    return _SPOKEN[value][_COLUMN[language]] if value in _SPOKEN else display(value, language)


def _money(budget: Budget, language: Language) -> str:
    whole = budget.amount == budget.amount.to_integral_value()
    digits = f"{budget.amount:,.0f}" if whole else f"{budget.amount:,.2f}"
    if language is not Language.EN:
        digits = digits.translate(str.maketrans(",.", ".,"))
    return f"{budget.currency} {digits}" if budget.currency else digits
