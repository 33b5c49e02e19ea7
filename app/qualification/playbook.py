"""The script of a business: which facts to ask for, in which words, and what the agent may say about the business."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError
from rapidfuzz import fuzz

from app.errors import Invalid
from app.qualification import playbook_text
from app.qualification.extraction.text import fold
from app.qualification.facts import FactName
from app.qualification.playbook_problems import Problem, problems_of
from app.qualification.playbook_text import BadText
from app.vocabulary import Language

MOST_ASKS = 2
"""How often anything is asked at most."""
LONGEST = 700
"""Letters of one text: a message joins up to four of them, and WhatsApp takes 4,096."""
PLACEHOLDERS = ("assistant", "business", "about", "name")
"""What may stand in braces in whatever the agent says; ``summary`` may stand in the summary alone, ``missing`` and
``question`` in follow-ups, ``fact``, ``first`` and ``second`` where two answers contradict each other."""
_TYPO = 86
"""Likeness, 0 to 100, from which a mistyped word counts as a keyword."""
_BRACES = re.compile(r"\{[^{}]*\}|[{}]")

Each = TypeVar("Each")


def _text(*placeholders: str) -> Callable[[str], str]:
    allowed = ["{" + name + "}" for name in placeholders]
    known = f"there are {', '.join(allowed)}" if allowed else "none may stand here"

    def check(text: str) -> str:
        if not text.strip():
            raise PydanticCustomError("empty", "is empty")
        if len(text) > LONGEST:
            facts = {"letters": len(text), "most": LONGEST}
            raise PydanticCustomError("too_long", "has {letters} letters; {most} is the most", facts)
        for found in _BRACES.findall(text):
            if found not in allowed:
                facts = {"found": found, "known": known}
                raise PydanticCustomError("placeholder", "has {found}, which is no placeholder; {known}", facts)
        return text

    return check


def _in_each_language(said: dict[Language, Each]) -> dict[Language, Each]:
    missing = [
        InitErrorDetails(type=PydanticCustomError("missing", "is missing"), loc=(language.value,), input=None)
        for language in Language
        if language not in said
    ]
    if missing:
        raise ValidationError.from_exception_data("texts", missing)
    return said


Line = Annotated[str, AfterValidator(_text())]
Phrase = Annotated[str, AfterValidator(_text(*PLACEHOLDERS))]
Closing = Annotated[str, AfterValidator(_text(*PLACEHOLDERS, "summary"))]
Reminder = Annotated[str, AfterValidator(_text(*PLACEHOLDERS, "missing", "question"))]
Doubt = Annotated[str, AfterValidator(_text(*PLACEHOLDERS, "fact", "first", "second"))]
About = Annotated[dict[Language, Line], AfterValidator(_in_each_language)]
Words = Annotated[dict[Language, Annotated[list[Line], Field(min_length=1)]], AfterValidator(_in_each_language)]
Said = Annotated[dict[Language, Phrase], AfterValidator(_in_each_language)]
Choices = Annotated[dict[Language, Annotated[list[Phrase], Field(min_length=1)]], AfterValidator(_in_each_language)]
Summary = Annotated[dict[Language, Closing], AfterValidator(_in_each_language)]
Doubts = Annotated[dict[Language, Doubt], AfterValidator(_in_each_language)]
Reminders = Annotated[dict[Language, Annotated[list[Reminder], Field(min_length=1)]], AfterValidator(_in_each_language)]


def _id(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", text):
        raise PydanticCustomError("id", "has to begin with a small letter; small letters, digits, - and _ may follow")
    return text


class PlaybookError(Invalid):
    """The playbook cannot be used."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Question(_Part):
    """A fact to ask for. ``ask`` holds the first wording and, behind it, others for asking again."""

    fact: FactName
    required: bool = True
    ask: Choices


class Entry(_Part):
    """One entry of the fact sheet: words that a question about it holds, and the answer."""

    about: Line
    keywords: Words
    answer: Said


class Manners(_Part):
    """Everything the agent says besides questions and answers about the business."""

    greeting: Said
    thanks: Choices
    small_talk: Choices
    will_answer: Said
    off_topic: Said
    unreadable: Said
    shown: Choices
    calm: Said
    not_a_customer: Said
    no_plans: Said
    hand_over: Said
    opt_out: Said
    summary: Summary
    afterwards: Said
    noted: Said
    doubt: Doubts
    follow_ups: Reminders
    with_consultant: Said


