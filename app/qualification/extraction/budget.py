"""The most that a lead would pay, told apart from bills, other people's prices and shock."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from app.qualification.extraction.horizons import Horizon
from app.qualification.extraction.money import Money, asked_period, by_country, money_in, resolve, shares
from app.qualification.extraction.phrases import all_languages, compile_phrases, lexicon
from app.qualification.extraction.questions import asked_in
from app.qualification.extraction.text import Text, fold, read_text
from app.qualification.facts import Budget, Fact, FactName, Period
from app.vocabulary import Language

_CLAUSE = re.compile(r"\n|[.!?;]+(?=\s|$)|[?!]{2,}|,(?=\s)|\b(?:but|mas|pero|tho|though|so|and then|then)\b|[()]| - ")
_UNLESS = re.compile(r"\b(?:unless|or|nao|not|no)\b[^.!?\n]*")
_UNLESS_PT = re.compile(r"\b(?:a nao ser|ou|nao)\b[^.!?\n]*")
"""In Portuguese "no" is no negation: "2.900 no ano"."""
_BEHIND = re.compile(r", (?:for |the |per |a |each |every |por |al |ao |cada |no |na |o |el )+\w+")
_PAYMENTS = re.compile(
    r"(?<![\w.,])(?P<count>\d{1,2}) ?(?P<named>x|vezes|veces|cuotas|pagos|parcelas|payments|instal\w+)?"
    r"(?: (?:iguais|iguales|equal))?"
    r" ?(?:de|of|d) (?:r\$|\$|£|€|us\$)? ?$"
)
_BY_PAYMENTS = re.compile(r"\d ?(?:x|vezes|veces|cuotas|pagos|parcelas|payments|instal)")
_MOST_PAYMENTS = 72
_INSTALMENT = re.compile(
    r"\b(?:parcelas?|parcelinhas?|prestac(?:ao|oes)|mensalidades?|mensualidad(?:es)?|cuotas?|emis?|instal\w+)"
    r"(?: (?:de|of|ate|hasta|up to|que|no maximo|maximo|caiba|em|en))* \W*$"
)
_NEAR = 32
"""Letters before an amount in which its number of payments stands."""
_COUNTS = re.compile(
    r"\b(?:how (?:many|old|big|long|far)|what age|quant[oa]s|cuant[oa]s|que edad|que idade|qual (?:a )?idade)\b"
)
"""The agent asks for a count or an age."""
_ENOUGH = 1.0
_PLAIN_CUE = 3.0
_CORRECTED = 5.0
_LESS_SURE, _AS_SURE = 2.5, 1.0
_OWN_LIMIT = re.compile(
    r"\b(?:(?:my|our|the|meu|minha|nosso|nossa|o|a|mi|nuestro|el) )(?:absolute |total |max |hard |top )?"
    r"(?:ceiling|limit|max|maximum|cap|budget|top|teto|limite|maximo|tope|orcamento|verba|presupuesto)"
    r" (?:\w+ )?(?:is|was|e|es|era|seria|would be|of|de|esta en) (?:only |about |around |like |de |uns |unos )?\W?\d"
)
_SMALL = 10
_THOUSAND = 1000
_FACTORS = (1, _THOUSAND, 1_000_000, 100_000)
_LEAST_OF_PRICE, _MOST_OF_PRICE = Decimal("0.25"), Decimal("2.5")


@dataclass(frozen=True, slots=True)
class Purse:
    """What is known about money before a burst is read; ``price`` is the last one that was named in the chat."""

    asked: bool
    agent_said: str
    hint: str | None
    country: str | None
    english: bool
    period: Period | None = None
    price: Decimal | None = None


def budget_in(text: Text, purse: Purse, moments: Sequence[Horizon]) -> Fact | None:
    """The budget of a burst: the last amount that the lead offers, has or allows."""
    best: tuple[float, Money] | None = None
    for money in _as_meant(text, purse):
        if not money.marked and _is_no_amount(text, money, moments, fold(purse.agent_said), asked=purse.asked):
            continue
        score = _score(text.folded, money, purse) + _continues(text, money, best)
        corrects = score >= _CORRECTED and _is_correction(text.folded, money)
        if score >= _ENOUGH and (best is None or corrects or _supersedes(money, score, best)):
            best = score, money
    return _fact(text, best[1], purse, best[0]) if best else None


def _as_meant(text: Text, purse: Purse) -> list[Money]:
    """The amounts with what their writer left out: "180 mil, máximo 200" and "10 de 320" (the agent offered 10x)."""
    meant: list[Money] = []
    for money in money_in(text):
        shared = meant[-1].scale if meant and not money.marked else Decimal(1)
        grows = shared > 1 and money.amount < shared and money.amount * shared >= meant[-1].amount
        together = text.sentence_at(money.start)[0] == text.sentence_at(meant[-1].start)[0] if meant else False
        meant.append(
            replace(money, amount=money.amount * shared, scale=shared, marked=True) if grows and together else money
        )
    prices = _prices(purse, meant)
    factors = [_left_out(money, prices) for money in meant]
    meant = [
        replace(money, amount=money.amount * factor, scale=max(money.scale, Decimal(factor)))
        for money, factor in zip(meant, factors, strict=True)
    ]
    return [_times_payments(text.folded, money, purse) for money in meant]


def _times_payments(folded: str, money: Money, purse: Purse) -> Money:
    """So many payments of so much are one sum, where the agent speaks of payments or the lead names them."""
    found = _PAYMENTS.search(folded, max(0, money.start - _NEAR), money.start)
    if found is None or not (found["named"] or _BY_PAYMENTS.search(read_text(purse.agent_said).folded)):
        return money
    count = int(found["count"])
    return replace(money, amount=money.amount * count, period=Period.ONCE) if 1 < count <= _MOST_PAYMENTS else money


def _supersedes(money: Money, score: float, best: tuple[float, Money]) -> bool:
    """Whether a later amount counts instead. What is less than the one before needs to be said as plainly; bare digits
    after real money need a plain cue of their own, or to go on from there.
    """
    known, before = best[0], best[1]
    goes_on = before.amount < money.amount < before.amount * 3
    if before.marked and not money.marked and not goes_on and score < _PLAIN_CUE:
        return False
    return score >= known - (_LESS_SURE if money.amount >= before.amount else _AS_SURE)


def _is_no_amount(text: Text, money: Money, moments: Sequence[Horizon], agent_said: str, *, asked: bool) -> bool:
    """Whether bare digits are rather a date or a count, or too small to be money unless they are the whole answer."""
    short = len(text.folded[slice(*text.sentence_at(money.start))].split()) <= 3
    if short and not asked and _COUNTS.search(agent_said):
        return True
    lonely = asked and short
    small = money.amount < _SMALL and not money.period and not lonely
    return small or any(money.start < moment.end and moment.start < money.end for moment in moments if not moment.bare)


def _continues(text: Text, money: Money, best: tuple[float, Money] | None) -> float:
    """A bonus for a higher amount in the sentence of an accepted one: "1500 now, by then maybe 1800"."""
    if best is None or not money.marked or money.amount < best[1].amount:
        return 0.0
    return float(text.sentence_at(money.start) == text.sentence_at(best[1].start))


def currency_named(text: Text, purse: Purse) -> str | None:
    """A currency that any amount in the text fixes, a bill as well as a budget, or the name that it shares."""
    amounts = money_in(text)
    local = by_country().get(purse.country or "")
    fitting = (
        next((code for code in (purse.hint, local) if shares(money.family, code)), None)
        for money in amounts
        if money.family and not money.currency
    )
    codes = [*(money.currency for money in amounts), *fitting, *(money.family for money in amounts)]
    return next((code for code in codes if code), None)


def is_unsure(text: Text) -> bool:
    """Whether the lead says that it does not know."""
    return _phrases("unsure").search(text.folded) is not None


def _fact(text: Text, money: Money, purse: Purse, score: float) -> Fact:
    period = money.period or _spoken_period(text, money) or _agreed_period(purse) or Period.ONCE
    currency = resolve(money, purse.hint, purse.country, english=purse.english)
    quote = text.quote(*text.sentence_at(money.start))
    return Fact(
        FactName.BUDGET, Budget(money.amount.normalize() + 0, currency, period), min(0.95, 0.55 + score / 10), quote
    )


def _spoken_period(text: Text, money: Money) -> Period | None:
    """How often, from the words beside the amount, else from a burst that speaks of one period alone."""
    clause, tail = _clause(text.folded, money)
    if _phrases("once").search(clause):
        return Period.ONCE
    if _INSTALMENT.search(text.folded[max(0, money.start - _NEAR) : money.start]):
        return Period.MONTH
    unless = _UNLESS_PT if text.language is Language.PT else _UNLESS
    beside = asked_period(unless.sub(" ", clause)) or _period_behind(tail)
    return beside or asked_period(unless.sub(" ", text.folded[: money.start]))


def _period_behind(tail: str) -> Period | None:
    """How often, said after a comma: "95k for the three, for the year"."""
    found = _BEHIND.match(tail)
    return asked_period(found.group()) if found else None


def _agreed_period(purse: Purse) -> Period | None:
    """How often the agent speaks of paying: beside its price, as in the chat so far, or anywhere in its words."""
    said = read_text(purse.agent_said)
    return period_named(said) or purse.period or asked_period(said.folded)


def _left_out(money: Money, prices: Sequence[Decimal]) -> int:
    """1000 where the lead says "310" of a house that the agent offers at 298,000, a million where "150" of millions."""
    if not _SMALL <= money.amount < _THOUSAND or money.scale > 1:
        return 1
    return next((factor for factor in _FACTORS for price in prices if _comes_near(money.amount * factor, price)), 1)


def _comes_near(amount: Decimal, price: Decimal) -> bool:
    return bool(price) and _LEAST_OF_PRICE < amount / price < _MOST_OF_PRICE


def _prices(purse: Purse, own: Sequence[Money]) -> list[Decimal]:
    """Prices to compare with: the agent's, those that the lead wrote with a mark, and the last one before."""
    return [*_told(purse), *(money.amount for money in own if money.marked)]


