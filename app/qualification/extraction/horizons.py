"""Dates and horizons in a text, as days from now: "in two months", "5 de marzo", "fri", "after christmas", "2029"."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache

from app.qualification.extraction.numbers import numbers
from app.qualification.extraction.phrases import all_languages, compile_phrases, lexicon
from app.qualification.facts import Timeline

_ENDS = ((7, Timeline.NOW), (30, Timeline.DAYS_30), (90, Timeline.DAYS_90), (180, Timeline.DAYS_180))
_OPENING = {"early": 1, "middle": 15, "late": 25}
_SOON = 60
"""Days ahead in which "tuesday 1" is looked for."""
_RECENT = 45
"""A day and month this many days back is the past; further back, next year is meant."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """A moment named in a text, in days from now; negative for the past.

    ``bare`` marks a length of time without a word that says "from now", which counts only as an answer to "when?".
    """

    days: int
    start: int
    end: int
    bare: bool = False


def bucket(days: int) -> Timeline:
    """The rubric's word for a number of days."""
    return next((name for end, name in _ENDS if days <= end), Timeline.LATER)


def horizons(folded: str, now: datetime) -> list[Horizon]:
    """Every moment in a folded text, in its order; where two readings overlap, the longer one counts."""
    today = now.date()
    found = sorted(_all(folded, today), key=lambda h: (h.start - h.end, h.start))
    kept: list[Horizon] = []
    for horizon in found:
        none = _NO_MOMENT.search(folded, max(0, horizon.start - _NEAR), horizon.start)
        if none or _ALL_OF_IT.match(folded, horizon.end):
            continue
        if not any(horizon.start < other.end and other.start < horizon.end for other in kept):
            kept.append(horizon)
    return list(_refined(folded, _counted_back(folded, sorted(kept, key=lambda h: h.start))))


def _counted_back(folded: str, ordered: list[Horizon]) -> list[Horizon]:
    """Moments told by another one, made one with it: "two weeks before christmas", "the 7th, so the weekend before"."""
    told: list[Horizon] = []
    for n, horizon in enumerate(ordered):
        ahead = _AHEAD_OF.match(folded, horizon.end)
        span = _SPANS.fullmatch(folded[horizon.start : horizon.end].strip())
        days = horizon.days if horizon.bare else _WEEKEND if span else 0
        if not ahead or not days:
            told.append(horizon)
            continue
        following = next((other for other in ordered[n + 1 :] if other.start - ahead.end() <= 2), None)
        anchor = following or (told[-1] if told else None)
        told.append(replace(horizon, days=max(0, anchor.days - days), bare=False) if anchor else horizon)
    return told


def _refined(folded: str, ordered: list[Horizon]) -> Iterator[Horizon]:
    """A year or season followed by its month is one moment: "otro ano como en marzo", "next year, around may"."""
    for n, horizon in enumerate(ordered):
        following = ordered[n + 1] if n + 1 < len(ordered) else None
        if following is None or not _is_told_by(folded, horizon, following):
            yield horizon


def _is_told_by(folded: str, horizon: Horizon, following: Horizon) -> bool:
    """Whether the next moment says which one this vague one is."""
    if not 0 <= following.start - horizon.end <= _NEAR or following.days <= 0:
        return False
    return is_vague(folded, horizon) or _NAMELY.fullmatch(folded, horizon.end, following.start) is not None


def is_vague(folded: str, horizon: Horizon) -> bool:
    """Whether a moment names no more than a year or "now"."""
    return _VAGUE.fullmatch(folded[horizon.start : horizon.end].strip()) is not None


def _all(folded: str, today: date) -> Iterator[Horizon]:
    yield from _numeric_dates(folded, today)
    yield from _days_of_months(folded, today)
    yield from _months(folded, today)
    yield from _weekdays(folded, today)
    yield from _named_days(folded, today)
    yield from _durations(folded)
    yield from (Horizon(0, found.start(), found.end()) for found in _HOURS.finditer(folded))
    yield from _years(folded, today)
    yield from _fixed(folded)
    yield from _month_ends(folded, today)
    yield from _days_alone(folded, today)


