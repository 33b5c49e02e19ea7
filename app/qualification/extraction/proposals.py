"""Moments that the business proposes, and whether the lead takes one: "the first", "16:30", "grab the tuesday"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.qualification.extraction.horizons import Horizon, bucket, horizons
from app.qualification.extraction.phrases import pattern
from app.qualification.extraction.text import Text, fold
from app.qualification.facts import Fact, FactName

_SENTENCE = re.compile(r"[.!?\n]+(?=\s|$)")
_OPTION = re.compile(
    r"[.!?\n]+(?=\s|$)|,(?=\s)|\b(?:or|ou|o|and|e|y|otherwise|senao|if not|si no|another|outra|otro)\b"
)
_HOUR = re.compile(
    r"(?<![\d/])(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2})|h(?!\w)| ?(?:am|pm|hrs|horas|hs)(?!\w))?(?![\d/])"
)
_TOLD = re.compile(
    r"\b(?:tried|came|left|wrote|missed|saw|was|were|signed|fez|veio|deixou|faltou|vi|viste|dejaste|viniste|was)\b"
)
_PAYS = re.compile(r"\b(?:pay|paying|paga|pagas|spend|spending|gasta|gastas)\b")
"""What is paid today is no proposal."""
_NEAR = 8
"""Letters between "next Tuesday" and "the 1st of December", which are one day."""
_SHORT = 4
"""Words of an answer so short that it can only take what was proposed."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A moment that the business proposes, with the hours named for it, and whether its words end with it."""

    days: int
    words: str
    hours: frozenset[str]
    last: bool


def proposed(agent_said: str, now: datetime) -> list[Proposal]:
    """What the business proposes, in its order; a weekday and its date are one."""
    said = fold(agent_said)
    moments = [horizon for horizon in horizons(said, now) if _is_proposed(said, horizon)]
    merged: list[tuple[Horizon, int]] = []
    for horizon in moments:
        if (
            merged
            and horizon.start - merged[-1][0].end <= _NEAR
            and not _OPTION.search(said, merged[-1][0].end, horizon.start - 1)
        ):
            merged[-1] = (horizon, merged[-1][1])
        else:
            merged.append((horizon, horizon.start))
    return list(_proposals(said, merged))


def taken(text: Text, agent_said: str, now: datetime) -> Fact | None:
    """The proposed moment that the lead takes; None where the lead declines or names another."""
    offers = proposed(agent_said, now)
    if not offers or pattern("timing", "declines").search(text.folded):
        return None
    start, end = text.sentences[0] if text.sentences else (0, 0)
    chosen = _picked(text.folded, offers) or (offers[-1] if _agrees(text, offers) else None)
    return Fact(FactName.TIMELINE, bucket(chosen.days), 0.8, text.quote(start, end)) if chosen else None


def pointed_at(text: Text, agent_said: str, now: datetime) -> bool:
    """Whether the lead's only moment is a proposed one, named by a word of it: "grab the tuesday"."""
    return len(horizons(text.folded, now)) == 1 and _picked(text.folded, proposed(agent_said, now)) is not None


def _proposals(said: str, merged: Sequence[tuple[Horizon, int]]) -> Iterator[Proposal]:
    for n, (horizon, start) in enumerate(merged):
        until = merged[n + 1][1] if n + 1 < len(merged) else len(said)
        stop = _SENTENCE.search(said, horizon.end, until)
        hours = frozenset(_hours(said[horizon.end : stop.start() if stop else until]))
        last = _SENTENCE.search(said, horizon.end, len(said.rstrip(" .!?\n"))) is None
        yield Proposal(horizon.days, said[start : horizon.end], hours, last)


def _hours(said: str) -> Iterator[str]:
    for found in _HOUR.finditer(said):
        yield f"{int(found['hour'])}:{found['minute'] or '00'}"


def _picked(folded: str, offers: Sequence[Proposal]) -> Proposal | None:
    """The proposal that the lead points at: by its place, its hour, or a word of its own."""
    if (len(offers) > 1 or not re.search(r"\d", folded)) and pattern("timing", "first_of_them").search(folded):
        return offers[0]
    if len(offers) > 1 and pattern("timing", "last_of_them").search(folded):
        return offers[-1]
    hours = frozenset(_hours(folded))
    by_hour = [offer for offer in offers if offer.hours & hours]
    if len(by_hour) == 1:
        return by_hour[0]
    words = set(re.findall(r"[a-z]{4,}", folded))
    named = [offer for offer in offers if words & set(re.findall(r"[a-z]{4,}", offer.words)) - _COMMON]
    return named[0] if len(named) == 1 else None


def _agrees(text: Text, offers: Sequence[Proposal]) -> bool:
    first = text.folded[: text.sentences[0][1]].strip() if text.sentences else ""
    if pattern("timing", "agrees").match(first):
        return True
    short = 0 < len(first.split()) <= _SHORT and "?" not in first and not re.search(r"\d|@", first)
    return short and offers[-1].last and pattern("timing", "takes").search(first) is not None


def _is_proposed(said: str, horizon: Horizon) -> bool:
    start = max((found.end() for found in _SENTENCE.finditer(said, 0, horizon.start)), default=0)
    end = next((found.start() for found in _SENTENCE.finditer(said, horizon.end)), len(said))
    sentence = said[start:end]
    if horizon.days == 0 and _PAYS.search(sentence):
        return False
    offered = pattern("timing", "proposes").search(sentence) and not pattern("timing", "past").search(sentence)
    return horizon.days >= 0 and not horizon.bare and bool(offered) and not _TOLD.search(sentence)


_COMMON = frozenset(
    {"next", "this", "week", "month", "year", "early", "late", "after", "before", "around", "from", "until"}
)
