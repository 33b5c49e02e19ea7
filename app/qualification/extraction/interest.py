"""What the lead wants, in the lead's own words and few of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from app.qualification.extraction import places
from app.qualification.extraction.language import function_words
from app.qualification.extraction.phrases import all_languages, lexicon, pattern
from app.qualification.extraction.signals import wants_human
from app.qualification.extraction.text import Text, fold
from app.qualification.facts import Fact, FactName
from app.vocabulary import Language

_STOP = re.compile(r"\n|[.!?;:()…]+(?=\s|$)|[.!?;\n(]{2,}|,(?=\s)|\?|!| - |\bn\b")
_WORD = re.compile(r"[^\s,]+")
_MOST_WORDS = 7
_NEGATED = re.compile(
    r"(?:\bnot|\bnao|\bno|\bnever|\bwithout|\bsem|\bsin|\bnem|\bni)"
    r"(?: (?:really|just|even|mais|mas|ya|me|the|a|o|la|el))? $|(?:do not|dont) "
)
_NO_THING = re.compile(
    r"(?:it|this|that|them|you|me|isso|eso|esto|lo|la\b(?= (?:que|tengo))|to (?:know|ask|talk|speak|pay|see)|someone"
    r"|somebody|alguem|alguien|talk|speak|falar|hablar|conversar|platicar|pay|pagar|call|ask|preguntar|perguntar|half"
    r"|metade|mitad|\d+ ?%|discount|desconto|descuento|more time|a moment|un momento|um momento|que|saber (?:se|si)"
    r"|to be)\b(?! insur| cover| of)|\d+ ?%|\w+[aei]rl[oa]s?\b"
)
_HELP = re.compile(
    r"(?:que|q|alguem|alguien|a?lguno|someone|somebody|uma pessoa|una persona)"
    r"(?: (?:que|alguem|alguien|who|to|that|can|could|will|pueda|possa|me|nos|us|help))*"
    r" (?!(?:me )?(?:llam|lig|call|ring|atend|contact|contat|explique|envie|mand|pas|diga|digan))"
)
_GREETING = re.compile(r"(?:hi+|hey+|hello+|hola+|oi+e?|ola+|bom dia|boa (?:tarde|noite)|buen[oa]s?)\b")
_OTHERS = re.compile(r"(?:other|another|outr[oa]s?|otr[oa]s?|mais|two other)\b")
_TRIPS = frozenset(
    {
        "trip",
        "package",
        "holiday",
        "flight",
        "pacote",
        "viagem",
        "passagem",
        "paquete",
        "viaje",
        "vuelo",
        "cruise",
        "tour",
        "intercambio",
    }
)
_CUSTOMERS = re.compile(r" (?:for|para|pra) ")
"""What stands behind it in the name of a business are its customers, not what it sells: "software for small shops"."""
_ASIDE = 0.5
_THERE = re.compile(r"(?:is|are|hay|tem|tienen|tenes|tienes|es|e|seria|para)\b")
_OFFER = re.compile(
    r"^(?:do|does|did|you|u|is|are|hay|tienen|tenes|tienes|tem|fazem|voce|voces|ai|sobre|hacen|venden|es|e|seria|para)\b"
)


def interest_in(text: Text, business: str, *, asked: bool, known: bool = False, name: str | None = None) -> Fact | None:
    """The wish of a burst: stated ("looking for ..."), a thing that businesses sell, or the answer to "what?".

    ``name`` is the lead's own, so that "Sou a Mariana Duarte" is no wish; where a wish is ``known``, only plain words
    of wanting count.
    """
    related = _related_words(business)
    said = fold(name) if name else None
    candidates = [
        (sure, wish)
        for sure, wish in _candidates(text, related, asked=asked, known=known)
        if not (said and said in fold(wish)) and not _off(wish)
    ]
    if not candidates:
        return None
    sure, wish = max(candidates, key=lambda each: each[0])
    return Fact(FactName.INTEREST, wish, sure, wish)


def _candidates(text: Text, related: frozenset[str], *, asked: bool, known: bool) -> Iterator[tuple[float, str]]:
    """Possible wishes with how sure they are; what the business sells weighs more than other things."""
    if not known and (priced := _priced(text)):
        yield 0.62 + _bonus(priced, related), priced
    if asked and (answer := _answer(text)):
        bonus = _bonus(answer, related)
        if bonus or "?" not in text.raw:
            yield 0.69 + bonus, answer
    for wish, certainty in _wishes(text):
        if certainty > _ASIDE or _bonus(wish, related):
            yield certainty + _bonus(wish, related), wish
    if not known and (mentioned := _mention(text, related)):
        yield 0.53 + _bonus(mentioned, related), mentioned


def _off(wish: str) -> bool:
    """Whether the words are rather a remark: on the price, on time, on oneself, or only a verb of dealing."""
    return pattern("interest", "off").search(fold(wish)) is not None


def _bonus(wish: str, related: frozenset[str]) -> float:
    words = _words(wish)
    return 0.3 if words & related else 0.15 if words & _things() else 0.0


def _wishes(text: Text) -> Iterator[tuple[str, float]]:
    """Wishes with how plainly they are said: "I want", "do you offer", "is there"."""
    for match in _wish_pattern().finditer(text.folded):
        asks_back = pattern("interest", "talked_to").search(text.folded[: match.end()].rstrip())
        if asks_back or _negated(text, match.start()) or _NEGATED.match(match.group()):
            continue
        asked_help = _HELP.match(text.folded, match.end())
        start = asked_help.end() if asked_help else match.end()
        if _NO_THING.match(text.folded[start:]) or wants_human(text.part(*text.sentence_at(start))):
            continue
        wish = _phrase(text, start)
        if wish and not _OTHERS.match(fold(wish)):
            yield wish, _certainty(match.group())


def _priced(text: Text) -> str | None:
    """What a price is asked for, where it stands before the question: "castração de gata quanto fica?"."""
    found = pattern("interest", "asks_price").search(text.folded)
    if found is None:
        return None
    start, _ = text.sentence_at(max(0, found.start() - 2))
    start = max([start, *(comma.end() for comma in re.finditer(r", ", text.folded[: found.start() - 2]))])
    wish = _trim(text, start, found.start())
    return wish if wish and not _small_talk(wish) and not _GREETING.match(fold(wish)) else None


def _certainty(cue: str) -> float:
    if _THERE.match(cue):
        return _ASIDE
    return 0.55 if _OFFER.match(cue) else 0.7


def _negated(text: Text, position: int) -> bool:
    """Whether the words before say "not"; the Portuguese "no" means "in the"."""
    found = _NEGATED.search(text.folded[:position])
    return found is not None and not (text.language is Language.PT and found.group().startswith("no "))


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
        before = _stem(text.folded[slice(*words[n - 1])]) if n else ""
        if (
            n
            and before not in _TRIPS
            and text.folded[start:end] in lexicon("interest")["places_end"]
            and n + 1 < len(words)
        ):
            rest = " ".join(text.folded[slice(*word)] for word in words[n + 1 : n + 4])
            if any(places.is_city(" ".join(rest.split()[:size])) for size in (3, 2, 1)):
                return words[:n]
    return words


def _mention(text: Text, related: frozenset[str]) -> str | None:
    """A phrase around something that businesses sell: "gym membership price?", "yes panels for my roof"."""
    for word in re.finditer(r"[^\W_]+", text.folded):
        if _names_thing(text, word, related) and not _negated(text, word.start()) and not _past(text, word.start()):
            start = _phrase_start(text.folded, word.start())
            wish = _phrase(text, start)
            if wish and _stem(word.group()) in _words(wish) and not _OTHERS.match(fold(wish)):
                return wish
    return None


def _names_thing(text: Text, word: re.Match[str], related: frozenset[str]) -> bool:
    """Whether a word is something that is sold, or an acronym as courses and forms are called: "NCLEX", "CNPJ"."""
    if _stem(word.group()) in related | _things():
        return True
    written = text.quote(*word.span())
    return len(written) > 2 and written.isalpha() and written.isupper() and not text.raw.isupper()


def _past(text: Text, position: int) -> bool:
    """Whether the clause tells of what the lead had before ("had 6 lessons"), or of whom to talk to."""
    start = max(text.sentence_at(position)[0], text.folded.rfind(",", 0, position) + 1)
    before = text.folded[start:position].rstrip()
    return any(pattern("interest", words).search(before) for words in ("had", "talked_to"))


def _phrase_start(folded: str, position: int) -> int:
    """Where the words that describe a thing begin: at most three before it, none of them small or a verb of talk."""
    start = position
    for before in reversed(list(re.finditer(r"[^\s]+", folded[:position]))[-3:]):
        word = before.group()
        if not re.fullmatch(r"[^\W_]+", word) or word in function_words() or word in _drops() or word in _not_things():
            break
        start = before.start()
    return start


def _answer(text: Text) -> str | None:
    """The first piece of the answer to "what?" that is more than talk."""
    at = 0
    while at < len(text.folded):
        stop = _STOP.search(text.folded, at)
        end = stop.start() if stop else len(text.folded)
        wish = _trim(text, at, _cut(text, at, end))
        described = pattern("interest", "describes").match(text.folded, at) is not None
        described = described or wants_human(text.part(*text.sentence_at(at)))
        if wish and not described and not _small_talk(wish) and not _GREETING.match(fold(wish)):
            return wish
        at = stop.end() if stop else len(text.folded)
    return None


def _cut(text: Text, start: int, end: int) -> int:
    cut = _ends().search(text.folded, start + 1, end)
    return cut.start() if cut else end


def _small_talk(wish: str) -> bool:
    words = [re.sub(r"(.)\1+$", r"\1", word) for word in fold(wish).split()]
    return not any(len(word) > 1 and word not in function_words() and word not in _not_things() for word in words)


def _empty(wish: str) -> bool:
    folded = fold(wish).strip()
    words = folded.split()
    return (
        folded in _empties()
        or not words
        or all(word in _empties() or word in function_words() or not word.isalnum() for word in words)
        or len(folded) < 2
    )


def _words(phrase: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in re.findall(r"\w+", fold(phrase)))


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


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
        "escritorio",
        "sistema",
        "centro",
    }
    sold = _CUSTOMERS.split(fold(business))[0]
    return frozenset(_stem(word) for word in re.findall(r"\w+", sold) if len(word) > 2 and word not in small)


@cache
def _not_things() -> frozenset[str]:
    """Words of talk that are no wish by themselves."""
    listed = frozenset(word for each in lexicon("people")["not_names"].values() for word in each)
    return listed - _things()


@cache
def _things() -> frozenset[str]:
    """What businesses of all kinds sell, in the singular."""
    return frozenset(_stem(fold(word)) for words in lexicon("interest")["things"].values() for word in words)


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