class Playbook(_Part):
    """How the agent of one business talks."""

    id: Annotated[str, AfterValidator(_id)]
    version: Annotated[str, Field(min_length=1, max_length=63)] = "1"
    business_name: Line
    assistant: Line
    business: About
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]
    fact_sheet: tuple[Entry, ...] = ()
    manners: Manners

    _edition: int = PrivateAttr(default=0)

    @property
    def edition(self) -> int:
        """The number under which a manager published it; 0 for one that comes from a file."""
        return self._edition

    def as_edition(self, number: int) -> Playbook:
        """The same, published under this number, which is also its version from now on."""
        made = self.model_copy(update={"version": str(number)})
        made._edition = number  # noqa: SLF001 - of the same class
        return made

    def standing_in_for(self, number: int) -> Playbook:
        """The same, where the edition of this number cannot be used."""
        made = self.model_copy()
        made._edition = number  # noqa: SLF001 - of the same class
        return made

    @field_validator("questions")
    @classmethod
    def _once_each(cls, questions: tuple[Question, ...]) -> tuple[Question, ...]:
        names = [question.fact for question in questions]
        if twice := sorted({name.value for name in names if names.count(name) > 1}):
            raise PydanticCustomError("twice", "has a fact more than once: {facts}", {"facts": ", ".join(twice)})
        return questions

    def question(self, fact: FactName) -> Question | None:
        """The question for a fact, None when this business does not ask for it."""
        return self._by_fact.get(fact)

    @cached_property
    def _by_fact(self) -> Mapping[FactName, Question]:
        return {question.fact: question for question in self.questions}

    def answer(self, asked: str, language: Language) -> str | None:
        """The fact sheet's answer to a question, None when the sheet does not know."""
        words = re.findall(r"\w+", fold(asked))
        scored = [(_matches(entry.keywords[language], words), entry) for entry in self.fact_sheet]
        best = max(scored, key=lambda each: each[0], default=None)
        return best[1].answer[language] if best and best[0] > 0 else None

    def speaks_of(self, language: Language) -> Mapping[str, str]:
        """Names to fill into texts."""
        return {"business": self.business_name, "assistant": self.assistant, "about": self.business[language]}


def _matches(keywords: Iterable[str], words: list[str]) -> float:
    """How well a question fits an entry: longer keywords say more, mistyped ones count too."""
    return sum(_weight(fold(keyword).split(), words) for keyword in keywords)


def _weight(keyword: list[str], words: list[str]) -> float:
    for start in range(len(words) - len(keyword) + 1):
        if all(_alike(part, word) for part, word in zip(keyword, words[start:], strict=False)):
            return float(len(keyword)) + len("".join(keyword)) / 100
    return 0.0


def _alike(keyword: str, word: str) -> bool:
    return keyword == word or (
        len(keyword) > 4 and abs(len(keyword) - len(word)) < 3 and fuzz.ratio(keyword, word) >= _TYPO
    )


def load_playbook(name: str, business_name: str = "") -> Playbook:
    """A shipped playbook by name, or one from the path of a YAML file. Raises PlaybookError, which says why."""
    playbook = parse_playbook(text_of(name))
    return playbook.model_copy(update={"business_name": business_name}) if business_name else playbook


def shipped_playbooks() -> list[str]:
    """The names of the playbooks that come with Leadline."""
    folder = resources.files("app.qualification") / "playbooks"
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def text_of(name: str) -> str:
    """The text of a shipped playbook by name, or of a file by its path. Raises PlaybookError."""
    if name in shipped_playbooks():
        return (resources.files("app.qualification") / "playbooks" / f"{name}.yaml").read_text("utf-8")
    try:
        return Path(name).read_text("utf-8")
    except (OSError, ValueError) as error:
        known = ", ".join(shipped_playbooks())
        raise PlaybookError(
            f"There is no playbook {name!r}: name one of {known}, or the path of a YAML file."
        ) from error


@dataclass(frozen=True)
class Checked:
    """A text that was read as a playbook: the playbook, or what is wrong with it; ``data`` as far as it can be read."""

    playbook: Playbook | None
    problems: tuple[Problem, ...]
    data: Mapping[str, Any] | None


def parse_playbook(text: str) -> Playbook:
    """A playbook from YAML text. Raises PlaybookError with one line for each mistake."""
    checked = check_playbook(text)
    if checked.playbook is None:
        raise PlaybookError("\n".join(["The playbook cannot be used:", *map(str, checked.problems)]))
    return checked.playbook


def check_playbook(text: str) -> Checked:
    """What the text is worth as a playbook; never raises."""
    try:
        document = playbook_text.read(text)
    except BadText as error:
        return Checked(None, (Problem((), "The playbook", str(error), error.line),), None)
    if not isinstance(document.data, dict):
        return Checked(None, (Problem((), "The playbook", "has to be a group of fields", 1),), None)
    data = cast("dict[str, Any]", document.data)
    try:
        return Checked(Playbook.model_validate(_with_manners(data)), (), data)
    except ValidationError as error:
        return Checked(None, problems_of(error, document), data)


def _with_manners(given: dict[str, Any]) -> dict[str, Any]:
    """The same data, with the usual manners wherever the playbook has none of its own."""
    own: Any = given.get("manners", {})
    return {**given, "manners": {**usual_manners(), **cast("dict[str, Any]", own)} if isinstance(own, dict) else own}


@cache
def usual_manners() -> Mapping[str, Any]:
    """What the agent says besides questions and answers, where a playbook has no words of its own."""
    text = (resources.files("app.qualification") / "manners.yaml").read_text("utf-8")
    return cast("Mapping[str, Any]", playbook_text.read(text).data)
