"""Who writes: e-mail addresses and names."""

from __future__ import annotations

import re
from functools import cache

from app.qualification.extraction import places
from app.qualification.extraction.language import function_words
from app.qualification.extraction.phrases import all_languages, compile_phrases, lexicon
from app.qualification.extraction.text import Text, fold
from app.qualification.facts import Fact, FactName

_EMAIL = re.compile(r"(?<![\w.+-])([\w.+-]*[\w+-]@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,})(?!\w)", re.IGNORECASE)
_SPOKEN = re.compile(
    r"(?<![\w.])([a-z0-9][\w.-]*(?: ?(?:underline|underscore|guion bajo|dot|ponto|punto) ?[\w-]+)*) ?[(\[]? ?(?:arroba|at) ?[)\]]? ?"
    r"([a-z0-9-]+(?:(?: ?(?:dot|ponto|punto) ?|\.)[a-z0-9-]+)+)(?!\w)",
    re.IGNORECASE,
)
_SAID = re.compile(r" ?(?:\bdot\b|\bponto\b|\bpunto\b) ?", re.IGNORECASE)
_LINE = re.compile(r" ?(?:underline|underscore|guion bajo) ?", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.-](?=[^\W\d_]))*")
_BREAK = re.compile(r"[.!?,;:/|()\n…]+|[-–—](?=\s)|(?<=\s)[-–—]")
_MOST_WORDS = 5


def email_in(raw: str) -> Fact | None:
    """The last well-formed address, also one spelled out ("ana arroba gmail ponto com")."""
    written = [(found.end(), found[1], found[0]) for found in _EMAIL.finditer(raw)]
    spoken = [(found.end(), _spelled(found), found[0]) for found in _SPOKEN.finditer(raw)]
    both = sorted(written + [each for each in spoken if _EMAIL.fullmatch(each[1])])
    return Fact(FactName.EMAIL, both[-1][1].lower(), 0.98, both[-1][2].strip()) if both else None


def _spelled(found: re.Match[str]) -> str:
    local, domain = _LINE.sub("_", _SAID.sub(".", found[1])), _SAID.sub(".", found[2])
    return f"{local}@{domain}".replace(" ", "")


def name_in(text: Text, *, asked: bool, city: str | None, email: str | None) -> Fact | None:
    """The lead's name: introduced ("me chamo ..."), given on request, or signed at the end of a message."""
    return _introduced(text) or (_answered(text, city) if asked else None) or _signed(text, city, email)


def _introduced(text: Text) -> Fact | None:
    best: Fact | None = None
    for found in _introduction().finditer(text.folded):
        if _denied(text.folded, found.start()):
            continue
        raw = text.raw[text.ends[found.end() - 1] :]
        words = _leading_name(raw.lstrip(" :-,"), careful=found["cue"] in lexicon("people")["weak"])
        best = _fact(words, 0.9, text.quote(found.start(), found.end())) or best
    return best or _before_suffix(text)


def _before_suffix(text: Text) -> Fact | None:
    for found in _suffix().finditer(text.folded):
        before = _BREAK.split(text.raw[: text.starts[found.start()]].rstrip(" ,"))[-1]
        name = _name_words(before.split())
        if name and len(before.split()) == len(name):
            return _fact(name, 0.85, before)
    return None


def _denied(folded: str, start: int) -> bool:
    return re.search(r"(?:\bno|\bnao|\bnot|\bnever|\baint|\bnem) (?:yo )?$", folded[:start]) is not None


def _leading_name(raw: str, *, careful: bool) -> list[str]:
    chunk = _BREAK.split(raw)[0]
    words = _name_words(chunk.split())
    if careful and words and not _looks_like_name(words, chunk):
        return []
    return words


def _looks_like_name(words: list[str], chunk: str) -> bool:
    if places.is_city(" ".join(words)) and not words[0][0].isupper():
        return False
    return words[0][0].isupper() or (len(words) == len(chunk.split()) <= 3)


def _answered(text: Text, city: str | None) -> Fact | None:
    """The answer to "your name?": the first piece that can be one; after a correction ("well ..."), the last."""
    pieces = [piece for piece in _pieces(text.raw) if piece]
    names = [(words, corrects) for piece in pieces for words, corrects in [_whole_name(piece)] if words]
    names = [each for each in names if not city or fold(" ".join(each[0])) != fold(city)]
    if not names:
        return None
    corrected = [words for words, corrects in names if corrects]
    return _fact(corrected[-1] if corrected else names[0][0], 0.85, text.raw)


