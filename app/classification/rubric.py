"""Temperature, risk and score of a lead, by the rubric: pure, and explained point by point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.qualification.extraction.reading import Signal
from app.qualification.facts import DecisionMaker, Fact, FactName, Timeline, display
from app.vocabulary import Language, Outcome, Risk, Temperature

BANDS = {Temperature.COLD: (0, 34), Temperature.WARM: (35, 69), Temperature.HOT: (70, 100)}
"""The lowest and highest score of each temperature; a score can never contradict it."""

_LEVEL = {Temperature.COLD: 10, Temperature.WARM: 45, Temperature.HOT: 78}
_NEED, _URGENT = 25, 53
_WHEN = {
    Timeline.NOW: _URGENT,
    Timeline.DAYS_30: _URGENT,
    Timeline.DAYS_90: 20,
    Timeline.DAYS_180: 20,
    Timeline.LATER: -15,
    Timeline.NONE: -15,
}
_ORDER = list(Timeline)
_KNOWN = {FactName.BUDGET: 5, FactName.EMAIL: 5, FactName.NAME: 3, FactName.CITY: 2}
_DECIDES = {DecisionMaker.SELF: 5, DecisionMaker.SHARED: 2, DecisionMaker.OTHER: 0}
_RISK_POINTS = {Risk.LOW: 0, Risk.MEDIUM: -5, Risk.HIGH: -8}

_COLD_SIGNALS = {
    Signal.SPAM: "Sends spam",
    Signal.ASKS_MONEY: "Asks for money",
    Signal.ILLEGAL: "Wants something outside the service or the law",
    Signal.VENDOR: "Sells something to us",
    Signal.JOB_SEEKER: "Looks for a job",
    Signal.WRONG_NUMBER: "Reached us by a wrong number",
    Signal.ABUSE: "Is abusive",
}
_HIGH_SIGNALS = (Signal.SPAM, Signal.ASKS_MONEY, Signal.ILLEGAL, Signal.VENDOR, Signal.JOB_SEEKER, Signal.ABUSE)
_RISKS = {
    Signal.PRICE_OBJECTION: "Objects to the price",
    Signal.LARGE_DISCOUNT: "Wants a large discount",
    Signal.CONTRADICTION: "Contradicted an earlier answer",
    Signal.MISSED_APPOINTMENTS: "Missed appointments before",
}
_WHEN_WORDS = {
    Timeline.NOW: "Wants to act this week",
    Timeline.DAYS_30: "Wants to act within a month",
    Timeline.DAYS_90: "Wants it in one to three months",
    Timeline.DAYS_180: "Wants it in three to six months",
    Timeline.LATER: "Thinks of more than half a year from now",
    Timeline.NONE: "Has no plans to buy",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One factor of a score, its points and what it says to a reader."""

    factor: str
    points: int
    text: str


