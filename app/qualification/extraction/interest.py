"""What the lead wants, in the lead's own words and few of them."""

from __future__ import annotations

import re
from functools import cache

from app.qualification.extraction import places
from app.qualification.extraction.language import function_words
from app.qualification.extraction.phrases import all_languages, lexicon
from app.qualification.extraction.text import Text, fold
from app.qualification.facts import Fact, FactName

_STOP = re.compile(r"[.!?;:\n()…]+(?=\s|$)|[.!?;\n(]{2,}|,(?=\s)|\?|!| - |\bn\b")
_WORD = re.compile(r"[^\s,]+")
_MOST_WORDS = 7


def interest_in(text: Text, business: str, *, asked: bool) -> Fact | None:
    """The wish of a burst: stated ("looking for ..."), named by the business's own words, or the answer to "what?"."""
    candidates = [wish for wish in _wishes(text) if wish]
    related = _related_words(business)
    wish = next((each for each in candidates if _words(each) & related), None) or next(iter(candidates), None)
    if wish:
        return Fact(FactName.INTEREST, wish, 0.8, wish)
    answer = _mention(text, related) or (_answer(text) if asked else None)
    return Fact(FactName.INTEREST, answer, 0.6, answer) if answer else None


def _wishes(text: Text) -> list[str]:
    found: list[str] = []
    for match in _wish_pattern().finditer(text.folded):
        found.append(_phrase(text, match.end()))
    return found


def _phrase(text: Text, start: int) -> str:
    """The words from a position to where the wish ends, trimmed of small words."""
    stop = _STOP.search(text.folded, start)
    end = stop.start() if stop else len(text.folded)
    cut = _ends().search(text.folded, start + 1, end)
    return _trim(text, start, cut.start() if cut else end)


def _trim(text: Text, start: int, end: int) -> str:
    words = [(m.start(), m.end()) for m in _WORD.finditer(text.folded, start, end)]
    drops = _drops()
    while words and text.folded[slice(*words[0])].strip(",'\"") in drops:
        words = words[1:]
    words = _before_place(text, words)[:_MOST_WORDS]
    while words and text.folded[slice(*words[-1])].strip(",'\"-") in drops | {""}:
        words = words[:-1]
    if not words:
        return ""
    wish = text.quote(words[0][0], words[-1][1]).strip(" ,-\"'“”*")
    return "" if _empty(wish) else wish


def _before_place(text: Text, words: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The words before "in <town>"; a destination is part of the wish."""
    for n, (start, end) in enumerate(words):
        if n and text.folded[start:end] in lexicon("interest")["places_end"] and n + 1 < len(words):
            rest = " ".join(text.folded[slice(*word)] for word in words[n + 1 : n + 4])
            if any(places.is_city(" ".join(rest.split()[:size])) for size in (3, 2, 1)):
                return words[:n]
    return words


def _mention(text: Text, related: frozenset[str]) -> str | None:
    """A short phrase around a word of the business: "gym membership price?", "family health cover"."""
    for start, end in text.sentences:
        words = [(m.start(), m.end()) for m in _WORD.finditer(text.folded, start, end)]
        hits = [n for n, word in enumerate(words) if _stem(text.folded[slice(*word)].strip(",.!?")) in related]
        if hits and len(words) <= 6:  # noqa: PLR2004 -- a remark this short is the wish itself
            return _trim(text, words[0][0], words[-1][1]).strip(" ?!.") or None
    return None


def _answer(text: Text) -> str | None:
    for start, end in text.sentences:
        stop = _STOP.search(text.folded, start, end)
        wish = _trim(text, start, min(_cut(text, start, end), stop.start() if stop else end))
        if wish and not _small_talk(wish):
            return wish
    return None


def _cut(text: Text, start: int, end: int) -> int:
    cut = _ends().search(text.folded, start + 1, end)
    return cut.start() if cut else end


def _small_talk(wish: str) -> bool:
    words = fold(wish).split()
    listed = {word for each in lexicon("people")["not_names"].values() for word in each}
    return not any(len(word) > 2 and word not in function_words() and word not in listed for word in words)  # noqa: PLR2004


def _empty(wish: str) -> bool:
    folded = fold(wish).strip()
    words = folded.split()
    return (
        folded in _empties()
        or not words
        or all(word in _empties() or word in function_words() or not word.isalnum() for word in words)
        or len(folded) < 2
    )  # noqa: PLR2004


def _words(phrase: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in re.findall(r"\w+", fold(phrase)))


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word  # noqa: PLR2004


def _related_words(business: str) -> frozenset[str]:
    small = function_words() | {
        "agency",
        "agencia",
        "clinic",
        "clinica",
        "school",
        "escola",
        "escuela",
        "homes",
        "home",
        "firm",
        "firms",
        "small",
        "casas",
        "empresas",
        "broker",
        "agencia",
        "escritorio",
        "sistema",
        "centro",
    }
    return frozenset(_stem(word) for word in re.findall(r"\w+", fold(business)) if len(word) > 2 and word not in small)  # noqa: PLR2004


@cache
def _drops() -> frozenset[str]:
    return frozenset(lexicon("interest")["drops"])


@cache
def _empties() -> frozenset[str]:
    return frozenset(lexicon("interest")["empty"])


@cache
def _wish_pattern() -> re.Pattern[str]:
    phrases = sorted(all_languages(lexicon("interest")["wishes"]), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)}) ")


@cache
def _ends() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(lexicon('interest')['ends'])})(?!\w)")
