"""How an interview stands, and how what a burst says is taken into it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from app.qualification.extraction.reading import Reading, Signal
from app.qualification.facts import Fact, FactName, Period, Timeline, facts_from_json, facts_to_json
from app.vocabulary import Language, Outcome

NOT_CUSTOMERS = frozenset({Signal.SPAM, Signal.VENDOR, Signal.ASKS_MONEY, Signal.WRONG_NUMBER, Signal.JOB_SEEKER})
"""Those who write for something else: their numbers, dates and wishes are no facts of a sale."""

_IDENTITY = frozenset({FactName.NAME, FactName.EMAIL, FactName.CITY})
_SOONER = list(Timeline)
_SURER = {FactName.INTEREST: 0.12, FactName.CITY: 0.0}
"""How much surer a later statement must be: what a lead asks for first is mostly what the lead wants."""
_ABOUT_AS_SURE = -0.2001


@dataclass(frozen=True, slots=True)
class Progress:
    """Facts and signals gathered so far, and what was asked how often.

    ``currency``, ``period`` and ``price`` are what its prices hinted at last; ``finished`` is how the interview ended, None while
    it runs, and ``goodbyes`` how many courtesies were returned since. ``shown`` counts the bursts with files that a
    person has to look at.
    """

    facts: Mapping[FactName, Fact] = field(default_factory=dict[FactName, Fact])
    asked: Mapping[FactName, int] = field(default_factory=dict[FactName, int])
    signals: Mapping[Signal, int] = field(default_factory=dict[Signal, int])
    turns: int = 0
    language: Language | None = None
    last_asked: FactName | None = None
    greeted: bool = False
    currency: str | None = None
    period: Period | None = None
    price: Decimal | None = None
    finished: Outcome | None = None
    goodbyes: int = 0
    shown: int = 0

    def to_json(self) -> dict[str, Any]:
        """The JSON form, for a JSONB column."""
        return {
            "facts": facts_to_json(self.facts),
            "asked": {name.value: times for name, times in self.asked.items()},
            "signals": {signal.value: times for signal, times in self.signals.items()},
            "turns": self.turns,
            "language": self.language,
            "last_asked": self.last_asked,
            "greeted": self.greeted,
            "currency": self.currency,
            "period": self.period,
            "price": None if self.price is None else str(self.price),
            "finished": self.finished,
            "goodbyes": self.goodbyes,
            "shown": self.shown,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], facts: Mapping[str, Any] | None = None) -> Progress:
        """What ``to_json`` wrote; ``facts`` (their JSON form) are taken instead of those inside when given."""
        language, last, finished = data.get("language"), data.get("last_asked"), data.get("finished")
        return cls(
            facts=facts_from_json(data.get("facts", {}) if facts is None else facts),
            asked={FactName(name): int(times) for name, times in data.get("asked", {}).items()},
            signals={Signal(name): int(times) for name, times in data.get("signals", {}).items()},
            turns=int(data.get("turns", 0)),
            language=Language(language) if language else None,
            last_asked=FactName(last) if last else None,
            greeted=bool(data.get("greeted", False)),
            currency=data.get("currency"),
            period=Period(data["period"]) if data.get("period") else None,
            price=Decimal(data["price"]) if data.get("price") else None,
            finished=Outcome(finished) if finished else None,
            goodbyes=int(data.get("goodbyes", 0)),
            shown=int(data.get("shown", 0)),
        )


def absorb(progress: Progress, reading: Reading) -> Progress:
    """The progress after one more burst: new facts merged, signals counted, nothing locked overwritten."""
    strange = _is_strange(progress.signals) or _is_strange(reading.signals)
    facts = {name: fact for name, fact in progress.facts.items() if fact.locked_by or not strange or name in _IDENTITY}
    for fact in reading.facts:
        if strange and fact.name not in _IDENTITY:
            continue
        known = facts.get(fact.name)
        if known is None or _replaces(fact, known, corrected=reading.corrected):
            facts[fact.name] = fact
    signals = dict(progress.signals)
    for signal in reading.signals:
        signals[signal] = signals.get(signal, 0) + 1
    return replace(
        progress,
        facts=facts,
        signals=signals,
        turns=progress.turns + 1,
        language=reading.language or progress.language,
        currency=reading.currency or progress.currency,
        period=reading.period or progress.period,
        price=progress.price if reading.price is None else reading.price,
    )


def _is_strange(signals: Collection[Signal]) -> bool:
    return not NOT_CUSTOMERS.isdisjoint(signals)


def _replaces(new: Fact, known: Fact, *, corrected: bool) -> bool:
    """Whether a later statement is taken for the truth."""
    if known.locked_by is not None:
        return False
    if new.name is FactName.EMAIL or (corrected and new.name is not FactName.INTEREST):
        return True
    if new.name is FactName.TIMELINE:
        return _timeline_replaces(new, known)
    if new.name is FactName.NAME:
        return new.confidence > known.confidence or str(known.value).lower() in str(new.value).lower()
    return new.confidence > known.confidence + _SURER.get(new.name, _ABOUT_AS_SURE)


def _timeline_replaces(new: Fact, known: Fact) -> bool:
    """An answer to "when?" counts; a moment said in passing counts when it is sooner."""
    if new.value is Timeline.NONE or new.confidence > known.confidence:
        return True
    sooner = _SOONER.index(Timeline(str(new.value))) < _SOONER.index(Timeline(str(known.value)))
    return sooner or (new.confidence >= 0.9 and known.value is not Timeline.NOW)
