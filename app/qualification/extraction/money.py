"""Amounts of money in a text: how much, in which currency as far as the words tell, and how often."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from app.qualification.extraction.numbers import Number, numbers
from app.qualification.extraction.phrases import all_languages, compile_phrases, lexicon
from app.qualification.extraction.text import Text
from app.qualification.facts import Period

_CLOCK = frozenset(Decimal(hour) for hour in range(13))
_SMALLEST_IN_WORDS = 20
_YEARS = range(1950, 2051)
_MONEY_LEAD = re.compile(
    r"(?<!\w)(?:por|for|ate|hasta|max|maximo|up to|under|over|pay|pago|spend|have|got|tenho|tengo|uns|unos|about|"
    r"around|budget|offer|do|ok|fine|afford|aside|saved|separei|guardado|teto|tope|limite|limit|is|e|es) $"
)
_RANGE = re.compile(r" ?(?:-|to|or|ou|o|a|y|e|and|ate|hasta|till|,) ?")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a text. ``currency`` is a code where the words fix it, ``family`` a name that several currencies
    share ("dollar", "peso"); ``marked`` says that something besides the digits shows that this is money.
    """

    amount: Decimal
    start: int
    end: int
    currency: str | None = None
    family: str | None = None
    period: Period | None = None
    marked: bool = False
    scale: Decimal = Decimal(1)
    worded: bool = False


def money_in(text: Text) -> list[Money]:
    """Amounts in the order of the text, the upper end alone of a range. Counts, dates and phones are left out."""
    read = [money for number in numbers(text.folded) if (money := _money(text.folded, number)) is not None]
    merged: list[Money] = []
    for money in read:
        if merged and _is_range(text.folded, merged[-1], money):
            merged[-1] = _upper(merged[-1], money)
        else:
            merged.append(money)
    return merged


def resolve(money: Money, hint: str | None, country: str | None, *, english: bool) -> str | None:
    """The currency of an amount: what its words fix, else what the chat hinted at, else that of the lead's city.

    A hint is a code, or a name that several currencies share.
    """
    if money.currency:
        return money.currency
    local, families = by_country().get(country or ""), lexicon("money")["families"]
    family = money.family or (hint if hint in families else None)
    if family is None:
        return hint or local
    usual = family == "dollar" or (english and family == "sign")
    return next((code for code in (hint, local) if code in families[family]), "USD" if usual else None)


def shares(family: str | None, code: str | None) -> bool:
    """Whether a name such as "dollar" may mean the currency."""
    return code in lexicon("money")["families"].get(family, ())


@cache
def by_country() -> Mapping[str, str]:
    """Currency by country code."""
    return lexicon("money")["by_country"]


def asked_period(agent_said: str) -> Period | None:
    """How often the agent spoke of paying, None when it did not say."""
    if _phrases("asked_month").search(agent_said):
        return Period.MONTH
    return Period.YEAR if _phrases("asked_year").search(agent_said) else None


def _money(folded: str, number: Number) -> Money | None:
    currency, family, start, end = _currency(folded, number)
    period, period_end = (
        _period(folded, end) if (currency or family or number.scaled or number.value not in _CLOCK) else (None, end)
    )
    marked = bool(currency or family or number.scaled)
    if not marked and not _could_be_money(folded, number, period):
        return None
    if number.scaled and not (currency or family or period) and _counted(folded, end):
        return None
    if period and not currency and (late := _after_pattern().match(folded, period_end)):
        currency, family = _name(late["name"])
        family = family if currency is None else None
        period_end, marked = late.end(), True
    scale = number.last_scale if number.scaled else Decimal(1)
    return Money(number.value, start, max(end, period_end), currency, family, period, marked, scale, number.worded)


