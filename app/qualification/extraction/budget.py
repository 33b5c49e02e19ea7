"""The most that a lead would pay, told apart from bills, other people's prices and shock."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from app.qualification.extraction.horizons import Horizon
from app.qualification.extraction.money import Money, asked_period, money_in, resolve
from app.qualification.extraction.phrases import all_languages, compile_phrases, lexicon
from app.qualification.extraction.text import Text, read_text
from app.qualification.facts import Budget, Fact, FactName, Period

_CLAUSE = re.compile(r"[.!?;\n]+(?=\s|$)|[?!]{2,}|,(?=\s)|\b(?:but|mas|pero|tho|though|so|and then|then)\b|[()]| - ")
_ENOUGH = 1.0
_THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Purse:
    """What is known about money before a burst is read."""

    asked: bool
    agent_said: str
    hint: str | None
    country: str | None
    english: bool


def budget_in(text: Text, purse: Purse, moments: Sequence[Horizon]) -> Fact | None:
    """The budget of a burst: the last amount that the lead offers, has or allows."""
    best: tuple[float, Money] | None = None
    for money in money_in(text):
        if not money.marked and _overlaps(money, moments):
            continue
        score = _score(text.folded, money, asked=purse.asked)
        if score >= _ENOUGH and (best is None or score >= best[0] - 2):
            best = score, money
        if score >= _ENOUGH and _phrases("fix").search(_near(text.folded, money)):
            break
    return _fact(text, best[1], purse, best[0]) if best else None


def currency_named(text: Text, purse: Purse) -> str | None:
    """A currency that any amount in the text fixes, a bill as well as a budget."""
    codes = [
        resolve(money, purse.hint, purse.country, english=purse.english)
        for money in money_in(text)
        if money.currency or money.family
    ]
    return next((code for code in codes if code), None)


def is_unsure(text: Text) -> bool:
    """Whether the lead says that it does not know."""
    return _phrases("unsure").search(text.folded) is not None


def _fact(text: Text, money: Money, purse: Purse, score: float) -> Fact:
    period = money.period or _spoken_period(text, money) or _agreed_period(purse) or Period.ONCE
    currency = resolve(money, purse.hint, purse.country, english=purse.english)
    amount = money.amount * _left_out(money, purse)
    quote = text.quote(*text.sentence_at(money.start))
    return Fact(FactName.BUDGET, Budget(amount.normalize() + 0, currency, period), min(0.95, 0.55 + score / 10), quote)


def _spoken_period(text: Text, money: Money) -> Period | None:
    start, end = text.sentence_at(money.start)
    return asked_period(text.folded[money.end : end]) or asked_period(text.folded[start : money.start])


def _agreed_period(purse: Purse) -> Period | None:
    return asked_period(read_text(purse.agent_said).folded)


def _left_out(money: Money, purse: Purse) -> int:
    """1000 where the lead says "310" of a house that the agent offers at 298,000."""
    prices = [price.amount for price in money_in(read_text(purse.agent_said)) if price.marked]
    near = money.amount < _THOUSAND and any(
        0.3 < float(money.amount) * _THOUSAND / float(price) < 3 for price in prices if price
    )  # noqa: PLR2004
    return _THOUSAND if near and not money.currency and any(price >= 50 * money.amount for price in prices) else 1  # noqa: PLR2004


def _score(folded: str, money: Money, *, asked: bool) -> float:
    clause, tail = _clause(folded, money)
    score = 3.0 * bool(_phrases("most").search(clause)) + 2.0 * bool(_phrases("have").search(clause))
    score += 1.5 * asked + 1.0 * bool(_phrases("agree").search(clause)) + 0.8 * money.marked
    score -= 4.0 * bool(_phrases("theirs").search(clause))
    shocked = _phrases("shock").search(clause) or _phrases("shock").match(tail)
    score -= 3.0 * bool(shocked) * (not _phrases("most").search(clause))
    return score - 1.5 * (tail.startswith("?") and not asked and not _phrases("have").search(clause))


def _clause(folded: str, money: Money) -> tuple[str, str]:
    start = max((found.end() for found in _CLAUSE.finditer(folded, 0, money.start)), default=0)
    found = _CLAUSE.search(folded, money.end)
    end = found.start() if found else len(folded)
    return folded[start:end], folded[end : end + 30]


def _near(folded: str, money: Money) -> str:
    return folded[max(0, money.start - 24) : money.end + 16]


def _overlaps(money: Money, moments: Sequence[Horizon]) -> bool:
    return any(money.start < moment.end and moment.start < money.end for moment in moments)


@cache
def _phrases(section: str) -> re.Pattern[str]:
    words = all_languages(lexicon("budget")[section])
    return re.compile("|".join(words)) if section == "shock" else compile_phrases(words)