def _told(purse: Purse) -> list[Decimal]:
    """The agent's prices and the last one before."""
    told = [price.amount for price in money_in(read_text(purse.agent_said)) if price.marked]
    return [*told, purse.price] if purse.price else told


def _score(folded: str, money: Money, purse: Purse) -> float:
    clause, tail, before = _surroundings(folded, money)
    bill = _asks_bill_alone(purse.agent_said)
    asked = purse.asked and not bill
    ends = _phrases("no_more").match(tail.lstrip(" .,;!\n")) is not None
    limit, offer = ends or bool(_phrases("most").search(clause)), bool(_phrases("have").search(clause))
    score = 3.0 * limit + 2.0 * offer + 1.5 * asked + 0.8 * money.marked
    agrees = bool(_phrases("agree").search(clause) or _phrases("agree").search(before))
    score += 1.0 * agrees + 2.0 * (agrees and money.amount in _told(purse))
    score += 1.5 * bool(_phrases("affords").match(tail.lstrip(" .,;!\n")) or _phrases("affords").search(clause))
    score += 0.5 * bool(not (limit or offer) and _phrases("have").search(before))
    score += 1.0 * _is_counteroffer(money, purse)
    theirs = (bill and not limit) or (_phrases("theirs").search(clause) and not _OWN_LIMIT.search(clause))
    score += -4.0 if theirs else 5.0 * _is_correction(folded, money)
    shocked = _phrases("shock").search(clause) or _phrases("shock").match(tail)
    score -= 3.0 * bool(shocked and not limit)
    return score - 1.5 * (tail.startswith("?") and not asked and not offer)