def _currency(folded: str, number: Number) -> tuple[str | None, str | None, int, int]:
    """Currency, shared name, and the span with them."""
    letter = lexicon("money")["letters"].get(number.letter)
    if letter and number.value >= 100:
        return letter, None, number.start, number.end
    before = _before_pattern().search(folded, max(0, number.start - 16), number.start)
    after = _after_pattern().match(folded, number.end)
    found = [match for match in (after, before) if match is not None]
    names = [_name(match.group("name")) for match in found]
    names += [_name(written) for written in (number.letter, number.scale) if written and not letter]
    currency = next((code for code, _ in names if code), None)
    family = next((shared for _, shared in names if shared), None)
    start = before.start() if before else number.start
    return currency, family, start, after.end() if after else number.end


def _name(written: str) -> tuple[str | None, str | None]:
    written = written.strip()
    for code, pattern in _currency_patterns():
        if pattern.fullmatch(written):
            return (code, None) if code.isupper() else (None, code)
    return None, None


def _period(folded: str, end: int) -> tuple[Period | None, int]:
    for period in (Period.MONTH, Period.YEAR):
        found = _period_pattern(period).match(folded, end)
        if found:
            return period, found.end()
    return None, end


def _could_be_money(folded: str, number: Number, period: Period | None) -> bool:
    whole_year = number.value % 100 != 0 and number.value == int(number.value) and int(number.value) in _YEARS
    if period and not whole_year:
        return True
    return not (
        (number.worded and number.value < _SMALLEST_IN_WORDS)
        or _counted(folded, number.end)
        or _before_other().search(folded, max(0, number.start - 14), number.start)
        or _is_clock_or_date(folded, number)
        or (whole_year and len(folded.split()) > 1 and not _MONEY_LEAD.search(folded, 0, number.start))
    )


def _counted(folded: str, end: int) -> bool:
    return _after_other().match(folded, end) is not None


def _is_clock_or_date(folded: str, number: Number) -> bool:
    around = folded[max(0, number.start - 1) : number.start], folded[number.end : number.end + 2]
    return around[0] in {"/", ":", "-", "#", "+"} or bool(re.match(r"[:/h]\d?|-\d|(?:st|nd|rd|th)\b", around[1]))


def _is_range(folded: str, left: Money, right: Money) -> bool:
    return bool(_RANGE.fullmatch(folded[left.end : right.start])) and right.amount >= left.amount


def _upper(left: Money, right: Money) -> Money:
    return replace(
        right, start=left.start, currency=right.currency or left.currency, family=right.family or left.family
    )


def _currency_words() -> Iterable[tuple[str, list[str]]]:
    yield from lexicon("money")["currencies"].items()
    yield from lexicon("money")["open_names"].items()


@cache
def _currency_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((code, re.compile("|".join(words))) for code, words in _currency_words())


def _any_currency() -> str:
    words = sorted((word for _, words in _currency_words() for word in words), key=len, reverse=True)
    return "|".join(words)


@cache
def _before_pattern() -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z])(?P<name>{_any_currency()}) ?:? ?$")


@cache
def _after_pattern() -> re.Pattern[str]:
    return re.compile(rf"(?:, )?(?: ?de)? ?(?P<name>{_any_currency()})(?![a-z$])")


@cache
def _period_pattern(period: Period) -> re.Pattern[str]:
    words = "|".join(all_languages(lexicon("money")["period"][period.value])).replace(" ", r" +")
    return re.compile(rf"(?: ?(?:rolling|max|tops|maximo|no maximo|maybe|ish|ou menos|total))?,? ?(?:{words})(?!\w)")


@cache
def _phrases(section: str) -> re.Pattern[str]:
    return compile_phrases(all_languages(lexicon("money")[section]))


@cache
def _after_other() -> re.Pattern[str]:
    words = "|".join(lexicon("money")["not_money_after"])
    things = "|".join(lexicon("money")["counted_things"])
    # "35 contact hours", but neither "250 per hour" nor "40 the hour"
    described = (
        rf" (?!(?:a|an|per|por|al?|ao|the|in|for|and|or|e|y|o|u|de|max|tops|cada|each|every)\b)[a-z]+ (?:{things})"
    )
    return re.compile(rf"(?:(?:-\d+)? ?-?(?:{words})|{described})(?!\w)|º|ª|°")


@cache
def _before_other() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(lexicon('money')['not_money_before'])}) $|[@#]$")