def _numeric_dates(folded: str, today: date) -> Iterator[Horizon]:
    for found in _NUMERIC.finditer(folded):
        day, month = int(found["d"]), int(found["m"])
        if month > 12 >= day:
            day, month = month, day
        year = int(found["y"]) if found["y"] else None
        yield from _horizon(_day(today, month, day, year + 2000 if year and year < 100 else year), found, today)


def _days_of_months(folded: str, today: date) -> Iterator[Horizon]:
    for pattern in _day_month_patterns():
        for found in pattern.finditer(folded):
            month = _months_by_name()[found["month"]]
            year = int(found["year"]) if found["year"] else None
            yield from _horizon(_day(today, month, int(found["day"]), year), found, today)


def _months(folded: str, today: date) -> Iterator[Horizon]:
    for found in _month_pattern().finditer(folded):
        name, part = found["month"], found["part"]
        alone = found["lead"] or part or found["year"] or _ALONE.match(folded[found.end() :])
        if name in lexicon("time")["shy_months"] and not alone:
            continue
        month, year = _months_by_name()[name], int(found["year"]) if found["year"] else None
        when = _month_day(today, month, year, _opening(part), found["next"])
        yield Horizon((when - today).days, found.start(), found.end())


def _month_day(today: date, month: int, year: int | None, day: int, next_year: str | None) -> date:
    if year is None:
        year = today.year + (month < today.month or (month == today.month and day < today.day))
        year = today.year + 1 if next_year else year
    when = date(year, month, day)
    return max(when, today) if (when.year, when.month) == (today.year, today.month) else when


def _opening(part: str | None) -> int:
    named = next((name for name, words in lexicon("time")["parts"].items() if part in words), "early")
    return _OPENING[named]


def _weekdays(folded: str, today: date) -> Iterator[Horizon]:
    for found in _weekday_pattern().finditer(folded):
        day = int(lexicon("time")["weekdays"][found["day"]])
        days = (day - today.weekday()) % 7
        if found["habit"] or (found["count"] and not _dated(found, today, day)):
            continue
        days = _dated(found, today, day) or (days + 7 if found["pre"] or (found["next"] and days < 4) else days)
        yield Horizon(days, found.start(), found.end("date") if found["date"] else found.end())


def _dated(found: re.Match[str], today: date, weekday: int) -> int | None:
    """The days until "tuesday 1" where such a date comes soon; a number that fits none is an hour or a count."""
    ahead = ((n, today + timedelta(days=n)) for n in range(_SOON))
    number = int(found["date"] or 0)
    return next((n for n, then in ahead if then.day == number and then.weekday() == weekday), None)


def _named_days(folded: str, today: date) -> Iterator[Horizon]:
    for table in ("holidays", "seasons"):
        for found in _name_pattern(table).finditer(folded):
            month, day = (int(part) for part in _names(table)[found["name"]].split("/"))
            year = int(found["year"]) if found["year"] else today.year + 1 if found["next"] else None
            for horizon in _horizon(_day(today, month, day, year), found, today):
                early = _EVE if _BEFORE.search(folded, max(0, found.start() - _NEAR), found.start()) else 0
                yield replace(horizon, days=max(0, horizon.days - early)) if horizon.days > 0 else horizon


def _durations(folded: str) -> Iterator[Horizon]:
    text = _numbers_in_digits(folded)
    for found in _duration_pattern().finditer(text):
        unit = next(
            int(days)
            for days, words in lexicon("time")["units"].items()
            if re.fullmatch("|".join(words), found["unit"])
        )
        small: Mapping[str, str] = lexicon("time")["small"]
        count = (found["far"] or found["count"]).strip()
        number = int(count) if count.isdigit() else int(small[count])
        someday = unit == 1 and number == 1 and not found["ahead"]  # "um dia", "one day": some day, not tomorrow
        if 0 < number <= _most(unit) and not someday:
            days = -number * unit if found["behind"] else number * unit
            yield Horizon(days, found.start(), found.end(), bare=not (found["ahead"] or found["behind"]))


