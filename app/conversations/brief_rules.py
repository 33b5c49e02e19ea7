"""What a consultant reads before the first word to a lead, found in the chat by rules: pure.

Five lines in the team's language: who it is and what they want, money and time, who decides and what is at risk, the
mood with the objections in the lead's own words, and the message to send next, in the lead's language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

import yaml

from app.classification.rubric import Evidence, dangers
from app.qualification.extraction.language import abbreviations
from app.qualification.extraction.phrases import all_languages, compile_phrases
from app.qualification.extraction.reading import Signal
from app.qualification.extraction.signals import signals_in
from app.qualification.extraction.text import read_text
from app.qualification.facts import Fact, FactName, display
from app.qualification.interpreter import Line
from app.qualification.playbook import Playbook
from app.qualification.progress import NOT_CUSTOMERS
from app.vocabulary import Language, Outcome

LONGEST_QUOTE = 90
MOST_OBJECTIONS = 3
CONSULTANT = "{consultant}"
"""Stands in a stored suggestion for the first name of whoever reads it, because they will send it."""
TEAM = Language.EN
"""The language of the team's own pages."""


class Objection(StrEnum):
    """What speaks against buying, the weightiest first."""

    TRUST = "trust"
    PRICE = "price"
    DECISION = "decision"
    COMPARE = "compare"
    TIME = "time"
    DISTANCE = "distance"
    COMMITMENT = "commitment"
    RESULT = "result"
    THINK_IT_OVER = "think_it_over"
    LATER = "later"


WORDS = {
    Objection.TRUST: "trust",
    Objection.PRICE: "price",
    Objection.DECISION: "somebody else decides",
    Objection.COMPARE: "comparing offers",
    Objection.TIME: "no time",
    Objection.DISTANCE: "too far",
    Objection.COMMITMENT: "being tied down",
    Objection.RESULT: "doubts that it works",
    Objection.THINK_IT_OVER: "wants to think",
    Objection.LATER: "wants to hear later",
}
_SIGNALLED = {
    Signal.PRICE_OBJECTION: Objection.PRICE,
    Signal.PRICE_REFUSED: Objection.PRICE,
    Signal.LARGE_DISCOUNT: Objection.PRICE,
    Signal.COMPARES: Objection.COMPARE,
    Signal.COMPARES_FIRST: Objection.COMPARE,
    Signal.THIRD_PERSON: Objection.DECISION,
    Signal.CONTACT_LATER: Objection.LATER,
}
_MOODS = (
    (Signal.ABUSE, "Angry."),
    (Signal.REFUSES, "Guarded: refuses questions."),
    (Signal.EVASIVE, "Guarded: evades questions."),
    (Signal.BUY_INTENT, "Keen: asks to buy, book or visit."),
    (Signal.CURIOUS_ONLY, "Only looking around."),
)
_FEW, _MANY = 2, 4


@dataclass(frozen=True, slots=True)
class Case:
    """What a brief is written from."""

    name: str
    language: Language
    evidence: Evidence
    playbook: Playbook
    chat: Sequence[Line] = field(repr=False)

    @property
    def lead_wrote(self) -> Iterator[tuple[str, str]]:
        """Each message of the lead with what the business said just before."""
        said: list[str] = []
        for line in self.chat:
            if line.author == "lead":
                yield line.text, "\n".join(said)
                said = []
            else:
                said.append(line.text)


@dataclass(frozen=True, slots=True)
class Raised:
    """An objection in the lead's own words."""

    kind: Objection
    quote: str


@dataclass(frozen=True, slots=True)
class BriefDraft:
    """The five lines. ``risk`` stands apart, because whoever is asked for it blindly must not read it; ``suggestion``
    says ``CONSULTANT`` where the sender names themselves.
    """

    wants: str
    money: str
    decision: str
    risk: str
    mood: str
    suggestion: str
    objections: tuple[Raised, ...] = ()


def brief_of(case: Case) -> BriefDraft:
    """The brief by rules alone."""
    raised = objections_in(case)
    return BriefDraft(
        wants=_wants(case),
        money=_money(case.evidence),
        decision=_decision(case.evidence),
        risk=_risk(case.evidence),
        mood=_mood(case.evidence),
        suggestion=suggestion(case, raised),
        objections=raised,
    )


def objections_in(case: Case) -> tuple[Raised, ...]:
    """What the lead objected, each kind once with the newest words for it, the weightiest first."""
    found = dict(_all_objections(case))
    # One sentence is one objection, the weightiest it can be.
    said = {found[kind]: kind for kind in reversed(Objection) if kind in found}
    return tuple(Raised(kind, quote) for kind in Objection for quote, of in said.items() if of is kind)[
        :MOST_OBJECTIONS
    ]


def _all_objections(case: Case) -> Iterator[tuple[Objection, str]]:
    for message, before in case.lead_wrote:
        whole = read_text(message)
        for start, end in whole.sentences:
            sentence = whole.quote(start, end)
            for kind in _kinds(sentence, before, case.language):
                yield kind, _short(sentence)


