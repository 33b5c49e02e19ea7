"""Where a lead lives: a gazetteer of the world's towns, and the words that lead up to one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from app.qualification.extraction.language import function_words
from app.qualification.extraction.phrases import all_languages, lexicon
from app.qualification.extraction.text import Text, fold
from app.qualification.facts import Fact, FactName
from app.vocabulary import Language

_TOKEN = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_LONGEST = 4
_SHORT = 4
_AT = re.compile(
    r"\W*(?:(?:ya|yes|sim|si|pues|well|ah|bom|aqui|in|en|em|no|na|de|do|da|from|at|near|por|desde|around)[ ,]+)+"
)
_LARGE = 80
"""Thousands of people from which a town is taken for one without any word around it."""
_WEIGHT = {"ES": 2, "GB": 2}
"""Smaller towns than their namesakes overseas, yet the likelier ones."""
_SPEAKERS = {
    Language.EN: frozenset({"US", "GB", "IE", "AU", "NZ", "CA", "ZA", "NG", "GH", "KE", "IN", "PH", "SG", "AE"}),
    Language.PT: frozenset({"BR", "PT", "AO", "MZ", "CV"}),
    Language.ES: frozenset({"ES", "MX", "AR", "CL", "CO", "PE", "UY", "EC", "GT", "VE", "CR", "PA", "DO", "BO", "PY"}),
}


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int
    home: bool
    known: bool


@cache
def gazetteer() -> Mapping[str, tuple[tuple[str, int], ...]]:
    """Folded town names with (country, thousands of people) of each town so called."""
    towns: dict[str, list[tuple[str, int]]] = {}
    text = (resources.files("app.qualification.extraction") / "lexicon" / "cities.txt").read_text("utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            name, country, size = line.split(";")
            towns.setdefault(name, []).append((country, int(size)))
    return {name: tuple(found) for name, found in towns.items()}


def is_city(name: str) -> bool:
    """Whether a town of that name exists."""
    return fold(name).replace("-", " ") in gazetteer()


def country_of(city: str | None, language: Language | None) -> str | None:
    """The country of a town: one where the language is spoken before others, then the largest."""
    towns = gazetteer().get(fold(city or "").replace("-", " "), ())
    speakers = _SPEAKERS.get(language, frozenset[str]()) if language else frozenset[str]()
    weighed = {country: size * _WEIGHT.get(country, 1) for country, size in towns}
    return max(weighed, key=lambda country: (country in speakers, weighed[country])) if weighed else None


def city_in(text: Text, agent_said: str, *, asked: bool, travels: bool) -> Fact | None:
    """The lead's town. ``asked``: the agent asked for it; ``travels``: other towns are likely destinations."""
    candidates = [*_homes(text), *_inside(text, asked=asked)] + ([] if travels or asked else list(_alone(text)))
    if asked:
        candidates += _answers(text)
    candidates = [place for place in candidates if place.home or not _is_destination(text.folded, place.start)]
    candidates = [place for place in candidates if not any(_inside_of(place, other) for other in candidates)]
    if (suggested := _of_suggested(text, agent_said)) and not (travels and _GOING.search(fold(agent_said))):
        return suggested
    if candidates:
        best = max(candidates, key=lambda place: (place.known, place.home, _size(text, place), -place.start))
        return _fact(text, best, asked=asked)
    return _confirmed(text, agent_said)


def _inside_of(place: _Place, other: _Place) -> bool:
    larger = other.end - other.start > place.end - place.start
    return other.known and larger and other.start <= place.start and place.end <= other.end


def _homes(text: Text) -> Iterator[_Place]:
    for found in _leads_to("home").finditer(text.folded):
        place = _town_at(text, found.end(), must_be_known=found["cue"] in _doubtful())
        if place:
            yield _Place(place.start, place.end, home=True, known=place.known)


def _inside(text: Text, *, asked: bool) -> Iterator[_Place]:
    for found in _leads_to("in").finditer(text.folded):
        place = _town_at(text, found.end(), must_be_known=not asked or found["cue"] == "de")
        if place:
            yield place