def _most(unit: int) -> int:
    return {1: 400, 7: 104, 30: 48, 365: 30}[unit]


def _years(folded: str, today: date) -> Iterator[Horizon]:
    for found in _YEAR.finditer(folded):
        year = int(found.group("year"))
        if year > today.year:
            late = _LATE_IN_YEAR.search(folded, max(0, found.start() - 2 * _NEAR), found.start())
            start = late.start() if late else found.start()
            yield Horizon((date(year, 11 if late else 1, 1) - today).days, start, found.end())


def _fixed(folded: str) -> Iterator[Horizon]:
    for days, pattern in _fixed_patterns():
        for found in pattern.finditer(folded):
            yield Horizon(days, found.start(), found.end())


def _days_alone(folded: str, today: date) -> Iterator[Horizon]:
    for found in _DAY_ALONE.finditer(folded):
        day = int(found["ordinal"] or found["plain"])
        year, month = _month_meant(folded, found.start(), today, day)
        yield from _horizon(_day(today, month, day, year), found, today)


def _month_meant(folded: str, position: int, today: date, day: int) -> tuple[int, int]:
    """The month named before a lone day ("feb half term, so around the 15th"), else the next with that day to come."""
    named = [found["month"] for found in _month_pattern().finditer(folded[:position])]
    if named:
        month = _months_by_name()[named[-1]]
        return today.year + (month < today.month), month
    return (today.year, today.month) if day >= today.day else _following(today)


def _following(today: date) -> tuple[int, int]:
    return (today.year + 1, 1) if today.month == 12 else (today.year, today.month + 1)


def _day(today: date, month: int, day: int, year: int | None) -> date | None:
    try:
        when = date(year or today.year, month, day)
        too_old = year is None and when < today - timedelta(days=_RECENT)
        return when.replace(year=today.year + 1) if too_old else when
    except ValueError:
        return None


def _horizon(when: date | None, found: re.Match[str], today: date) -> Iterator[Horizon]:
    if when is not None:
        yield Horizon((when - today).days, found.start(), found.end())


def _month_ends(folded: str, today: date) -> Iterator[Horizon]:
    """The last day of this month: seven days away on the 23rd of November, none on the 30th."""
    days = monthrange(today.year, today.month)[1] - today.day
    for found in _phrase_list("month_ends").finditer(folded):
        yield Horizon(days, found.start(), found.end())


def _numbers_in_digits(folded: str) -> str:
    """The same text, as long as before, with small numbers in words put into digits."""
    for number in numbers(folded):
        width = number.end - number.start
        if number.worded and not number.scaled and len(str(number.value)) <= width:
            folded = folded[: number.start] + str(number.value).rjust(width) + folded[number.end :]
    return folded


