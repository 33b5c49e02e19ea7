"""What is wrong with a playbook, in sentences that name the field, the language and the line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError

from app.qualification.facts import FactName
from app.qualification.playbook_text import Document, Path
from app.vocabulary import Language

MOST = 50
"""Problems that are told at once."""


@dataclass(frozen=True)
class Problem:
    """One mistake: ``path`` is its place in the data, ``name`` the same for people, ``line`` counts from 1."""

    path: Path
    name: str
    message: str
    line: int | None = None

    @property
    def language(self) -> Language | None:
        """The language of the wording that is meant."""
        return next((Language(part) for part in self.path if part in set(Language)), None)

    def __str__(self) -> str:
        """The whole sentence: ``Line 14: questions.budget.pt is missing.``"""
        where = f"Line {self.line}: " if self.line else ""
        return f"{where}{self.name} {self.message}."


def problems_of(error: ValidationError, document: Document) -> tuple[Problem, ...]:
    """The problems behind an error of the model, in the order of their lines."""
    found = [_problem(each, document) for each in cast("list[Mapping[str, Any]]", error.errors(include_url=False))]
    return tuple(sorted(dict.fromkeys(found), key=lambda problem: problem.line or 0))[:MOST]


def _problem(error: Mapping[str, Any], document: Document) -> Problem:
    is_key = error["loc"][-1:] == ("[key]",)
    path: Path = tuple(error["loc"][:-1] if is_key else error["loc"])
    message: str = _LANGUAGES if is_key else _MESSAGES.get(error["type"]) or str(error["msg"])
    if error["type"] == "enum" and not is_key:
        message = f"is {error['input']!r}; choose one of {', '.join(FactName)}"
    return Problem(path, name_of(path, document.data), message, document.line(path))


_LANGUAGES = f"is no language that the agent speaks; there are {', '.join(Language)}"
_MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not known here; is it spelled right",
    "string_type": "has to be a text",
    "list_type": "has to be a list",
    "tuple_type": "has to be a list",
    "dict_type": f"has to be given in {', '.join(Language)}",
    "model_type": "has to be a group of fields",
    "too_short": "has nothing in it",
    "bool_parsing": "has to be true or false",
    "bool_type": "has to be true or false",
}


def name_of(path: Sequence[str | int], data: Any) -> str:
    """A place in words: ``questions.budget.pt, wording 2``."""
    words: list[str] = []
    here = data
    for index, part in enumerate(path):
        here = _inside(here, part)
        if isinstance(part, int):
            words.append(_called(here, part, under=words[-1:]))
        elif part != "ask" or index == len(path) - 1:
            words.append(str(part))
    joined = ".".join(words).replace(".,", ",")
    return joined or "The playbook"


def _called(item: Any, index: int, *, under: Sequence[str]) -> str:
    """What an item of a list goes by: the fact it asks for, what it is about, or its number."""
    if isinstance(item, dict):
        known = cast("dict[str, Any]", item)
        name = known.get("fact") or known.get("about")
        return name if isinstance(name, str) else str(index + 1)
    return f", {'wording' if under and under[0] in set(Language) else 'number'} {index + 1}"


def _inside(here: Any, part: str | int) -> Any:
    try:
        return here[part]
    except (KeyError, IndexError, TypeError):
        return None
