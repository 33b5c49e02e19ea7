"""The little pattern language of the lexicon, and the loading of the shipped YAML.

A phrase is a regular expression over folded text in which a space matches a run of spaces and commas, ``a ~ b`` lets up
to three words stand between two others, ``(~ )`` stands for one to three words, ``@name`` for a named group of words,
and ``^`` and ``$`` for the ends of a sentence. Each phrase begins and ends at a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any, cast

import yaml

from app.vocabulary import Language

_GROUP = re.compile(r"@(\w+)")
_SPACE, _MAYBE_SPACE = r"[ ,\n]+", r"[ ,\n]*"
_START_MARK, _END_MARK = re.compile(r"(?<![\[\\])\^"), re.compile(r"(?<!\\)\$(?=$|\||\))")
_AT_START, _AT_END = r"(?:(?<=\n)|(?<=[.!?] )|(?<![\s\S]))", r"(?=\s*(?:[.!?,\n]|$))"
_SPELLING = (
    (" ~? ?", "\x00(?:[\\w$€£]+\x00){0,3}?"),
    (" ~ ", "(?:\x00[\\w$€£]+){0,3}?\x00"),
    ("(~ )", "((?:[\\w$€£]+\x00){1,3}?)"),
    (" ?", "\x01"),
    (" ", "\x00"),
)
_START, _END = r"(?<!\w)", r"(?!\w)"


@cache
def lexicon(name: str) -> Mapping[str, Any]:
    """One shipped YAML file of the lexicon, read once."""
    text = (resources.files("app.qualification.extraction") / "lexicon" / f"{name}.yaml").read_text("utf-8")
    # The base loader keeps every scalar a string: "no" and "on" are words here, not booleans.
    return cast("Mapping[str, Any]", yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)))  # noqa: S506


def compile_phrases(phrases: Iterable[str], groups: Mapping[str, str] | None = None) -> re.Pattern[str]:
    """One pattern that matches any of the phrases."""
    alternatives = "|".join(_expression(phrase, groups or {}) for phrase in phrases)
    return re.compile(f"{_START}(?:{alternatives}){_END}")


def _expression(phrase: str, groups: Mapping[str, str]) -> str:
    expression = _GROUP.sub(lambda found: f"(?:{groups[found.group(1)]})", phrase.strip())
    for written, meant in _SPELLING:
        expression = expression.replace(written, meant)
    expression = expression.replace("\x00", _SPACE).replace("\x01", _MAYBE_SPACE)
    return _END_MARK.sub(lambda _: _AT_END, _START_MARK.sub(lambda _: _AT_START, expression))


def all_languages(by_language: Mapping[str, list[str]] | list[str]) -> list[str]:
    """The phrases of every language in one list."""
    if isinstance(by_language, list):
        return by_language
    return [phrase for phrases in by_language.values() for phrase in phrases]


@cache
def groups(name: str) -> Mapping[str, str]:
    """The named groups of a lexicon file, as alternatives ready for a pattern."""
    return {key: "|".join(all_languages(words)) for key, words in lexicon(name)["groups"].items()}


@cache
def pattern(name: str, *path: str, language: Language | None = None) -> re.Pattern[str]:
    """The compiled phrases at ``path`` of a lexicon file: those of a language, or of all languages together."""
    found: Any = lexicon(name)
    for key in path:
        found = found[key]
    found = found[language.value] if language else found
    return compile_phrases(all_languages(found), groups(name) if "groups" in lexicon(name) else None)
