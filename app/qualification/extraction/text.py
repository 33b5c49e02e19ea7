"""A message as the grammar reads it: folded to plain lower case, yet able to quote the lead's own words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from app.vocabulary import Language

_DROPPED = frozenset("'’‘`´*_~\u200d\ufe0f\u200b")
_LETTERS = {"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "¿": " ", "¡": " "}
_TOKEN = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)|[\n;]+|[—–]| - ")
_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+|\w+(?:\.[a-z]{2,})+|\d+/\w+|\w+/\d+")
_KEPT_SYMBOLS = frozenset("$€£₦₹₱₵₺¥₲₡%@+&/#<>=:")


@dataclass(frozen=True)
class Text:
    """A message and its folded form, letter by letter aligned.

    ``folded`` has no accents, capitals or apostrophes, and everyday abbreviations are written out, so that one
    grammar reads careful and careless writers alike.
    """

    raw: str
    folded: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    language: Language | None = None

    def quote(self, start: int, end: int) -> str:
        """The lead's own words behind a span of the folded text."""
        if start >= end or start >= len(self.starts):
            return ""
        return self.raw[self.starts[start] : self.ends[min(end, len(self.ends)) - 1]].strip()

    def part(self, start: int, end: int) -> Text:
        """A span of the text as a text of its own."""
        return replace(self, folded=self.folded[start:end], starts=self.starts[start:end], ends=self.ends[start:end])

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """Spans of the folded text between full stops, question marks and line ends."""
        return tuple(_split(self.folded))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The folded words in order."""
        return tuple(_TOKEN.findall(self.folded))

    def sentence_at(self, position: int) -> tuple[int, int]:
        """The sentence that holds a position."""
        for start, end in self.sentences:
            if start <= position < end:
                return start, end
        return 0, len(self.folded)


def _split(folded: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in _SENTENCE_END.finditer(folded):
        if folded[start : found.start()].strip():
            yield start, found.end()
            start = found.end()
    if folded[start:].strip():
        yield start, len(folded)


def read_text(raw: str, abbreviations: Mapping[str, str] | None = None, language: Language | None = None) -> Text:
    """Fold a message, writing out ``abbreviations`` (one folded word to its long form)."""
    folded, starts, ends = _fold(raw)
    if not abbreviations:
        return Text(raw, "".join(folded), tuple(starts), tuple(ends), language)
    return replace(_expand(raw, "".join(folded), starts, ends, abbreviations), language=language)


@lru_cache(maxsize=512)
def fold(raw: str) -> str:
    """Lower case without accents, apostrophes and decoration. One turn asks a hundred times, mostly the same."""
    return "".join(_fold(raw)[0])


def _fold(raw: str) -> tuple[list[str], list[int], list[int]]:
    if raw.isascii():
        return _fold_ascii(raw)
    folded: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for index, letter in enumerate(raw):
        for piece in _fold_letter(letter):
            folded.append(piece)
            starts.append(index)
            ends.append(index + 1)
    return folded, starts, ends


def _fold_ascii(raw: str) -> tuple[list[str], list[int], list[int]]:
    """The same, sooner: no letter becomes two."""
    starts = [index for index, letter in enumerate(raw) if letter not in _DROPPED]
    lowered = raw.lower().replace("\t", " ")
    return [lowered[index] for index in starts], starts, [index + 1 for index in starts]


@lru_cache(maxsize=1024)
def _fold_letter(letter: str) -> str:
    if letter in _DROPPED:
        return ""
    if letter.isascii():
        return letter.lower() if letter != "\t" else " "
    if letter in _KEPT_SYMBOLS:
        return letter
    plain = _LETTERS.get(letter.lower())
    if plain is not None:
        return plain
    if letter in "—–":
        return letter
    return _decompose(letter)


def _decompose(letter: str) -> str:
    kept = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c)).lower()
    return kept if kept and all(c.isalnum() or c.isspace() or c in ".,-" for c in kept) else " "


def _expand(raw: str, folded: str, starts: list[int], ends: list[int], abbreviations: Mapping[str, str]) -> Text:
    pieces: list[str] = []
    new_starts: list[int] = []
    new_ends: list[int] = []
    at = 0
    for first, last, long in _abbreviated(folded, abbreviations):
        pieces += [folded[at:first], long]
        new_starts += starts[at:first] + [starts[first]] * len(long)
        new_ends += ends[at:first] + [ends[last - 1]] * len(long)
        at = last
    pieces.append(folded[at:])
    return Text(raw, "".join(pieces), (*new_starts, *starts[at:]), (*new_ends, *ends[at:]))


def _abbreviated(folded: str, abbreviations: Mapping[str, str]) -> Iterator[tuple[int, int, str]]:
    addresses = [found.span() for found in _ADDRESS.finditer(folded)]
    for found in _TOKEN.finditer(folded):
        long = abbreviations.get(found.group())
        if long is not None and not any(first <= found.start() < last for first, last in addresses):
            yield found.start(), found.end(), long