_VAGUE = re.compile(
    r"(?:el |o |para el |no )?(?:otro ano|outro ano|next year|ano que vem|ano que viene|proximo ano|el proximo ano"
    r"|new year|today|this month)"
)
_NO_MOMENT = re.compile(
    r"\b(?:(?:every|each|all|whole|entire|cada|tod[ao]s?(?: (?:los|las|os|as))?) (?:\w+ )?"
    r"|(?:on an?|num) "
    r"|\w*(?:day|segunda|terca|lunes|martes)(?: feira)? (?:to|till|thru|through|a|ate|hasta) (?:the |el )?"
    r"|(?:happy|merry|feliz|boas|have a (?:good|great|nice|lovely)) "
    r"|(?:ah|oh|eh|(?<![a-z] )come|up to),? |(?:too|muy|muito) )$"
)
"""Before a moment that comes again and again, is only wished, or is none: "cada lunes", "happy easter", "ah now"."""
_ALL_OF_IT = re.compile(
    r"(?: (?:inteir[oa]|enter[oa]|toda?)\b| (?:to|till|until|thru|through|a|ate|hasta|-) (?:the |la |el |a |o )?"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day\b| (?:a|ate|hasta) (?:el )?(?:viernes|sabado|domingo|sexta)\b)"
)
"""After a stretch of time rather than a moment: "a semana toda", "monday to friday"."""
_AHEAD_OF = re.compile(r" (?:before|prior|b4|antes|anterior)(?: to| d[aeo]l?)?(?: the| that| el| la| eso| isso)?\b ?")
_SPANS = re.compile(r"(?:the |o |no |el )?(?:weekend|fim de semana|fin de semana)")
_WE_WOULD = r"(?<=wednesday) (?:be|like|love|have|prefer|rather|need|want|pay|take|go|sign|book|start|move|do|both)\b"
"""Behind "we'd", which careless writers spell as they do Wednesday."""
_WEEKEND = 2
"""Days by which the weekend before a day is earlier."""
_HOURS = re.compile(
    r"(?<!\w)(?:in|within|daqui(?: a)?|em|en|dentro de)"
    r"(?: about| like| the next| uns| unas| como| una?| uma?| an| half)*"
    r" ?(?:\d{1,2} ?)?(?:hrs?|hours?|horas?|mins?|minutes?|minutos?|minutinhos?|rato|ratito)(?!\w)"
)
"""Hours and minutes from now are today."""
_NAMELY = re.compile(
    r"[ ,]+(?:tipo|like|say|so|digamos|ou seja|o sea|i mean|probably|maybe|talvez|quizas?|about|around)"
    r"(?: about| around| the| o| a| em| el| en| dia| como| la)* ?"
)
"""Between two moments the second of which says when the first will be: "depois do carnaval, tipo março"."""
_ALONE = re.compile(
    r"\W*$| ?[.,!?]| (?:for me|works?|please|would|is (?:good|fine|best|better|ok)|maybe|probably|then)\b"
)
_NEAR = 18
_EVE = 2
"""Days by which "before christmas" is earlier than Christmas."""
_BEFORE = re.compile(r"(?<!\w)(?:before|b4|by|until|til|till|antes d[aeo]l?|ate o|ate a|hasta) (?:the )?$")
_NUMERIC = re.compile(r"(?<![\d/.,$])(?P<d>\d{1,2})[/](?P<m>\d{1,2})(?:[/](?P<y>\d{4}|\d{2}))?(?![\d/%])")
_YEAR = re.compile(r"(?<![\w$€£.,/-])(?P<year>20[2-4]\d)(?![\w/-]|[.,]\d)")
_LATE_IN_YEAR = re.compile(
    r"(?<!\w)(?:late|end of|the end of|(?:fim|final|finais|fins|fines|finales) d[eo]l?|second half of"
    r"|segund[oa] (?:semestre|metade|mitad) del?)"
    r" (?:the year |ano |ano de )?$"
)
_DAY_ALONE = re.compile(
    r"(?<!\w)(?:(?:on|by|from|before|around|after|til|until|the|is) (?:the )?(?P<ordinal>\d{1,2})(?:st|nd|rd|th)"
    r"|(?:dia|el|do dia|partir do) (?P<plain>\d{1,2})(?![\d/:]|[.,]\d))(?!\w)"
)


