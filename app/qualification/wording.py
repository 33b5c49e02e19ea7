"""Which words of a language model may be sent: pure. The dialogue decides what is asked; the model only words it.

A proposed reply is used when it stays with what the business may say: no number, date, price, discount or promise that
the playbook or a known fact does not have, no other role, no word about its own orders, the lead's language, and mostly
words that belong to this talk. Everything else is answered in the playbook's own words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

import yaml

from app.qualification.dialogue import Step
from app.qualification.extraction.language import detect, function_words
from app.qualification.extraction.numbers import numbers
from app.qualification.extraction.questions import asked_in
from app.qualification.extraction.reading import Intent, Reading
from app.qualification.extraction.text import fold
from app.qualification.facts import FactName, display
from app.qualification.playbook import Playbook
from app.qualification.progress import Progress
from app.qualification.prompts import RULES
from app.vocabulary import Language

LONGEST = 400
"""Letters of a proposed reply."""
AT_HOME = 0.6
"""Share of a reply's words that have to come from the playbook, the facts, or everyday politeness."""
BACKED = 0.75
"""Share of a binding sentence's weighty words that its source has to have."""
SHINGLE = 5
"""So many words in a row that also stand in the orders to the model are a leak."""

_OWN_WORDS = frozenset({Intent.OPT_OUT, Intent.WANTS_HUMAN, Intent.ABUSE, Intent.OFF_TOPIC})
_SENTENCE = re.compile(r"[^.!?]*[.!?]*\s*")
_WORD = re.compile(r"[^\W\d_]+")
_FORBIDDEN_SHAPES = re.compile(r"https?:|www\.|@|\w\.(?:com|net|org|io|br|es)\b|[{}<>\[\]|`#=\\]|\*\*|\b\d{7,}")
_I_AM = re.compile(r"\b(?:[Ii](?:['’]m| am)|(?:[Ee]u )?[Ss]ou|[Ss]oy) (?P<who>[A-ZÀ-Ý]\w+)")
_SMALL = 2
"""Number words up to this are articles in one of the languages ("um", "dos")."""


def worded(step: Step, reading: Reading) -> Step:
    """The step, said in the model's checked words where they ask for what the dialogue asks for."""
    if reading.reply is None or step.outcome is not None or step.asks is None or step.asks is not reading.asks:
        return step
    return replace(step, reply=reading.reply)


def admissible(proposed: str, before: Progress, step: Step, reading: Reading, playbook: Playbook) -> str | None:
    """What may be sent of a proposed reply, completed by greeting and question; None: use the playbook's words."""
    if step.asks is None or step.outcome is not None or reading.unreadable or reading.intents & _OWN_WORDS:
        return None
    language = step.progress.language or Language.EN
    if not _answers_from_sheet(proposed, reading, playbook, language):
        return None
    text = _asking(" ".join(proposed.split()), step.asks, before, playbook, language)
    spoken = (
        None if text is None else text.removesuffix(_question(step.asks, before, playbook, language) or "\0").strip()
    )
    if text is None or not spoken or not is_harmless(spoken, step.progress, playbook, language):
        return None
    greeting = "" if before.greeted else _filled(playbook.manners.greeting[language], playbook, language)
    return f"{greeting} {text}".strip()


def suspicious(text: str) -> bool:
    """Whether somebody seems to give orders to the machine rather than to talk to the business."""
    folded = fold(text)
    return any(pattern.search(folded) for pattern in _patterns("orders"))


def is_harmless(text: str, progress: Progress, playbook: Playbook, language: Language) -> bool:
    """Whether nothing in the text goes beyond the playbook, the known facts and everyday politeness."""
    folded = fold(text)
    told = _told(progress, playbook, language)
    return (
        0 < len(text) <= LONGEST
        and not _FORBIDDEN_SHAPES.search(text)
        and detect(text, language) is language
        and not any(pattern.search(folded) for pattern in _patterns("roles"))
        and not _strange_name(text, playbook)
        and not _leaks(folded)
        and _at_home(folded, told, language)
        and all(_is_backed(sentence, progress, playbook, language) for sentence in _SENTENCE.findall(text))
    )


def _is_backed(sentence: str, progress: Progress, playbook: Playbook, language: Language) -> bool:
    """Whether a sentence binds the business to nothing, or says what an answer of the fact sheet, or a fact, says."""
    folded = fold(sentence)
    binding = _binding(folded)
    if not binding:
        return True
    facts = fold(" ".join(display(fact.value, language) for fact in progress.facts.values()))
    sheet = [fold(_filled(entry.answer[language], playbook, language)) for entry in playbook.fact_sheet]
    # What the lead would pay is no promise of ours: facts back figures and dates, the sheet alone backs the rest.
    backing = sheet if _terms(folded, "promises") else [*sheet, facts]
    small = function_words(language) | _polite()
    weighty = {word for word in _WORD.findall(folded) if word not in small}
    return any(
        binding <= _binding(source) and len(weighty & set(_WORD.findall(source))) >= BACKED * len(weighty)
        for source in backing
    )


