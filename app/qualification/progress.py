"""How an interview stands, and how what a burst says is taken into it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from rapidfuzz import fuzz

from app.qualification.extraction.reading import Reading, Signal
from app.qualification.extraction.text import fold
from app.qualification.facts import Budget, Fact, FactName, FactValue, Period, Timeline, facts_from_json, facts_to_json
from app.vocabulary import Language, Outcome

NOT_CUSTOMERS = frozenset({Signal.SPAM, Signal.VENDOR, Signal.ASKS_MONEY, Signal.WRONG_NUMBER, Signal.JOB_SEEKER})
"""Those who write for something else: their numbers, dates and wishes are no facts of a sale."""

_IDENTITY = frozenset({FactName.NAME, FactName.EMAIL, FactName.CITY})
_SOONER = list(Timeline)
_SURER = {FactName.INTEREST: 0.12, FactName.CITY: 0.0}
"""How much surer a later statement must be: what a lead asks for first is mostly what the lead wants."""
_ABOUT_AS_SURE = -0.2001
_ASKED_ABOUT = (FactName.CITY, FactName.BUDGET, FactName.TIMELINE, FactName.DECISION_MAKER, FactName.NAME)
"""Of these a lead has one; a second e-mail address or wish is just one more."""
_STATED = {FactName.BUDGET: 0.75}
_PLAINLY = 0.9
"""So sure both statements must be read before they contradict each other."""
_LESS, _MORE = 2 / 3, 2
"""A budget that shrinks or grows beyond these shares of itself is another one; between them people haggle."""
_ALIKE = 75
"""Likeness, 0 to 100, from which two towns are one in two spellings."""
_ANSWERS = 0.7
"""How sure the answer to "which of the two?" has to be."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Facts and signals gathered so far, and what was asked how often.

    ``currency``, ``period`` and ``price`` are what its prices hinted at last; ``finished`` is how the interview ended,
    None while it runs, and ``goodbyes`` how many courtesies were returned since. ``shown`` counts the bursts with
    files that a person has to look at. ``doubted`` are facts of which the lead was asked once which of two answers
    holds, or of which the team was told that the lead contradicts it.
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
    doubted: frozenset[FactName] = frozenset()

    @property
    def in_doubt(self) -> FactName | None:
        """The fact of which the lead was just asked which of two answers holds."""
        return self.last_asked if self.last_asked in self.doubted else None

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
            "doubted": sorted(self.doubted),
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
            doubted=frozenset(FactName(name) for name in data.get("doubted", ())),
        )


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two statements that cannot both be true: what was known ``before``, maybe set by the team, and what was said."""

    before: Fact
    said: Fact

    @property
    def name(self) -> FactName:
        """The fact that both are about."""
        return self.before.name

    @property
    def locked(self) -> bool:
        """Whether the lead contradicts a member of the team rather than themselves."""
        return self.before.locked_by is not None


@dataclass(frozen=True, slots=True)
class Absorbed:
    """The progress after a burst, and what in it contradicts what was known."""

    progress: Progress
    conflicts: tuple[Conflict, ...] = ()

    @property
    def doubt(self) -> Conflict | None:
        """What the lead can settle: the first contradiction of their own words."""
        return next((one for one in self.conflicts if not one.locked), None)


def absorb(progress: Progress, reading: Reading) -> Absorbed:
    """The progress after one more burst: new facts merged, signals counted, nothing locked overwritten. A contradiction
    is a signal; which of the two holds is for whoever asks.
    """
    strange = _is_strange(progress.signals) or _is_strange(reading.signals)
    kept = {name: fact for name, fact in progress.facts.items() if fact.locked_by or not strange or name in _IDENTITY}
    told = [fact for fact in reading.facts if not strange or fact.name in _IDENTITY]
    conflicts = tuple(_conflicts(progress, kept, told, corrected=reading.corrected))
    after = replace(
        progress,
        facts=kept | {fact.name: fact for fact in told if _holds(fact, kept.get(fact.name), progress, reading)},
        signals=_counted(progress.signals, reading.signals, contradicted=any(not one.locked for one in conflicts)),
        turns=progress.turns + 1,
        language=reading.language or progress.language,
        currency=reading.currency or progress.currency,
        period=reading.period or progress.period,
        price=progress.price if reading.price is None else reading.price,
        doubted=progress.doubted | {one.name for one in conflicts if one.locked},
    )
    return Absorbed(after, conflicts)


def _counted(before: Mapping[Signal, int], heard: Collection[Signal], *, contradicted: bool) -> Mapping[Signal, int]:
    signals = {*heard, Signal.CONTRADICTION} if contradicted else heard
    return {**before, **{signal: before.get(signal, 0) + 1 for signal in signals}}


def _holds(said: Fact, known: Fact | None, progress: Progress, reading: Reading) -> bool:
    """Whether a statement is taken for the truth; so is the answer to "which of the two?"."""
    if known is None:
        return True
    decides = said.name is progress.in_doubt and said.confidence >= _ANSWERS and known.locked_by is None
    return decides or _replaces(said, known, corrected=reading.corrected)


def _conflicts(
    progress: Progress, kept: Mapping[FactName, Fact], told: Iterable[Fact], *, corrected: bool
) -> Iterator[Conflict]:
    for said in told:
        known = kept.get(said.name)
        if known is None or said.name in progress.doubted:
            continue
        if known.locked_by is not None:
            if corrected or said.confidence >= _STATED.get(said.name, _PLAINLY):
                yield from (Conflict(known, said),) if _differ(said.name, known.value, said.value) else ()
        elif not corrected and _contradict(known, said):
            yield Conflict(known, said)


def _contradict(known: Fact, said: Fact) -> bool:
    """Whether two plain statements exclude each other, and neither makes the other more exact."""
    needed = _STATED.get(said.name, _PLAINLY)
    if said.name not in _ASKED_ABOUT or min(known.confidence, said.confidence) < needed:
        return False
    if isinstance(known.value, Budget) and isinstance(said.value, Budget):
        return _is_another_budget(known.value, said.value)
    if isinstance(known.value, Timeline) and isinstance(said.value, Timeline):
        return said.value is not Timeline.NONE and _SOONER.index(said.value) - _SOONER.index(known.value) > 1
    return _differ(known.name, known.value, said.value)


def _is_another_budget(known: Budget, said: Budget) -> bool:
    if (known.currency or said.currency) != (said.currency or known.currency) or known.period is not said.period:
        return False
    return not float(known.amount) * _LESS < float(said.amount) < float(known.amount) * _MORE


def _differ(name: FactName, known: FactValue, said: FactValue) -> bool:
    """Whether a person would call the values different: "Ana Lima" is Ana put more exactly, "Lisbon" is Lisboa, and
    Porto Alegre is not Porto.
    """
    if isinstance(known, Budget) and isinstance(said, Budget):
        currencies = {known.currency, said.currency} - {None}
        return known.amount != said.amount or known.period is not said.period or len(currencies) > 1
    one, other = fold(str(known)), fold(str(said))
    if name is FactName.CITY:
        return fuzz.ratio(one.partition(",")[0], other.partition(",")[0]) < _ALIKE
    return not (set(one.split()) <= set(other.split()) or set(other.split()) <= set(one.split()))


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