def _alternatives(words: list[str] | Mapping[str, object]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


@cache
def _months_by_name() -> Mapping[str, int]:
    return {name: int(number) for name, number in lexicon("time")["months"].items()}


@cache
def _day_month_patterns() -> tuple[re.Pattern[str], ...]:
    names = _alternatives(_months_by_name())
    year = r"(?: ?,?(?: de| del)? (?P<year>20\d\d))?(?!\w)"
    day = r"(?P<day>\d{1,2})(?:st|nd|rd|th|o|ro)?"
    return (
        re.compile(
            rf"(?<![\w.,]){day}(?: ?(?:-|a|to|al|ao|e|y) ?\d{{1,2}})?(?: of| de| del)? (?P<month>{names}){year}"
        ),
        re.compile(rf"(?<!\w)(?P<month>{names}) (?:the )?{day}(?![\d:])(?:,? (?P<year>20\d\d))?(?!\w)"),
    )


@cache
def _month_pattern() -> re.Pattern[str]:
    time = lexicon("time")
    names, leads = _alternatives(_months_by_name()), _alternatives(time["month_leads"])
    parts = _alternatives([part for words in time["parts"].values() for part in words])
    next_year = "next year|ano que vem|proximo ano|ano que viene"
    return re.compile(
        rf"(?<!\w)(?:(?P<lead>{leads}) )?(?:(?P<part>{parts}) ?)?(?:de |of )?(?P<month>{names})"
        rf"(?: (?:of |de |del |do )?(?:(?P<year>20\d\d)|(?P<next>{next_year})))?(?!\w)"
    )


@cache
def _weekday_pattern() -> re.Pattern[str]:
    names = _alternatives(lexicon("time")["weekdays"])
    follow = "que vem|que viene|da semana que vem|proxim[oa]|next week|de la semana que viene|week"
    dated = r"(?=,? (?:the |dia )?(?P<date>\d{1,2})(?:st|nd|rd|th)?(?![\w:/]|[.h]\d| ?(?:am|pm|hs?|hrs|horas)\b))?"
    ordinal = (
        "quincena|quinzena|semana|turma|parte|opcao|mano|via|vez"  # "segunda turma" is the second group, not a Monday
    )
    return re.compile(
        rf"(?<!\w)(?:(?P<pre>next) )?(?P<day>{names})(?P<habit>s)?(?!\w|{_WE_WOULD})"
        rf"(?P<count>(?=,? \d{{1,2}} (?!(?:am|pm|h|hs|hrs|horas|oclock)\b)))?{dated}"
        rf"(?P<next> (?:{follow}))?(?! (?:{ordinal}))"
    )


@cache
def _names(table: str) -> Mapping[str, str]:
    stored = lexicon("time")[table]
    if table == "seasons":
        return stored
    return {name: day for day, names in stored.items() for name in names}


@cache
def _name_pattern(table: str) -> re.Pattern[str]:
    next_year = "next year|(?:proximo )?ano que v(?:em|iene)|proximo ano"
    year = rf"(?: (?:of |de |del |do )?(?:(?P<year>20\d\d)|(?P<next>{next_year})))?"
    return re.compile(rf"(?<!\w)(?P<name>{_alternatives(_names(table))}){year}(?!\w)")


@cache
def _duration_pattern() -> re.Pattern[str]:
    time = lexicon("time")
    units = "|".join(word for words in time["units"].values() for word in words)
    small = _alternatives(time["small"])
    ahead, behind = _alternatives(time["ahead"]), "|".join(time["behind"])
    return re.compile(
        rf"(?<!\w)(?:(?P<ahead>{ahead}) +)?(?: (?:about|uns|unos|unas|a|the) *)?(?P<count> *\d+|{small}) *"
        rf"(?:(?:-|to|or|ou|o|a) *(?P<far>\d+) *)?(?P<unit>{units})(?!\w)(?: (?P<behind>{behind}))?"
    )


@cache
def _phrase_list(table: str) -> re.Pattern[str]:
    return compile_phrases(lexicon("time")[table])


@cache
def _fixed_patterns() -> tuple[tuple[int, re.Pattern[str]], ...]:
    return tuple(
        (int(days), compile_phrases(all_languages(words))) for days, words in lexicon("time")["phrases"].items()
    )