def _answers(text: Text) -> list[_Place]:
    """Towns anywhere in the answer to "which city?"; failing that, a capitalised or lonely word."""
    known = list(_known_anywhere(text))
    if known:
        return known
    first = re.compile(r"[^.,!?\n(]+").match(text.folded, _after_preposition(text.folded))
    words = _TOKEN.findall(first.group()) if first else []
    if first and 0 < len(words) <= 3 and not (set(words) & function_words()) and not any(w.isdigit() for w in words):
        return [_Place(first.start(), first.start() + len(first.group().rstrip()), home=False, known=False)]
    return []


def _after_preposition(folded: str) -> int:
    """Where the town begins in an answer like "en L'Hospitalet", "I'm in ...", "de Sinop"."""
    found = _AT.match(folded)
    return found.end() if found else 0


def _alone(text: Text) -> Iterator[_Place]:
    """Towns of some size that stand between commas or full stops: "plumbing, 6 guys, Mississauga"."""
    for found in re.finditer(r"[^.,!?;\n()/]+", text.folded):
        piece = found.group().strip()
        start = found.start() + len(found.group()) - len(found.group().lstrip())
        towns = gazetteer().get(piece.replace("-", " "), ())
        if towns and piece not in function_words() and max(size for _, size in towns) >= _LARGE:
            yield _Place(start, start + len(piece), home=False, known=True)


def _size(text: Text, place: _Place) -> int:
    towns = gazetteer().get(text.folded[place.start : place.end].replace("-", " "), ())
    return max((size for _, size in towns), default=0)


def _known_anywhere(text: Text) -> Iterator[_Place]:
    tokens = list(_TOKEN.finditer(text.folded))
    at = 0
    while at < len(tokens):
        for size in range(min(_LONGEST, len(tokens) - at), 0, -1):
            start, end = tokens[at].start(), tokens[at + size - 1].end()
            name = text.folded[start:end].replace("-", " ")
            if name in gazetteer() and name not in function_words() and (len(name) > 3 or size > 1):
                yield _Place(start, end, home=False, known=True)
                at += size - 1
                break
        at += 1


def _town_at(text: Text, position: int, *, must_be_known: bool) -> _Place | None:
    """The town that begins at a position: the longest name of the gazetteer, else capitalised words."""
    tokens = list(_TOKEN.finditer(text.folded, position, position + 60))[: _LONGEST + 1]
    if not tokens or tokens[0].start() > position + 2 or text.folded[position : tokens[0].start()].strip(" :,"):
        return None
    for size in range(min(_LONGEST, len(tokens)), 0, -1):
        start, end = tokens[0].start(), tokens[size - 1].end()
        if text.folded[start:end].replace("-", " ") in gazetteer():
            return _Place(start, end, home=False, known=True)
    return None if must_be_known else _capitalised(text, tokens)


def _capitalised(text: Text, tokens: list[re.Match[str]]) -> _Place | None:
    end = None
    for token in tokens:
        first = text.raw[text.starts[token.start()]]
        joined = end is None or not text.folded[end : token.start()].strip(" ")
        particle = end is not None and token.group() in {
            "de",
            "do",
            "da",
            "del",
            "dos",
            "das",
            "la",
            "el",
            "los",
            "las",
        }
        if not joined or not (first.isupper() or particle) or (token.group() in _not_places() and not particle):
            break
        end = token.end()
    return _Place(tokens[0].start(), end, home=False, known=False) if end else None


def _confirmed(text: Text, agent_said: str) -> Fact | None:
    """The agent named the town ("still in Ballarat?") and the lead agrees."""
    if not re.search(rf"(?<!\w)(?:{'|'.join(lexicon('places')['yes_here'])})(?!\w)", text.folded):
        return None
    for found in re.finditer("|".join(lexicon("places")["agent_place"]), agent_said, re.IGNORECASE):
        name = re.match(r"[^\W\d_]+(?: [A-ZÀ-Þ][^\W\d_]+)*", agent_said[found.end() :])
        if name and is_city(name.group()):
            return Fact(FactName.CITY, name.group(), 0.75, text.raw.strip())
    return None


def _suggested(agent_said: str) -> str | None:
    """The town of the agent's question: "In Doha itself?", "¿Está en Bogotá?"."""
    for question in _QUESTION.findall(agent_said):
        for found in _NAMED.finditer(question):
            words = found["town"].split()
            town = next((" ".join(words[:size]) for size in (3, 2, 1) if is_city(" ".join(words[:size]))), None)
            if town:
                return town
    return None


