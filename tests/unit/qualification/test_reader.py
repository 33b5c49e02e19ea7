"""Reading whole bursts."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from app.qualification.extraction import Intent, ReadingContext, Signal, read
from app.qualification.facts import Budget, DecisionMaker, Fact, FactName, Timeline
from app.vocabulary import Language

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WORDS = [
    "not",
    "no",
    "nao",
    "2000",
    "R$",
    "$",
    "k",
    "mil",
    "janeiro",
    "may",
    "arroba",
    "@",
    "e",
    "y",
    "and",
    "half",
    "15/",
    "/",
    ".",
    ",",
    "??",
    "\n",
    "ñ",
    "İ",
    "ß",
    "ﬁ",
    "½",
    "🤷‍♀️",
    "in",
    "call me",
    "stop",
    "\u202e",
    "20 de",
]


@given(st.lists(st.text(max_size=60), max_size=4), st.text(max_size=40))
@settings(max_examples=150, deadline=None)
def test_no_text_makes_the_reader_fail(burst, said):
    read(burst, ReadingContext(agent_said=said, business=said), NOW)


@given(st.lists(st.sampled_from(WORDS), max_size=14), st.sampled_from(list(Language)))
@settings(max_examples=250, deadline=None)
def test_no_heap_of_the_grammars_own_words_makes_it_fail(words, language):
    reading = read([" ".join(words)], ReadingContext(language=language, asked=frozenset(FactName)), NOW)

    assert all(0 <= fact.confidence <= 1 for fact in reading.facts)


def test_several_facts_are_read_from_one_burst():
    burst = ["hi, I'm Tess Moran from Galway", "looking for solar panels, up to 9 grand, tess@example.com"]

    reading = read(burst, ReadingContext(business="solar panels for homes"), NOW)

    values = {fact.name: fact.value for fact in reading.facts}
    assert values[FactName.NAME] == "Tess Moran"
    assert values[FactName.CITY] == "Galway"
    assert values[FactName.EMAIL] == "tess@example.com"
    assert str(values[FactName.INTEREST]).startswith("solar panels")
    budget = values[FactName.BUDGET]
    assert isinstance(budget, Budget)
    assert (budget.amount, budget.currency) == (9000, "EUR")


def test_a_bare_number_is_a_budget_after_the_question():
    assert read(["2000"], ReadingContext(asked=frozenset({FactName.BUDGET})), NOW).fact(FactName.BUDGET)


def test_a_bare_number_is_nothing_without_the_question():
    assert read(["2000"], ReadingContext(), NOW).fact(FactName.BUDGET) is None


def test_every_fact_quotes_the_leads_own_words():
    burst = ["I live in Leeds and could pay £50 a month", "we decide together"]

    reading = read(burst, ReadingContext(business="gym"), NOW)

    assert reading.facts
    assert all(any(fact.quote.strip() in message for message in burst) for fact in reading.facts)


def test_a_currency_that_comes_later_completes_the_budget():
    first = read(["uns 9 mil pesos"], ReadingContext(language=Language.ES, asked=frozenset({FactName.BUDGET})), NOW)
    known = {fact.name: fact for fact in first.facts}

    later = read(["vivo en Monterrey"], ReadingContext(language=Language.ES, known=known), NOW)

    budget = later.fact(FactName.BUDGET)
    assert budget is not None
    assert isinstance(budget.value, Budget)
    assert budget.value.currency == "MXN"


def test_yes_means_what_the_question_asked():
    alone = read(["yes"], ReadingContext(agent_said="Is the decision yours alone?"), NOW)
    together = read(["yes"], ReadingContext(agent_said="Does anyone else decide with you?"), NOW)

    assert _decider(alone) is DecisionMaker.SELF
    assert _decider(together) is DecisionMaker.SHARED


def _decider(reading):
    fact = reading.fact(FactName.DECISION_MAKER)
    return fact.value if fact else None


def test_a_date_that_is_ruled_out_is_not_taken():
    reading = read(["not before christmas, january maybe"], ReadingContext(asked=frozenset({FactName.TIMELINE})), NOW)

    timeline = reading.fact(FactName.TIMELINE)
    assert timeline is not None
    assert timeline.value is Timeline.DAYS_90


def test_evading_counts_only_when_something_was_asked():
    assert Signal.EVASIVE in read(["rather not say"], ReadingContext(agent_said="What's your name?"), NOW).signals
    assert Signal.EVASIVE not in read(["rather not say"], ReadingContext(), NOW).signals


def test_a_vendor_gives_no_facts_of_a_sale():
    reading = read(["I run an SEO agency, our package is $299 a month"], ReadingContext(business="gym"), NOW)

    assert Signal.VENDOR in reading.signals
    assert reading.fact(FactName.BUDGET) is None


def test_a_burst_without_text_is_unreadable():
    assert read([], ReadingContext(), NOW).unreadable
    assert read(["  "], ReadingContext(), NOW).unreadable


def test_questions_are_kept_in_the_leads_own_words():
    assert read(["Hi. Is there parking?"], ReadingContext(), NOW).questions == ("Is there parking?",)


def test_greetings_are_small_talk():
    assert read(["good morning!"], ReadingContext(), NOW).intents == {Intent.SMALL_TALK}


def test_the_locked_fact_is_context_too():
    city = Fact(FactName.CITY, "Auckland", 1.0, "", locked_by="Ana")

    reading = read(["$189 max"], ReadingContext(known={FactName.CITY: city}), NOW)

    assert reading.currency == "NZD"
