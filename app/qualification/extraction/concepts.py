"""Wishes read as concepts: words stand for what they mean, and a rule tells in which order meanings make a wish.

A rule is written as concepts in order, at most three words apart: ``end message``. ``a|b`` is either of two, ``+a``
stands right behind what precedes it, ``.. a`` anywhere later in the sentence, ``^a`` and ``a$`` at its ends;
``!a`` must not occur, ``!?`` lets no question pass.
Each language has its own concepts, so that "para" or "no" means in each what it means there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TypeAlias

from app.qualification.extraction.phrases import compile_phrases, groups, lexicon
from app.vocabulary import Language

_LEXICONS = ("signals_wishes", "signals_dangers")
_NEAR, _ANYWHERE = 3, 10_000
_ASKED = "?"
_COMMA = 2
"""How many words a comma is worth, so that a wish seldom spans one."""
_PIECE = re.compile(r"\w+|[,:;()]")
Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Step:
    concepts: tuple[str, ...]
    gap: int
    last: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One order of meanings. ``steps`` must follow one another, ``without`` must not occur.

    ``anchor`` are the concepts of the step that is looked up first: most sentences have none of them.
    """

    steps: tuple[_Step, ...]
    without: tuple[str, ...]
    anchor: tuple[str, ...] = ()


@lru_cache(maxsize=512)
def expresses(sentence: str, wish: str, language: Language | None = None) -> bool:
    """Whether a folded sentence makes a wish of the lexicon, in its language, or in any when that is unknown.

    One turn asks the same several times.
    """
    languages = (language,) if language else tuple(Language)
    home = _home(wish)
    return any(_made(_Sentence(sentence, _concepts(home, spoken)), _rules(wish, spoken)) for spoken in languages)


@cache
def _home(wish: str) -> str:
    """The lexicon that tells the rules of a wish."""
    return next(name for name in _LEXICONS if wish in lexicon(name)["rules"])


def _made(sentence: _Sentence, rules: Sequence[Rule]) -> bool:
    return any(
        any(sentence.places(concept) for concept in rule.anchor)
        and _follows(sentence, rule.steps, 0)
        and not any(sentence.places(concept) for concept in rule.without)
        for rule in rules
    )


class _Sentence:
    """The places of concepts in a sentence, counted in words and looked up once."""

    def __init__(self, folded: str, patterns: Mapping[str, re.Pattern[str]]) -> None:
        self._folded = folded
        self._patterns = patterns
        self._found: dict[str, tuple[Span, ...]] = {}
        self._at, self.length = _word_numbers(folded)

    def places(self, concept: str) -> tuple[Span, ...]:
        """Where the concept stands: numbers of its first word and of the word behind its last."""
        if concept == _ASKED:
            return ((0, 0),) if "?" in self._folded else ()
        found = self._found.get(concept)
        if found is None:
            matches = self._patterns[concept].finditer(self._folded)
            found = tuple((self._at[match.start()], self._at[match.end()]) for match in matches)
            self._found[concept] = found
        return found


def _word_numbers(folded: str) -> tuple[list[int], int]:
    """For each letter, how many words end before it."""
    at = [0] * (len(folded) + 1)
    count = last = 0
    for piece in _PIECE.finditer(folded):
        at[last : piece.start() + 1] = [count] * (piece.start() + 1 - last)
        at[piece.start() : piece.end()] = [count] * (piece.end() - piece.start())
        count += _COMMA if piece.group() in ",:;()" else 1
        last = piece.end()
    at[last:] = [count] * (len(folded) + 1 - last)
    return at, count


def _follows(sentence: _Sentence, steps: Sequence[_Step], after: int) -> bool:
    if not steps:
        return True
    step = steps[0]
    return any(
        _follows(sentence, steps[1:], end)
        for concept in step.concepts
        for start, end in sentence.places(concept)
        if after <= start <= after + step.gap and (not step.last or end == sentence.length)
    )


@cache
def _concepts(home: str, language: Language) -> Mapping[str, re.Pattern[str]]:
    shared = {**groups("decision"), **(groups(home) if "groups" in lexicon(home) else {})}
    return {
        name: compile_phrases(phrases, shared) for name, phrases in lexicon(home)["concepts"][language.value].items()
    }


@cache
def _rules(wish: str, language: Language) -> tuple[Rule, ...]:
    written: Sequence[str] = lexicon(_home(wish))["rules"][wish][language.value]
    concepts = _concepts(_home(wish), language)
    rules = tuple(_rule(rule.split()) for rule in written)
    named = {name for rule in rules for step in rule.steps for name in step.concepts}
    unknown = named.union(*(rule.without for rule in rules)) - {*concepts, _ASKED}
    if unknown:
        raise ValueError(
            f"The rules of {wish} in {language.value} name concepts that nothing defines: {sorted(unknown)}"
        )
    return _anchored(rules, {name: len(found.pattern) for name, found in concepts.items()})


def _anchored(rules: Sequence[Rule], cost: Mapping[str, int]) -> tuple[Rule, ...]:
    """The rules with their anchors, the cheapest first: few short concepts that many rules share."""
    left = list(rules)
    done: list[Rule] = []
    known: frozenset[str] = frozenset()
    while left:
        steps: list[_Step] = [step for rule in left for step in rule.steps]
        prices = [_price(step, left, cost, known) for step in steps]
        best = steps[prices.index(min(prices))]
        known = known.union(best.concepts)
        done += [replace(rule, anchor=best.concepts) for rule in left if _has(rule, best)]
        left = [rule for rule in left if not _has(rule, best)]
    return tuple(done)


def _price(step: _Step, left: Sequence[Rule], cost: Mapping[str, int], known: frozenset[str]) -> float:
    """What a rule pays when the rules that have the step share looking up what is not known yet."""
    return sum(cost.get(name, 0) for name in step.concepts if name not in known) / sum(
        _has(rule, step) for rule in left
    )


def _has(rule: Rule, step: _Step) -> bool:
    return any(each.concepts == step.concepts for each in rule.steps)


def _rule(words: Sequence[str]) -> Rule:
    without = tuple(word[1:] for word in words if word.startswith("!"))
    return Rule(tuple(_steps([word for word in words if not word.startswith("!")])), without)


def _steps(words: Sequence[str]) -> Iterator[_Step]:
    gap = _ANYWHERE
    for word in words:
        if word == "..":
            gap = _ANYWHERE
            continue
        near = 0 if word[0] in "^+" else gap
        yield _Step(tuple(word.strip("^+$").split("|")), near, last=word.endswith("$"))
        gap = _NEAR