def _is_counteroffer(money: Money, purse: Purse) -> bool:
    """Whether a price was named that the amount comes near without repeating it."""
    if money.scale > 1 and not money.marked:
        return False  # it would come near only by what its writer may have left out
    told = _told(purse)
    return any(_comes_near(money.amount, price) for price in told) and money.amount not in told


def _asks_bill_alone(agent_said: str) -> bool:
    """Whether the agent asks what is paid now, and not what would be."""
    said = read_text(agent_said).folded
    rest, found = _phrases("asks_bill").subn(" ", said)
    return found > 0 and FactName.BUDGET not in asked_in(rest)


def _surroundings(folded: str, money: Money) -> tuple[str, str, str]:
    """The clause of an amount, what follows it, and the words just before."""
    clause, tail = _clause(folded, money)
    start = max((found.end() for found in _CLAUSE.finditer(folded, 0, money.start)), default=0)
    return clause, tail, folded[max(0, start - 16) : start]


def _clause(folded: str, money: Money) -> tuple[str, str]:
    start = max((found.end() for found in _CLAUSE.finditer(folded, 0, money.start)), default=0)
    found = _CLAUSE.search(folded, money.end)
    end = found.start() if found else len(folded)
    return folded[start:end], folded[end : end + 30]


def _is_correction(folded: str, money: Money) -> bool:
    """Whether the amount takes an earlier one back: "sorry, 2300" or "2300 digo"."""
    before, after = folded[max(0, money.start - 20) : money.start], folded[money.end : money.end + 16]
    words = "|".join(lexicon("budget")["fix"])
    return bool(
        re.search(rf"(?<!\w)(?:{words})[ :,.!]*(?:it is |its |sao |son |e |es )?$", before)
        or re.match(rf" ?,? ?(?:{words})(?!\w)", after)
    )


@cache
def _phrases(section: str) -> re.Pattern[str]:
    words = all_languages(lexicon("budget")[section])
    return re.compile("|".join(words)) if section == "shock" else compile_phrases(words)


def period_named(text: Text) -> Period | None:
    """How often prices in a text are paid, when an amount is named with it; bills tell nothing."""
    prices = [money for money in money_in(text) if money.period and (money.marked or money.amount >= _SMALL)]
    own = [money.period for money in prices if not _phrases("theirs").search(_clause(text.folded, money)[0])]
    return own[-1] if own else None


def period_offered(text: Text) -> Period | None:
    """How often the agent's price is paid, said beside it or, where it names one, anywhere in its words."""
    priced = any(money.marked for money in money_in(text))
    return period_named(text) or (asked_period(text.folded) if priced else None)


def price_named(text: Text) -> Decimal | None:
    """The last amount in a text that is plainly money, whoever's it is."""
    return next((money.amount for money in reversed(money_in(text)) if money.marked), None)
