"""Which of the agent's languages a lead writes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from app.qualification.extraction.phrases import lexicon
from app.qualification.extraction.text import fold, read_text
from app.vocabulary import Language

_GUESS_MARGIN = 1.0
_SWITCH_MARGIN = 2.0
"""How much clearer a new language must be before a chat changes to it: one borrowed word must not."""


def detect(text: str, before: Language | None = None, guess: Language | None = None) -> Language | None:
    """The language of the words, or that of the chat ``before`` where they do not clearly tell.

    ``guess`` (say, the language the business wrote in) stands in where there is no chat yet; None when nothing tells.
    """
    scores = _scores(text)
    best = max(scores, key=lambda language: scores[language])
    lead = scores[best] - max(score for language, score in scores.items() if language is not best)
    held = before or guess
    if held is None or held is best:
        return best if lead > 0 else held
    margin = _SWITCH_MARGIN if before else _GUESS_MARGIN
    return best if lead >= margin and scores[best] > 2 * scores[held] else held


def _scores(text: str) -> dict[Language, float]:
    words = read_text(fold(text)).words
    table = _weights()
    scores = {language: sum(table[language].get(word, 0.0) for word in words) for language in Language}
    lowered = text.lower()
    scores[Language.ES] += 1.5 * sum(lowered.count(letter) for letter in "ñ¿¡")
    scores[Language.PT] += 1.5 * sum(lowered.count(letter) for letter in "ãõç") + 0.5 * lowered.count("ê")
    return scores


@cache
def _weights() -> Mapping[Language, Mapping[str, float]]:
    words = lexicon("words")
    weights: dict[Language, dict[str, float]] = {}
    for language in Language:
        known = dict.fromkeys(words["function"][language.value].split(), 0.6)
        known.update(dict.fromkeys(words["distinct"][language.value].split(), 1.0))
        weights[language] = known
    return weights


@cache
def abbreviations(language: Language) -> Mapping[str, str]:
    """Chat abbreviations of a language and what they stand for."""
    table: Mapping[object, object] = lexicon("words")["abbreviations"][language.value]
    return {fold(str(short)): str(long) for short, long in table.items()}


@cache
def function_words(language: Language | None = None) -> frozenset[str]:
    """The small words of a language, of all languages without one."""
    by_language = lexicon("words")["function"]
    chosen = [language] if language else list(Language)
    return frozenset(word for each in chosen for word in by_language[each.value].split())