def _binding(folded: str) -> set[object]:
    """The figures, dates, sums and promises in a text."""
    terms = (_terms(folded, section) for section in ("dates", "money", "promises"))
    return _numbers(folded).union(*terms)


def _answers_from_sheet(proposed: str, reading: Reading, playbook: Playbook, language: Language) -> bool:
    """A question is answered by the fact sheet or not by the machine: half of the sheet's words have to be there."""
    if not reading.questions:
        return True
    answers = [playbook.answer(question, language) for question in reading.questions]
    said = set(_WORD.findall(fold(proposed)))
    for answer in answers:
        weighty = {word for word in _WORD.findall(fold(answer or "")) if len(word) > 3}
        if not weighty or 2 * len(weighty & said) < len(weighty):
            return False
    return True


def _asking(text: str, asks: FactName, before: Progress, playbook: Playbook, language: Language) -> str | None:
    """The text with the question that the dialogue wants at its end: its own if it asks so, else the playbook's."""
    if "?" in text and set(asked_in(text)) == {asks} and text.count("?") == 1:
        return text
    question = _question(asks, before, playbook, language)
    if question is None:
        return None
    told = "".join(part for part in _SENTENCE.findall(text) if "?" not in part).strip(" ¿¡,;:")
    return f"{told} {question}".strip()


def _question(asks: FactName, before: Progress, playbook: Playbook, language: Language) -> str | None:
    question = playbook.question(asks)
    if question is None:
        return None
    wordings = question.ask[language]
    wording = wordings[min(before.asked.get(asks, 0), len(wordings) - 1)]
    return None if "{name}" in wording else _filled(wording, playbook, language)


def _filled(text: str, playbook: Playbook, language: Language) -> str:
    for name, value in playbook.speaks_of(language).items():
        text = text.replace("{" + name + "}", value)
    return text


def _sheet(playbook: Playbook, language: Language) -> str:
    return fold(_filled("\n".join(entry.answer[language] for entry in playbook.fact_sheet), playbook, language))


def _told(progress: Progress, playbook: Playbook, language: Language) -> str:
    """All that the agent may repeat: the playbook, and the facts as they are known and were said."""
    manners = playbook.manners
    polite = [manners.greeting[language], *manners.thanks[language], *manners.small_talk[language]]
    asked = [wording for question in playbook.questions for wording in question.ask[language]]
    names = list(playbook.speaks_of(language).values())
    facts = [display(fact.value, language) for fact in progress.facts.values()]
    return fold("\n".join([_sheet(playbook, language), *polite, *asked, *names, *facts]))


def _numbers(folded: str) -> set[object]:
    return {number.value for number in numbers(folded) if not (number.worded and number.value <= _SMALL)}


def _terms(folded: str, section: str) -> set[str]:
    """The words of a section of the lexicon that occur, each by the beginning it is listed under."""
    stems = _lexicon()[section]
    words = _WORD.findall(folded)
    found = {stem for stem in stems if not stem.isalpha() and stem in folded}
    return found | {stem for stem in stems if stem.isalpha() and any(_is_of(word, stem) for word in words)}


def _is_of(word: str, stem: str) -> bool:
    """Short stems stand for themselves: "may" is a month, "maybe" is not."""
    return word == stem if len(stem) < 4 else word.startswith(stem)


def _leaks(folded: str) -> bool:
    words = _WORD.findall(folded)
    runs = (tuple(words[start : start + SHINGLE]) for start in range(len(words) - SHINGLE + 1))
    return any(run in _orders() for run in runs)


@cache
def _orders() -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(fold(RULES))
    return frozenset(tuple(words[start : start + SHINGLE]) for start in range(len(words) - SHINGLE + 1))


def _strange_name(text: str, playbook: Playbook) -> bool:
    """Whether somebody else than the assistant introduces themselves."""
    own = set(_WORD.findall(fold(f"{playbook.assistant} {playbook.business_name}")))
    folded = fold(text)
    named = [found["who"] for pattern in _patterns("introductions") for found in pattern.finditer(folded)]
    named += [fold(found["who"]) for found in _I_AM.finditer(text)]
    return not own.issuperset(named)


def _at_home(folded: str, told: str, language: Language) -> bool:
    words = _WORD.findall(folded)
    known = set(_WORD.findall(told)) | function_words(language) | _polite()
    return sum(word in known for word in words) >= AT_HOME * len(words)


@cache
def _polite() -> frozenset[str]:
    return frozenset(_lexicon()["polite"])


@cache
def _patterns(section: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in _lexicon()[section])


@cache
def _lexicon() -> Mapping[str, list[str]]:
    text = (resources.files("app.qualification") / "wording.yaml").read_text("utf-8")
    data: Mapping[str, Any] = yaml.safe_load(text)
    return {section: _items(entries) for section, entries in data.items()}


def _items(entries: list[str] | str) -> list[str]:
    """Patterns as they are; lists of words separated by blanks."""
    return entries.split() if isinstance(entries, str) else entries
