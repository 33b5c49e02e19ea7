"""The script of a business: which facts to ask for, in which words, and what the agent may say about the business."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from rapidfuzz import fuzz

from app.errors import Invalid
from app.qualification.extraction.text import fold
from app.qualification.facts import FactName
from app.vocabulary import Language

MOST_ASKS = 2
"""How often anything is asked at most."""
_TYPO = 86
"""Likeness, 0 to 100, from which a mistyped word counts as a keyword."""

Line = Annotated[str, Field(min_length=1, max_length=700)]
Lines = Annotated[list[Line], Field(min_length=1)]
Said = dict[Language, Line]
Choices = dict[Language, Lines]


class PlaybookError(Invalid):
    """The playbook cannot be used."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="after")
    def _speaks_all_languages(self) -> _Part:
        for name, value in self:
            if isinstance(value, dict) and (
                missing := [language.value for language in Language if language not in value]
            ):
                message = f"{name} is missing in {', '.join(missing)}"
                raise ValueError(message)
        return self


class Question(_Part):
    """A fact to ask for. ``ask`` holds the first wording and, behind it, others for asking again."""

    fact: FactName
    required: bool = True
    ask: Choices


class Entry(_Part):
    """One entry of the fact sheet: words that a question about it holds, and the answer."""

    about: str
    keywords: Choices
    answer: Said


class Manners(_Part):
    """Everything the agent says besides questions and answers about the business."""

    greeting: Said
    thanks: Choices
    small_talk: Choices
    will_answer: Said
    off_topic: Said
    unreadable: Said
    calm: Said
    not_a_customer: Said
    no_plans: Said
    hand_over: Said
    opt_out: Said
    summary: Said
    afterwards: Said
    noted: Said


class Playbook(_Part):
    """How the agent of one business talks."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
    version: Annotated[str, Field(min_length=1, max_length=63)]
    business_name: Line
    assistant: Line
    business: Said
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]
    fact_sheet: tuple[Entry, ...] = ()
    manners: Manners

    @field_validator("questions")
    @classmethod
    def _once_each(cls, questions: tuple[Question, ...]) -> tuple[Question, ...]:
        names = [question.fact for question in questions]
        if twice := sorted({name.value for name in names if names.count(name) > 1}):
            message = f"asked for more than once: {', '.join(twice)}"
            raise ValueError(message)
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
    playbook = parse_playbook(_text(name))
    return playbook.model_copy(update={"business_name": business_name}) if business_name else playbook


def shipped_playbooks() -> list[str]:
    """The names of the playbooks that come with Leadline."""
    folder = resources.files("app.qualification") / "playbooks"
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def parse_playbook(text: str) -> Playbook:
    """A playbook from YAML text. Raises PlaybookError with one line for each mistake."""
    try:
        data: Any = yaml.safe_load(text)
        return Playbook.model_validate(_with_manners(data))
    except yaml.YAMLError as error:
        raise PlaybookError(f"The playbook is not valid YAML: {error}") from error
    except ValidationError as error:
        raise PlaybookError(_mistakes(error)) from error


def _with_manners(data: Any) -> Any:
    """The same data, with the usual manners wherever the playbook has none of its own."""
    if not isinstance(data, dict):
        return data
    given = cast("dict[str, Any]", data)
    usual: dict[str, Any] = yaml.safe_load((resources.files("app.qualification") / "manners.yaml").read_text("utf-8"))
    own: Any = given.get("manners", {})
    return {**given, "manners": {**usual, **cast("dict[str, Any]", own)} if isinstance(own, dict) else own}


def _mistakes(error: ValidationError) -> str:
    lines = [f"{'.'.join(str(part) for part in each['loc']) or 'playbook'}: {each['msg']}" for each in error.errors()]
    return "The playbook cannot be used:\n" + "\n".join(lines)


def _text(name: str) -> str:
    if name in shipped_playbooks():
        return (resources.files("app.qualification") / "playbooks" / f"{name}.yaml").read_text("utf-8")
    try:
        return Path(name).read_text("utf-8")
    except (OSError, ValueError) as error:
        known = ", ".join(shipped_playbooks())
        raise PlaybookError(
            f"There is no playbook {name!r}: name one of {known}, or the path of a YAML file."
        ) from error