@dataclass(frozen=True, slots=True)
class Classification:
    """A judgement. ``score`` (0 to 100) is the sum of the reasons' points; ``confidence`` is 0 to 1."""

    temperature: Temperature
    risk: Risk
    score: int
    reasons: tuple[Reason, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Weights:
    """Where the rubric draws its lines. ``evasions`` is how many evaded questions make a danger, ``dangers_for_high``
    how many dangers make the risk high, ``hot_within`` the longest horizon of a HOT lead.
    """

    evasions: int = 2
    dangers_for_high: int = 2
    hot_within: Timeline = Timeline.DAYS_30


STANDARD = Weights()
"""The lines as the written rubric draws them."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a judgement rests on: facts, how often each signal was seen, how the interview ended if it did, and by
    which weights to judge.
    """

    facts: Mapping[FactName, Fact] = field(default_factory=dict[FactName, Fact])
    signals: Mapping[Signal, int] = field(default_factory=dict[Signal, int])
    outcome: Outcome | None = None
    weights: Weights = STANDARD

    def has(self, signal: Signal) -> bool:
        """Whether a signal was seen at all."""
        return self.signals.get(signal, 0) > 0

    @property
    def timeline(self) -> Timeline | None:
        """When the lead wants to act."""
        fact = self.facts.get(FactName.TIMELINE)
        return fact.value if fact and isinstance(fact.value, Timeline) else None

    @property
    def decider(self) -> DecisionMaker | None:
        """Who decides."""
        fact = self.facts.get(FactName.DECISION_MAKER)
        return fact.value if fact and isinstance(fact.value, DecisionMaker) else None


def classify(evidence: Evidence, now: datetime) -> Classification:  # noqa: ARG001 - see below
    """Judge a lead by the rubric, as if they had just written; what silence does to it stands in ``decay``.

    ``now`` is part of the signature because facts may come to speak of dates.
    """
    seen = list(dangers(evidence))
    risk = _risk(evidence, seen)
    temperature, because = _temperature(evidence)
    reasons = _reasons(evidence, temperature, because, risk, seen)
    return Classification(temperature, risk, sum(reason.points for reason in reasons), reasons, _confidence(evidence))


def guard(proposed: Classification, evidence: Evidence) -> Classification:
    """A judgement made elsewhere, corrected where it cannot be true: an opt-out is never HOT, a spammer never LOW.

    The score is brought into the band of the temperature, with a reason that says so.
    """
    allowed, because = _impossible(evidence)
    temperature = allowed if allowed and proposed.temperature is not allowed else proposed.temperature
    risk = Risk.HIGH if any(evidence.has(signal) for signal in _HIGH_SIGNALS) else proposed.risk
    total = sum(reason.points for reason in proposed.reasons)
    score = within(total, temperature)
    reasons = proposed.reasons
    if score != total:
        reasons = (*reasons, Reason("guard", score - total, because or "Brought into the range of its temperature"))
    return replace(proposed, temperature=temperature, risk=risk, score=score, reasons=reasons)


def within(score: int, temperature: Temperature) -> int:
    """The score brought into the band of a temperature that somebody else named."""
    low, high = BANDS[temperature]
    return min(max(score, low), high)


def _impossible(evidence: Evidence) -> tuple[Temperature | None, str]:
    """The only temperature that hard evidence allows, with the reason; None where judgement is free."""
    cold = _hard_cold(evidence)
    return (Temperature.COLD, cold) if cold else (None, "")


def _hard_cold(evidence: Evidence) -> str | None:
    if evidence.outcome is Outcome.OPTED_OUT:
        return "Asked not to be contacted"
    return next((text for signal, text in _COLD_SIGNALS.items() if evidence.has(signal)), None)


def _temperature(evidence: Evidence) -> tuple[Temperature, str]:
    cold = _hard_cold(evidence) or _cold(evidence)
    if cold:
        return Temperature.COLD, cold
    holds_back = _holds_back(evidence)
    return (Temperature.WARM, holds_back) if holds_back else (Temperature.HOT, "Nothing stands in the way")


def _cold(evidence: Evidence) -> str | None:
    if evidence.timeline is Timeline.LATER or evidence.timeline is Timeline.NONE:
        return _WHEN_WORDS[evidence.timeline]
    if evidence.has(Signal.PRICE_REFUSED) and not evidence.has(Signal.PRICE_ACCEPTED) and evidence.timeline is None:
        return "Refuses the price"
    if evidence.has(Signal.CURIOUS_ONLY) and evidence.timeline is None:
        return "Is only curious"
    if not _needs(evidence):
        return "Has named no need yet"
    return None


def _needs(evidence: Evidence) -> bool:
    known = evidence.facts.keys()
    return (
        FactName.INTEREST in known
        or {FactName.BUDGET, FactName.TIMELINE} <= known
        or (evidence.has(Signal.BUY_INTENT) and bool(known))
    )


def _holds_back(evidence: Evidence) -> str | None:
    """What keeps a real need from being urgent, None when nothing does."""
    if evidence.decider is DecisionMaker.OTHER:
        return "Somebody else decides"
    if _awaits_approval(evidence) and evidence.decider is not DecisionMaker.SHARED:
        return "Somebody else still has to agree"
    if evidence.timeline and _ORDER.index(evidence.timeline) > _ORDER.index(evidence.weights.hot_within):
        return _WHEN_WORDS[evidence.timeline]
    if evidence.timeline is None and not _wants_it_now(evidence):
        return "Has not said when"
    if evidence.has(Signal.COMPARES_FIRST):
        return "Will not sign before comparing offers"
    return "Has not come to terms with the price" if _refuses_price(evidence) else None


def _refuses_price(evidence: Evidence) -> bool:
    """Whether an objection to the price stands: the lead turns it down or looks elsewhere, and never says yes."""
    settled = any(evidence.has(signal) for signal in (Signal.PRICE_ACCEPTED, Signal.BUY_INTENT))
    leaves = any(evidence.has(signal) for signal in (Signal.PRICE_REFUSED, Signal.CONTACT_LATER))
    return evidence.has(Signal.PRICE_OBJECTION) and leaves and not settled


def _wants_it_now(evidence: Evidence) -> bool:
    held = any(evidence.has(signal) for signal in (Signal.CONTACT_LATER, Signal.PRICE_OBJECTION, Signal.EVASIVE))
    return evidence.has(Signal.BUY_INTENT) and not held


def _awaits_approval(evidence: Evidence) -> bool:
    return (
        evidence.decider is not DecisionMaker.SELF
        and evidence.has(Signal.THIRD_PERSON)
        and not evidence.has(Signal.APPROVED)
    )


def dangers(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Each thing that puts a consultant's time at risk, by factor and in words."""
    if evidence.signals.get(Signal.EVASIVE, 0) >= evidence.weights.evasions:
        yield "evasive", "Evaded two questions or more"
    for signal, text in _RISKS.items():
        if evidence.has(signal):
            yield signal.value, text
    if evidence.decider is DecisionMaker.OTHER or _awaits_approval(evidence):
        yield "third_person", "Depends on somebody else"


def _risk(evidence: Evidence, seen: list[tuple[str, str]]) -> Risk:
    known = evidence.facts.keys() - {FactName.TIMELINE, FactName.DECISION_MAKER}
    refuses_all = evidence.has(Signal.REFUSES) and not known and not evidence.has(Signal.WRONG_NUMBER)
    if (
        any(evidence.has(signal) for signal in _HIGH_SIGNALS)
        or refuses_all
        or len(seen) >= evidence.weights.dangers_for_high
    ):
        return Risk.HIGH
    return Risk.MEDIUM if seen else Risk.LOW


def _reasons(
    evidence: Evidence, temperature: Temperature, because: str, risk: Risk, seen: list[tuple[str, str]]
) -> tuple[Reason, ...]:
    """Points that add up to the score: need and time first, then what decided, then what is known, then the risk."""
    reasons = list(_natural(evidence))
    missing = _LEVEL[temperature] - sum(reason.points for reason in reasons)
    if missing or because not in {reason.text for reason in reasons}:
        reasons.append(Reason("decided_by", missing, because))
    reasons.extend(_bonuses(evidence))
    if risk is not Risk.LOW:
        text = "; ".join(text for _, text in seen) or because
        reasons.append(Reason("risk", _RISK_POINTS[risk], text))
    return tuple(reasons)


def _natural(evidence: Evidence) -> Iterator[Reason]:
    interest = evidence.facts.get(FactName.INTEREST)
    if interest:
        yield Reason("need", _NEED, f"Wants {_in_words(interest)}")
    if evidence.timeline:
        yield Reason("timeline", _WHEN[evidence.timeline], _WHEN_WORDS[evidence.timeline])
    elif evidence.has(Signal.BUY_INTENT):
        yield Reason("timeline", _URGENT, "Asks to buy, book or visit")


def _bonuses(evidence: Evidence) -> Iterator[Reason]:
    for name, points in _KNOWN.items():
        if name in evidence.facts:
            yield Reason(name.value, points, f"Gave {'a' if name is not FactName.EMAIL else 'an'} {name.value}")
    if evidence.decider:
        yield Reason(
            "decision_maker",
            _DECIDES[evidence.decider],
            _in_words(evidence.facts[FactName.DECISION_MAKER]).capitalize(),
        )


def _in_words(fact: Fact) -> str:
    return display(fact.value, Language.EN)


def _confidence(evidence: Evidence) -> float:
    """How sure: the mean certainty of the facts that decide, lower while they are unknown."""
    deciding = (FactName.INTEREST, FactName.TIMELINE, FactName.DECISION_MAKER, FactName.BUDGET)
    sure = [evidence.facts[name].confidence if name in evidence.facts else 0.4 for name in deciding]
    return 0.9 if _hard_cold(evidence) else round(sum(sure) / len(sure), 2)
