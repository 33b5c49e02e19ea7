"""Reading a burst of a lead's messages as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from app.qualification.extraction import places
from app.qualification.extraction.budget import (
    Purse,
    budget_in,
    currency_named,
    is_unsure,
    period_named,
    period_offered,
    price_named,
)
from app.qualification.extraction.decision import decider_in
from app.qualification.extraction.horizons import horizons
from app.qualification.extraction.identity import email_in, name_in
from app.qualification.extraction.interest import interest_in
from app.qualification.extraction.language import abbreviations, detect
from app.qualification.extraction.money import by_country, money_in, shares
from app.qualification.extraction.phrases import compile_phrases, lexicon
from app.qualification.extraction.proposals import pointed_at, proposed, taken
from app.qualification.extraction.questions import asked_in, asks_openly, is_question
from app.qualification.extraction.reading import Intent, Reading, ReadingContext, Signal
from app.qualification.extraction.signals import intents_in, opts_out, opts_out_plainly, questions_in, signals_in
from app.qualification.extraction.text import Text, fold, read_text
from app.qualification.extraction.timeline import refuses_for_good, timeline_in
from app.qualification.facts import Budget, Fact, FactName
from app.vocabulary import Language

_ADVERTISERS = frozenset({Signal.SPAM, Signal.VENDOR, Signal.ASKS_MONEY})
_DECLINES = re.compile(r"\W*(?:no|nao|nope|nah|none|i (?:do not|dont) have|no tengo|nao tenho|sem)\b")
_SURE = 0.8
_GUESSED = 0.7
"""Below it stands what a word was taken for because something had been asked: "tanto faz" is no town."""
_CLOSED = frozenset({Signal.REFUSES, Signal.ABUSE})


def read(burst: Sequence[str], context: ReadingContext, now: datetime) -> Reading:
    """What a burst of messages says, read with what stood before it. Never raises on any text."""
    raw = "\n".join(message for message in burst if message.strip())
    language = detect(raw, context.language, guess=detect(context.agent_said))
    text = read_text(raw, abbreviations(language or Language.EN), language)
    asked = context.asked or asked_in(context.agent_said)
    signals = signals_in(text, context.agent_said, language)
    found = {fact.name: fact for fact in _facts(text, context, asked, language, now)}
    found |= _taken_back(text, context, found, language, now)
    facts = _sensible(text, found, signals)
    currency = _hint(text, context, facts, language)
    facts = _with_currency(facts, context, currency)
    if not _dodges(context.agent_said, asked, facts):
        signals -= {Signal.EVASIVE}
    no = Signal.EVASIVE in signals or is_unsure(text) or _DECLINES.match(text.folded) is not None
    withheld = asked - facts.keys() if no else frozenset[FactName]()
    return Reading(
        facts=tuple(facts.values()),
        intents=intents_in(text, context.agent_said, answers=bool(facts), abusive=Signal.ABUSE in signals),
        signals=signals,
        refused=withheld,
        language=language,
        currency=currency,
        period=period_named(text) or period_offered(read_text(context.agent_said)),
        price=price_named(text) or price_named(read_text(context.agent_said)),
        corrected=_corrects(text),
        questions=questions_in(text),
        unreadable=not raw,
    )


def plainly_opts_out(burst: Sequence[str], language: Language | None) -> bool:
    """Whether a burst asks to be left alone in words that cannot be meant otherwise."""
    raw = "\n".join(message for message in burst if message.strip())
    return opts_out_plainly(read_text(raw, abbreviations(language or Language.EN), language))


def _facts(
    text: Text, context: ReadingContext, asked: frozenset[FactName], language: Language | None, now: datetime
) -> Iterator[Fact]:
    email = email_in(text.raw)
    city = places.city_in(text, context.agent_said, asked=FactName.CITY in asked, travels=_travels(context.business))
    name = name_in(
        text,
        asked=FactName.NAME in asked,
        city=str(city.value) if city else None,
        email=str(email.value) if email else None,
        language=language,
        town_asked=FactName.CITY in asked and FactName.NAME not in asked,
    )
    purse = _purse(context, asked, city or context.known.get(FactName.CITY), language)
    moments = horizons(text.folded, now)
    interest = interest_in(
        text,
        context.business,
        asked=FactName.INTEREST not in context.known
        and (FactName.INTEREST in asked or asks_openly(context.agent_said)),
        known=FactName.INTEREST in context.known,
        name=str(name.value) if name else None,
    )
    budget = budget_in(text, purse, moments)
    timeline = _moment(text, context, asked, now)
    decider = decider_in(text, context.agent_said, asked=FactName.DECISION_MAKER in asked)
    yield from (fact for fact in (email, city, name, interest, budget, timeline, decider) if fact is not None)


def _moment(text: Text, context: ReadingContext, asked: frozenset[FactName], now: datetime) -> Fact | None:
    """When the lead would start: what was proposed and is taken, or a moment of the lead's own."""
    when = FactName.TIMELINE in asked
    offers = proposed(context.agent_said, now)
    own = timeline_in(text, now, asked=when or any(offer.last for offer in offers))
    unknown = when or FactName.TIMELINE not in context.known
    if offers and unknown and (own is None or pointed_at(text, context.agent_said, now)):
        own = taken(text, context.agent_said, now) or own
    return own or refuses_for_good(text, context.agent_said)