def _of_suggested(text: Text, agent_said: str) -> Fact | None:
    """The town that the agent suggested, or the one that the lead puts in its place ("no, Ambato")."""
    town = _suggested(agent_said)
    if town is None:
        return None
    here = [place for place in _known_anywhere(text) if not _is_destination(text.folded, place.start)]
    same = next((place for place in here if text.folded[place.start : place.end] == fold(town)), None)
    first = text.folded[slice(*text.sentences[0])] if text.sentences else ""
    other = next((place for place in here if place.start <= _OPENING_WORDS), None)
    if same or (other and not _AGREES.match(first)):
        return _fact(text, same or other or here[0], asked=True)
    return Fact(FactName.CITY, town, 0.85, text.raw.strip()) if _AGREES.match(first) else None


_QUESTION = re.compile(r"[^.!?\n¿]*\?")
_NAMED = re.compile(
    r"\b(?:[Ii]n|[Ff]rom|[Aa]t|[Nn]ear|[Ee]m|[Nn]o|[Nn]a|[Dd]e|[Ee]n|[Dd]o|[Dd]a) "
    r"(?P<town>[A-ZÀ-Þ][^\W\d_]+(?: [A-ZÀ-Þ]?[^\W\d_]+){0,2})"
)
_AGREES = re.compile(
    r"\W*(?:(?:yes|yep|yeah|yup|ya|aye|sure|correct|right|exactly|indeed|all my life|born|always|still|sim|isso"
    r"|exato|certo|claro|desde|si|asi es|exacto|correcto|simon|uhum|aham|e sim|la mesmo|aqui mesmo|aqui mismo)\b)"
)
_GOING = re.compile(
    r"\b(?:informa\w+|info|sobre|about|trip|viag\w+|viaj\w+|destin\w+|tickets?|packages?|paquetes?|pacotes?)\b"
)
"""With such words a travel agency asks about a destination."""
_OPENING_WORDS = 12
"""Letters in which an answer names the lead's own town."""


def _is_destination(folded: str, start: int) -> bool:
    """Whether a place is where the lead wants to go: a word of travel stands before it in the sentence."""
    sentence = re.split(r"[.!?\n]", folded[:start])[-1]
    return _destination().search(sentence) is not None


def _fact(text: Text, place: _Place, *, asked: bool) -> Fact:
    written = text.quote(place.start, place.end)
    confidence = 0.95 if place.known and (asked or place.home) else 0.8 if place.known else 0.6
    return Fact(FactName.CITY, title(written), confidence, text.quote(*text.sentence_at(place.start)))


def title(written: str) -> str:
    """A place name as it is printed: small words small, the rest with capitals."""
    words = [
        word.lower()
        if n and fold(word) in {"de", "do", "da", "dos", "das", "del", "la", "el", "upon", "on", "of", "y", "e"}
        else word
        if word.isupper() and len(word) < _SHORT and not written.isupper()
        else word[:1].upper() + word[1:].lower()
        for n, word in enumerate(written.replace("*", "").split())
    ]
    return " ".join("-".join(_capital(part, n) for n, part in enumerate(word.split("-"))) for word in words)


def _capital(part: str, position: int) -> str:
    small = position > 0 and part.lower() in {"on", "upon", "de", "le", "sur", "in", "the", "by"}
    return part if small or position == 0 else part[:1].upper() + part[1:]


@cache
def _leads_to(kind: str) -> re.Pattern[str]:
    cues = sorted(all_languages(lexicon("places")[kind]), key=len, reverse=True)
    return re.compile(
        rf"(?<!\w)(?P<cue>{'|'.join(cues)}) (?:the )?(?:city of |cidade de |ciudad de (?!mexico|panama|guatemala))?"
    )


@cache
def _destination() -> re.Pattern[str]:
    words = "|".join(lexicon("places")["destination"])
    near = r"(?:to|para|pra|a|fly to|go|going|ir|visit|conhecer|viajar)"
    return re.compile(rf"(?<!\w)(?:(?:{words})(?!\w)[^,]*|{near}) $")


def _doubtful() -> frozenset[str]:
    """Cues after which only a known town counts."""
    return frozenset(lexicon("places")["doubtful"])


@cache
def _not_places() -> frozenset[str]:
    listed = (word for words in lexicon("people")["not_names"].values() for word in words)
    return frozenset(listed) | function_words()