def _pieces(raw: str) -> list[str]:
    without = _EMAIL.sub(" | ", raw)
    return [piece.strip() for piece in _BREAK.split(without)]


def _whole_name(piece: str) -> tuple[list[str], bool]:
    tokens = _WORD.findall(piece)
    correction = bool(tokens) and fold(tokens[0]) in lexicon("people")["correction"]
    tokens = tokens[1:] if correction else tokens
    while tokens and fold(tokens[0]) in {
        "e",
        "o",
        "a",
        "its",
        "con",
        "sou",
        "soy",
        "yes",
        "sim",
        "si",
        "sure",
        "and",
        "y",
        "la",
        "el",
        "im",
    }:
        tokens = tokens[1:]
    words = _name_words(tokens)
    rest = tokens[len(words) :]
    named = 0 < len(words) <= _MOST_WORDS and (not rest or (words[0][0].isupper() and _says_more(rest)))
    return (words, correction) if named and not re.search(r"\d", piece) else ([], False)


def _says_more(rest: list[str]) -> bool:
    return fold(rest[0]) in _common_words()


def _signed(text: Text, city: str | None, email: str | None) -> Fact | None:
    """A name standing alone at the end, as under a letter, or beside the e-mail."""
    pieces = [piece for piece in _pieces(text.raw) if piece]
    for piece in reversed(pieces[-2:] if email else pieces[-1:]):
        tokens = _WORD.findall(piece)
        words = _name_words(tokens)
        whole = words and len(words) == len(piece.split()) and (len(pieces) > 1 or len(words) > 1 or bool(email))
        if (
            whole
            and all(_titled(word) for word in words)
            and not _is_place(words, city)
            and _trusted(words, email, len(pieces))
        ):
            return _fact(words, 0.7, piece)
    return None


def _trusted(words: list[str], email: str | None, pieces: int) -> bool:
    if email:
        return True
    return pieces > 1 and len(words) <= 3 and not any(word.isupper() and len(word) > 1 for word in words)


def _titled(word: str) -> bool:
    return word[0].isupper() or fold(word) in lexicon("people")["particles"]


def _is_place(words: list[str], city: str | None) -> bool:
    name = " ".join(words)
    return (city is not None and fold(name) == fold(city)) or places.is_city(name)


def _name_words(tokens: list[str]) -> list[str]:
    """The name that a run of words begins with, without honorifics."""
    words: list[str] = []
    for token in tokens:
        word = token.strip("*_~\"'.,")
        folded = fold(word)
        if not words and folded.rstrip(".") in lexicon("people")["honorifics"]:
            continue
        particle = bool(words) and folded in lexicon("people")["particles"]
        if not _WORD.fullmatch(word) or not (particle or folded not in _common_words()):
            break
        words.append(word)
    while words and fold(words[-1]) in lexicon("people")["particles"]:
        words.pop()
    return words if len(words) <= _MOST_WORDS else []


def _fact(words: list[str], confidence: float, quote: str) -> Fact | None:
    if not words or len("".join(words)) < 2:  # noqa: PLR2004 -- a single letter is no name
        return None
    return Fact(
        FactName.NAME, " ".join(_title(word, first=n == 0) for n, word in enumerate(words)), confidence, quote.strip()
    )


def _title(word: str, *, first: bool) -> str:
    if not first and fold(word) in lexicon("people")["particles"]:
        return word.lower()
    return (
        word
        if any(letter.isupper() for letter in word[1:]) and not word.isupper()
        else word[:1].upper() + word[1:].lower()
    )


@cache
def _common_words() -> frozenset[str]:
    listed = frozenset(fold(word) for words in lexicon("people")["not_names"].values() for word in words)
    return (listed | function_words()) - {"may", "mark", "will"} | {"will"}


@cache
def _introduction() -> re.Pattern[str]:
    cues = sorted(all_languages(lexicon("people")["introduces"]), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?P<cue>{'|'.join(cues)})(?=[ :,-])")


@cache
def _suffix() -> re.Pattern[str]:
    return compile_phrases(lexicon("people")["suffix"])