def _taken_back(
    text: Text, context: ReadingContext, found: Mapping[FactName, Fact], language: Language | None, now: datetime
) -> dict[FactName, Fact]:
    """Facts said again behind a correction in the same burst: "Chicago" and then "sorry, I meant Austin"."""
    cues = [cue.end() for cue in _correction().finditer(text.folded) if cue.start() > 0]
    if not cues or cues[-1] >= len(text.starts):
        return {}
    tail = text.raw[text.starts[cues[-1]] :].lstrip(" :,.-!")
    rest = read_text(tail, abbreviations(language or Language.EN), language)
    again = _facts(rest, context, frozenset(found), language, now)
    return {fact.name: fact for fact in again if fact.name in found and fact.name is not FactName.INTEREST}


@cache
def _correction() -> re.Pattern[str]:
    return compile_phrases(lexicon("budget")["fix"])


def _purse(context: ReadingContext, asked: frozenset[FactName], city: Fact | None, language: Language | None) -> Purse:
    country = places.country_of(str(city.value), language) if city else None
    english = language is Language.EN
    hint = _spoken_currency(context, country, english=english) or context.currency
    return Purse(FactName.BUDGET in asked, context.agent_said, hint, country, english, context.period, context.price)


def _spoken_currency(context: ReadingContext, country: str | None, *, english: bool) -> str | None:
    purse = Purse(asked=False, agent_said="", hint=context.currency, country=country, english=english)
    return currency_named(read_text(context.agent_said), purse)


def _hint(text: Text, context: ReadingContext, facts: Mapping[FactName, Fact], language: Language | None) -> str | None:
    """The currency that the chat speaks of after this burst, or a name that several share, such as "dollar"."""
    city = facts.get(FactName.CITY) or context.known.get(FactName.CITY)
    purse = _purse(context, frozenset(), city, language)
    named, local = currency_named(text, purse), by_country().get(purse.country or "")
    codes = [each for each in (named, purse.hint, context.currency) if each]
    fixed = next((each for each in codes if each.isupper()), None)
    return fixed or local or next(iter(codes), None)


def _with_currency(facts: dict[FactName, Fact], context: ReadingContext, currency: str | None) -> dict[FactName, Fact]:
    """The same facts, a budget without a currency completed once something names it, one that was guessed put right."""
    budget = facts.get(FactName.BUDGET) or context.known.get(FactName.BUDGET)
    if budget is None or not isinstance(budget.value, Budget) or currency is None or not currency.isupper():
        return facts
    guessed = shares(context.currency, budget.value.currency) and shares(context.currency, currency)
    if budget.locked_by or (budget.value.currency and not (guessed and FactName.BUDGET not in facts)):
        return facts
    return facts | {FactName.BUDGET: replace(budget, value=replace(budget.value, currency=currency))}


def _sensible(text: Text, found: dict[FactName, Fact], signals: frozenset[Signal]) -> dict[FactName, Fact]:
    """Facts without those that an advertiser's or an angry person's words only look like."""
    if signals & _CLOSED:
        return {name: fact for name, fact in found.items() if name in {FactName.EMAIL, FactName.TIMELINE}}
    name = found.get(FactName.NAME)
    if Signal.EVASIVE in signals:
        if name is not None and str(name.value) not in text.raw:
            found = {key: fact for key, fact in found.items() if key is not FactName.NAME}
        found = {key: fact for key, fact in found.items() if fact.confidence >= _GUESSED}
    if Signal.NO_PLANS in signals or opts_out(text):
        found = {name: fact for name, fact in found.items() if name is not FactName.INTEREST}
    if signals & _ADVERTISERS:
        found = {name: fact for name, fact in found.items() if fact.confidence >= _SURE}
        return {name: fact for name, fact in found.items() if name in {FactName.NAME, FactName.EMAIL}}
    return found


def _dodges(agent_said: str, asked: frozenset[FactName], facts: Mapping[FactName, Fact]) -> bool:
    """Whether words that evade do so: something was asked, and nothing of it answered."""
    return is_question(agent_said) and not asked & facts.keys()


def _corrects(text: Text) -> bool:
    return _correction().search(text.folded) is not None


def _travels(business: str) -> bool:
    words = set(fold(business).split())
    return bool(
        words
        & {
            "travel",
            "trips",
            "viagens",
            "viagem",
            "viajes",
            "intercambio",
            "tourism",
            "turismo",
            "tours",
            "immigration",
            "visas",
            "imigracao",
            "inmigracion",
            "safari",
            "cruises",
        }
    )


__all__ = ["Intent", "Reading", "ReadingContext", "Signal", "money_in", "read"]
