"""Who writes: e-mail addresses and names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from app.qualification.extraction import places
from app.qualification.extraction.language import function_words
from app.qualification.extraction.phrases import all_languages, compile_phrases, lexicon
from app.qualification.extraction.text import Text, fold
from app.qualification.facts import Fact, FactName
from app.vocabulary import Language

_EMAIL = re.compile(r"(?<![\w.+-])([\w.+-]*[\w+-]@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,})(?!\w)", re.IGNORECASE)
_SPOKEN = re.compile(
    r"(?<![\w.])([a-z0-9][\w.-]*(?: ?(?:underline|underscore|guion bajo|dot|ponto|punto) ?[\w-]+)*)"
    r" ?[(\[]? ?(?:arroba|at) ?[)\]]? ?"
    r"([a-z0-9-]+(?:(?: ?(?:dot|ponto|punto) ?|\.)[a-z0-9-]+)+)(?!\w)",
    re.IGNORECASE,
)
_SAID = re.compile(r" ?(?:\bdot\b|\bponto\b|\bpunto\b) ?", re.IGNORECASE)
_LINE = re.compile(r" ?(?:underline|underscore|guion bajo) ?", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.-](?=[^\W\d_]))*")
_PICTURE = "\u2600-\u27bf\U0001f000-\U0001faff"
_BREAK = re.compile(rf"[.!?,;:/|()&\n…{_PICTURE}]+|[-–—](?=\s)|(?<=\s)[-–—]")
_SENTENCE = re.compile(rf"[.!?…]+(?:\s|$)|\n|:\s|[{_PICTURE}]+| [-–—/|] |(?<=\w) \. ")
_SORRY = re.compile(r"\b(?:sorry|oops|perdon|disculp\w+|desculp\w+|ops|wait|i mean)\b")
_BUT = re.compile(
    r"\b(?:but|mas|pero|really|actually|officially|on paper|well|na verdade|en realidad)"
    r"(?: (?:it|eu|yo|o|el|my|meu|mi))? ?$"
)
_NAME_THEN_TOWN = re.compile(r"(?P<name>[^\W\d_]+(?: [^\W\d_]+)?),? (?:de|from|do|da|in) [A-ZÀ-Þ]")
_HONORIFIC = re.compile(r"\b(Dra?|Mrs?|Ms|Sra?|Srta|Profa?|Eng|Ing|Lic)\.\s*", re.IGNORECASE)
_PERSONAL = frozenset({"i am", "im", "sou", "soy", "its", "it is", "call me", "name", "names", "nome", "nombre"})
_NAMING = frozenset({"name", "names", "nome", "nombre", "call me"})
_MOST_WORDS, _SIGNED_WORDS, _SHOUT = 5, 3, 4


def email_in(raw: str) -> Fact | None:
    """The last well-formed address, also one spelled out ("ana arroba gmail ponto com")."""
    written = [(found.end(), found[1], found[0]) for found in _EMAIL.finditer(raw)]
    spoken = [(found.end(), _spelled(found), found[0]) for found in _SPOKEN.finditer(raw)]
    both = sorted(written + [each for each in spoken if _EMAIL.fullmatch(each[1])])
    return Fact(FactName.EMAIL, both[-1][1].lower(), 0.98, both[-1][2].strip()) if both else None


def _spelled(found: re.Match[str]) -> str:
    local, domain = _LINE.sub("_", _SAID.sub(".", found[1])), _SAID.sub(".", found[2])
    return f"{local}@{domain}".replace(" ", "")


def name_in(
    text: Text,
    *,
    asked: bool,
    city: str | None,
    email: str | None,
    language: Language | None,
    town_asked: bool = False,
) -> Fact | None:
    """The lead's name: introduced ("me chamo ..."), given on request, or signed at the end of a message.

    ``town_asked``: the agent asked for a town and no name, so that words alone are a place.
    """
    reader = _Names(text, asked, city, email, _common_words(language), town_asked)
    found = reader.introduced() or (reader.answered() if asked else None) or reader.signed() or reader.opening()
    return replace(found, value=_without_town(str(found.value), city)) if found and city else found


def _without_town(name: str, city: str | None) -> str:
    """The name alone: "Lucía de Sevilla" is Lucía, from Seville."""
    return (
        re.sub(rf",? (?:(?:de|do|da|from|in|em|en) )?{re.escape(city or '')}$", "", name, flags=re.IGNORECASE) or name
    )


@dataclass(frozen=True)
class _Names:
    text: Text
    asked: bool
    city: str | None
    email: str | None
    common: frozenset[str]
    town_asked: bool = False

    def introduced(self) -> Fact | None:
        """After "my name is" or before "meu nome"; a sure cue counts before a weak one, the first before the second."""
        found = [self._after(match) for match in _introduction().finditer(self.text.folded)]
        facts = [fact for fact in found if fact is not None]
        matches = [match for match, fact in zip(_introduction().finditer(self.text.folded), found, strict=True) if fact]
        if len(facts) > 1 and _BUT.search(self.text.folded, 0, matches[-1].start()):
            return facts[-1]
        return max(facts, key=lambda fact: fact.confidence, default=None) or self._before_suffix()

    def _after(self, match: re.Match[str]) -> Fact | None:
        if _denied(self.text.folded, match.start()) or _of_another(self.text.folded, match):
            return None
        weak = match["cue"] in lexicon("people")["weak"]
        following = _HONORIFIC.sub(r"\1 ", self.text.raw[self.text.ends[match.end() - 1] :].lstrip(" :-,"))
        chunk = _BREAK.split(following)[0]
        words, rest = self._name(chunk.split())
        if not words or (weak and not self._plausible(words, rest, match["cue"])):
            return None
        return _fact(words, 0.85 if weak else 0.95, chunk)

    def _plausible(self, words: list[str], rest: list[str], cue: str) -> bool:
        """Whether what follows a weak cue ("sou", "it's") is a name rather than a town, a trade or a state."""
        if all(word.isupper() and len(word) < _SHOUT for word in words):
            return False
        if places.is_city(" ".join(words)) and cue not in _NAMING:
            return False
        if words[0][0].isupper():
            return True
        return len(words) == 1 and not rest and (self.asked or cue in _PERSONAL) and not _looks_like_state(words[0])

    def _before_suffix(self) -> Fact | None:
        for match in _suffix().finditer(self.text.folded):
            before = _BREAK.split(self.text.raw[: self.text.starts[match.start()]].rstrip(" ,"))[-1]
            words, rest = self._name(before.split())
            if words and not rest and (self.asked or words[0][0].isupper()):
                return _fact(words, 0.75, before)
        return None

    def answered(self) -> Fact | None:
        """The first piece of the answer that can be a name; after a correction ("well ..."), the last."""
        whole = [self._whole(piece, first=first) for piece, first in _pieces(self.text.raw)]
        names = [(words, corrects) for words, corrects in whole if words and not self._is_home(words)]
        corrected = [words for words, corrects in names if corrects]
        if len(names) > 1 and _SORRY.search(self.text.folded):
            corrected = corrected or [names[-1][0]]
        if not names:
            return None
        return _fact(corrected[-1] if corrected else names[0][0], 0.9, " ".join(names[0][0]))

    def _whole(self, piece: str, *, first: bool) -> tuple[list[str], bool]:
        tokens = _WORD.findall(piece)
        corrects = bool(tokens) and fold(tokens[0]) in lexicon("people")["correction"]
        tokens = tokens[1:] if corrects else tokens
        while len(tokens) > 1 and fold(tokens[0]) in lexicon("people")["openers"]:
            tokens = tokens[1:]
        words, rest = self._name(tokens, lonely=len(tokens) == 1)
        titled = bool(words) and words[0][0].isupper()
        named = titled if rest else titled or (first and 0 < len(words) <= _SIGNED_WORDS)
        named = named and (not rest or fold(rest[0]) in self.common)
        return (words, corrects) if named and not re.search(r"\d", piece) else ([], False)

    def signed(self) -> Fact | None:
        """A name standing alone at the end of a message, as under a letter, or beside the e-mail or the town."""
        for line in reversed(self.text.raw.split("\n")):
            written = _HONORIFIC.sub(r"\1 ", _EMAIL.sub(". ", line))
            pieces = [piece for piece in _SENTENCE.split(written) if piece.strip(" ,.!?-:/|")]
            beside = bool(self.email) and _EMAIL.search(line) is not None
            for piece in pieces if beside else pieces[-1:]:
                alone = len(pieces) == 1
                if self.town_asked and alone and not beside:
                    continue
                if fact := self._signature(piece.strip(" ,.!?-:/|"), trusted=beside, alone=alone):
                    return fact
            if pieces and (fact := self._after_comma(pieces[-1])):
                return fact
        return self._among_small_letters()

    def _among_small_letters(self) -> Fact | None:
        """A sentence of capitalised words alone from somebody who else begins sentences small: "Rangi. cheers ..."."""
        pieces = [piece.strip(" ,!-") for piece in _SENTENCE.split(self.text.raw) if piece.strip(" ,!-")]
        if self.town_asked or len(pieces) < 2 or not any(piece[0].islower() for piece in pieces):
            return None
        for piece in pieces:
            words, rest = self._name(piece.split())
            titled = (
                bool(words) and not rest and len(words) <= _SIGNED_WORDS and all(_is_titled(word) for word in words)
            )
            if titled and not words[0].isupper() and not places.is_city(" ".join(words)) and not self._is_home(words):
                return _fact(words, 0.65, piece)
        return None

    def opening(self) -> Fact | None:
        """A common first name that opens a message, with a comma behind it: "Josefa, pode mandar aqui"."""
        for line in self.text.raw.split("\n"):
            word, comma, _ = line.strip().partition(",")
            if comma and word[:1].isupper() and fold(word) in _first_names() and not self._is_home([word]):
                return _fact([word], 0.65, line)
        return None

    def _after_comma(self, sentence: str) -> Fact | None:
        """A full name that ends a sentence ("pode marcar, Ana Lima"), or opens one made of names alone."""
        parts = [part.strip(" ,.!?-:/|") for part in sentence.split(",")]
        if len(parts) > 1 and fold(parts[0]) in lexicon("people")["farewells"]:
            words, rest = self._name(parts[-1].split())
            return _fact(words, 0.8, sentence) if words and not rest and _is_titled(words[0]) else None
        read = [self._name(part.split()) for part in parts if part]
        titled = [bool(words) and not rest and all(_is_titled(word) for word in words) for words, rest in read]
        if len(read) < 2 or self.city or places.is_city(" ".join(read[0][0])) or self._is_home(read[0][0]):
            return None
        if all(titled):
            return _fact(read[0][0], 0.7, parts[0])
        return (
            _fact(read[-1][0], 0.7, parts[-1])
            if titled[-1] and len(read[-1][0]) > 1 and not places.is_city(parts[-1])
            else None
        )

    def _signature(self, piece: str, *, trusted: bool, alone: bool) -> Fact | None:
        before, comma, behind = piece.partition(",")
        if comma and places.is_city(behind.strip()) and len(before.split()) > 1:
            piece = before
        named = _NAME_THEN_TOWN.match(piece)
        words, rest = self._name((named["name"] if named else piece).split())
        titled = bool(words) and all(
            word[0].isupper() or fold(word) in lexicon("people")["particles"] for word in words
        )
        if (
            not titled
            or rest
            or ("," in piece and not named)
            or places.is_city(" ".join(words))
            or self._is_home(words)
        ):
            return None
        shouted = any(word.isupper() and len(word) > 1 for word in words)
        enough = (
            trusted
            or (named is not None)
            or (not shouted and len(words) <= _SIGNED_WORDS and not (alone and len(words) == 1))
        )
        return _fact(words, 0.75 if trusted else 0.7, piece) if enough else None

    def _goes_on(self, following: list[str]) -> bool:
        """Whether a surname follows, so that "Sunday" is no day: "Sunday Okpara"."""
        return self.asked and bool(following) and following[0].istitle() and fold(following[0]) not in self.common

    def _is_home(self, words: list[str]) -> bool:
        return self.city is not None and fold(" ".join(words)) == fold(self.city)

    def _name(self, tokens: list[str], *, lonely: bool = False) -> tuple[list[str], list[str]]:
        """The name that a run of words begins with, without honorifics, and what is left of the words."""
        words: list[str] = []
        used = 0
        for token in tokens:
            word = token.strip("*_~\"'.,:;)(")
            folded = fold(word)
            if not words and folded in lexicon("people")["honorifics"] and len(tokens) > 1:
                used += 1
                continue
            particle = bool(words) and folded in lexicon("people")["particles"]
            after_small = bool(words) and fold(words[-1]) in lexicon("people")["particles"]
            after_particle = bool(words) and fold(words[-1]) in lexicon("people")["particles"] and word[:1].isupper()
            first_of_two = not words and folded in lexicon("people")["also_names"] and self._goes_on(tokens[used + 1 :])
            known_word = (
                folded in self.common
                and not first_of_two
                and not after_particle
                and not (lonely and folded in lexicon("people")["also_names"])
                and not _is_surname(word, words)
            )
            letter = bool(words) and len(word) == 1 and word.islower() and not particle
            small = after_small and bool(words) and words[0][0].isupper() and word[:1].islower() and not particle
            if letter or small or not _WORD.fullmatch(word) or (known_word and not particle):
                break
            words.append(word)
            used += 1
        while words and fold(words[-1]) in lexicon("people")["particles"]:
            words.pop()
            used -= 1
        return (words, tokens[used:]) if len(words) <= _MOST_WORDS else ([], tokens)


def _is_surname(word: str, before: list[str]) -> bool:
    """Whether an everyday word with a capital goes on a capitalised name: "Manolo Cuesta", "Ana Mora Luz"."""
    capital = word[:1].isupper() and not word.isupper() and len(word) > 2
    return capital and 0 < len(before) < _SIGNED_WORDS and all(_is_titled(each) for each in before)


def _is_titled(word: str) -> bool:
    return word[0].isupper() or fold(word) in lexicon("people")["particles"]


def _looks_like_state(word: str) -> bool:
    """Whether a lone small word is rather what somebody is or does ("interested", "casado", "mexicana")."""
    return (
        re.search(
            r"(?:ed|ing|ish|ad[oa]|id[oa]|an[oa]|eir[oa]|er[oa]|ista|nte|or|ora|ico|ica|ly|ian|less|ful)$", fold(word)
        )
        is not None
    )


def _denied(folded: str, start: int) -> bool:
    return re.search(r"(?:\bno|\bnao|\bnot|\bnever|\baint|\bnem) (?:yo )?$", folded[:start]) is not None


def _of_another(folded: str, match: re.Match[str]) -> bool:
    """Whether the cue names somebody else: "ela é a Amora", "eu e o Marcelo", "my son is called Tom"."""
    before = re.search(r"(\w+) $", folded[: match.start()])
    return before is not None and before[1] in lexicon("people")["others"] and match["cue"] != "eu a"


def _pieces(raw: str) -> Iterator[tuple[str, bool]]:
    """The pieces between punctuation, each with whether it opens a message."""
    for line in raw.split("\n"):
        pieces = [
            piece.strip() for piece in _BREAK.split(_HONORIFIC.sub(r"\1 ", _EMAIL.sub(" | ", line))) if piece.strip()
        ]
        yield from ((piece, n == 0) for n, piece in enumerate(pieces))


def _fact(words: list[str], confidence: float, quote: str) -> Fact | None:
    if not words or len("".join(words)) < 2:
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
def _common_words(language: Language | None) -> frozenset[str]:
    """Words that are no names: those of the lead's language, of all languages while it is unknown."""
    chosen = [language] if language else list(Language)
    listed = frozenset(fold(word) for each in chosen for word in lexicon("people")["not_names"][each.value])
    return listed | function_words(language)


@cache
def _first_names() -> frozenset[str]:
    return frozenset(lexicon("people")["first_names"])


@cache
def _introduction() -> re.Pattern[str]:
    cues = sorted(all_languages(lexicon("people")["introduces"]), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?P<cue>{'|'.join(cues)})(?=[ :,-])")


@cache
def _suffix() -> re.Pattern[str]:
    return compile_phrases(lexicon("people")["suffix"])