def _kinds(sentence: str, before: str, language: Language) -> Iterator[Objection]:
    """What one sentence of the lead objects; a reading of the facts is not needed for that."""
    text = read_text(sentence, abbreviations(language), language)
    for signal in signals_in(text, before, language):
        if (kind := _SIGNALLED.get(signal)) is not None:
            yield kind
    for kind, pattern in _patterns().items():
        if pattern.search(text.folded):
            yield kind


def _short(quote: str) -> str:
    plain = " ".join(quote.split()).strip(" .,;")
    return plain if len(plain) <= LONGEST_QUOTE else plain[:LONGEST_QUOTE].rsplit(" ", 1)[0] + "…"


def _wants(case: Case) -> str:
    facts = case.evidence.facts
    who = case.name or "The lead"
    where = f", {_value(facts[FactName.CITY])}," if FactName.CITY in facts else ""
    tongue = _TONGUES[case.language]
    if FactName.INTEREST not in facts:
        return f"{who}{where} has not said what they want. {tongue}"
    return f"{who}{where} wants “{_value(facts[FactName.INTEREST])}”. {tongue}"


_TONGUES = {Language.EN: "Writes English.", Language.PT: "Writes Portuguese.", Language.ES: "Writes Spanish."}


def _money(evidence: Evidence) -> str:
    budget, when = evidence.facts.get(FactName.BUDGET), evidence.facts.get(FactName.TIMELINE)
    pays = f"Would pay up to {_value(budget)}" if budget else "Has named no budget"
    starts = f"wants to start {_value(when)}" if when and _value(when) in _STARTS else _when(when)
    instalments = " Asks about paying in parts." if evidence.has(Signal.NEEDS_FINANCE) else ""
    return f"{pays}; {starts}.{instalments}"


_STARTS = ("this week", "within a month", "in one to three months", "in three to six months", "some day later")


def _when(fact: Fact | None) -> str:
    return "has not said when" if fact is None else f"has {_value(fact)}"


def _decision(evidence: Evidence) -> str:
    decides = evidence.facts.get(FactName.DECISION_MAKER)
    return f"{_value(decides).capitalize()}." if decides else "Has not said who decides."


def _risk(evidence: Evidence) -> str:
    seen = list(dict.fromkeys(text for _, text in dangers(evidence)))
    return f"Risk: {'; '.join(text[:1].lower() + text[1:] for text in seen)}." if seen else "No risk seen."


def _mood(evidence: Evidence) -> str:
    if evidence.outcome is Outcome.HANDED_OVER:
        return "Asked to speak to a person."
    for signal, words in _MOODS:
        if evidence.has(signal):
            return words
    known = len(evidence.facts)
    if known >= _MANY:
        return "Answers freely."
    return "Says little." if known <= _FEW else "Answers what is asked."


def suggestion(case: Case, raised: Sequence[Raised]) -> str:
    """The next message, in the lead's language; empty for those whom nobody should write to."""
    if case.evidence.outcome is Outcome.OPTED_OUT or any(case.evidence.has(signal) for signal in NOT_CUSTOMERS):
        return ""
    body = _filled(_said("next", _occasion(case.evidence, raised), case.language), case)
    question = _open_question(case)
    if _occasion(case.evidence, raised) == "ask" and question:
        body = f"{body} {question}"
    return f"{opening(case)} {body}"


def opening(case: Case) -> str:
    """How somebody of the team introduces themselves; ``CONSULTANT`` stands for whoever will send it."""
    with_name, without = _texts()["opening"][case.language.value]
    return _filled(with_name if case.name else without, case)


def _occasion(evidence: Evidence, raised: Sequence[Raised]) -> str:
    if evidence.outcome is Outcome.HANDED_OVER and not raised:
        return "person"
    if raised:
        return raised[0].kind.value
    return "ask" if _missing(evidence) else "ready"


def _missing(evidence: Evidence) -> bool:
    return not {FactName.INTEREST, FactName.TIMELINE} <= evidence.facts.keys()


def _open_question(case: Case) -> str:
    """The playbook's own question for the first fact that is still open."""
    for question in case.playbook.questions:
        if question.required and question.fact not in case.evidence.facts:
            wordings = [words for words in question.ask[case.language] if "{name}" not in words]
            return _filled(wordings[0], case) if wordings else ""
    return ""


def _filled(text: str, case: Case) -> str:
    for key, value in {**case.playbook.speaks_of(case.language), "name": case.name.split(" ", 1)[0]}.items():
        text = text.replace("{" + key + "}", value)
    return text


def _value(fact: Fact) -> str:
    return display(fact.value, TEAM)


def _said(section: str, key: str, language: Language) -> str:
    return str(_texts()[section][key][language.value])


@cache
def _patterns() -> Mapping[Objection, Any]:
    """Phrases of every language together: people mix them."""
    worded = _texts()["objections"]
    return {Objection(kind): compile_phrases(all_languages(phrases)) for kind, phrases in worded.items()}


@cache
def _texts() -> Mapping[str, Any]:
    return yaml.safe_load((resources.files("app.conversations") / "brief.yaml").read_text("utf-8"))
