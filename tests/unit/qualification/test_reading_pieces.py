"""The small parts of the grammar, each by example."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.qualification.extraction.horizons import bucket, horizons
from app.qualification.extraction.language import abbreviations, detect
from app.qualification.extraction.money import money_in
from app.qualification.extraction.numbers import numbers
from app.qualification.extraction.places import country_of, is_city, title
from app.qualification.extraction.questions import asked_in
from app.qualification.extraction.text import fold, read_text
from app.qualification.facts import FactName, Period, Timeline
from app.vocabulary import Language

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("7.000,00", 7000),
        ("1,200", 1200),
        ("4,2 mil", 4200),
        ("22k", 22000),
        ("two and a half grand", 2500),
        ("mil e duzentos", 1200),
        ("dos millones y medio", 2500000),
        ("2 millones 450", 2450000),
        ("duzentos e cinquenta", 250),
        ("5 lakhs", 500000),
        ("a hundred", 100),
        ("3 mil 500", 3500),
    ],
)
def test_numbers_in_digits_and_words(written, value):
    assert [number.value for number in numbers(written)] == [Decimal(value)]


def test_a_phone_number_is_no_quantity():
    assert numbers("call 15550100123456") == []


@pytest.mark.parametrize(
    ("written", "amount", "currency", "period"),
    [
        ("R$ 3 mil por mes", 3000, "BRL", Period.MONTH),
        ("£19,000", 19000, "GBP", None),
        ("N350k", 350000, "NGN", None),
        ("R1100 pm", 1100, "ZAR", Period.MONTH),
        ("$120 a month aud", 120, "AUD", Period.MONTH),
        ("600 to 750 a month, pounds", 750, "GBP", Period.MONTH),
        ("entre 1.000 y 1.500 euros", 1500, "EUR", None),
        ("50 quid", 50, "GBP", None),
        ("S/ 250 mensuales", 250, "PEN", Period.MONTH),
        ("tope 2.8 mdp", 2800000, "MXN", None),
    ],
)
def test_money_with_its_currency_and_period(written, amount, currency, period):
    (money,) = money_in(read_text(written))

    assert (money.amount, money.currency, money.period) == (Decimal(amount), currency, period)


@pytest.mark.parametrize(
    "written", ["2019 polo", "4 bedrooms", "at 17:30", "3 people", "10 min", "2nd year", "34 anos"]
)
def test_counts_and_times_are_no_money(written):
    assert money_in(read_text(written)) == []


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("tomorrow", 1),
        ("1 december", 8),
        ("5/12", 12),
        ("15 de janeiro", 53),
        ("mid march", 112),
        ("in three weeks", 21),
        ("daqui a uns 20 dias", 20),
        ("friday", 4),
        ("next friday", 11),
        ("april 2027", 129),
        ("el proximo mes", 24),
        ("february half term, so around the 15th", 70),
        ("2 weeks ago", -14),
    ],
)
def test_moments_are_counted_in_days_from_now(written, days):
    assert horizons(written, NOW)[0].days == days


@pytest.mark.parametrize("written", ["31/02", "99/99", "29 february 2027"])
def test_days_that_do_not_exist_are_left_out(written):
    assert all(horizon.days != 0 for horizon in horizons(written, NOW))


@pytest.mark.parametrize(
    ("days", "name"),
    [
        (0, Timeline.NOW),
        (7, Timeline.NOW),
        (8, Timeline.DAYS_30),
        (31, Timeline.DAYS_90),
        (180, Timeline.DAYS_180),
        (181, Timeline.LATER),
    ],
)
def test_days_become_the_words_of_the_rubric(days, name):
    assert bucket(days) is name


@pytest.mark.parametrize(
    ("written", "language"),
    [
        ("hello, how much is it?", Language.EN),
        ("oi, quanto custa?", Language.PT),
        ("hola, ¿cuánto cuesta?", Language.ES),
        ("não quero", Language.PT),
        ("👍", None),
    ],
)
def test_the_language_is_that_of_the_words(written, language):
    assert detect(written) is language


def test_one_borrowed_word_does_not_change_the_language_of_a_chat():
    assert detect("ok gracias", Language.EN) is Language.EN


def test_a_word_that_all_languages_share_tells_none():
    assert detect("info?") is None
    assert detect("info?", guess=Language.EN) is Language.EN


def test_a_chat_follows_a_lead_who_changes_the_language():
    assert detect("prefiero que hablemos en español, por favor, ¿se puede?", Language.EN) is Language.ES


def test_abbreviations_are_written_out_and_quotes_stay_the_leads_own():
    text = read_text("Qto custa p/ vc?", abbreviations(Language.PT))

    assert "quanto custa" in text.folded
    assert text.quote(0, len("quanto")) == "Qto"


def test_addresses_are_never_written_out():
    assert "u@u.com" in read_text("u@u.com", abbreviations(Language.EN)).folded


def test_folding_takes_accents_capitals_and_apostrophes_away():
    assert fold("It's São Łódź") == "its sao lodz"


@pytest.mark.parametrize(
    ("city", "language", "country"),
    [
        ("Lagos", Language.EN, "NG"),
        ("Sevilla", Language.ES, "ES"),
        ("Córdoba", Language.ES, "AR"),
        ("Nowhereville", None, None),
    ],
)
def test_a_town_tells_the_country(city, language, country):
    assert country_of(city, language) == country


def test_towns_are_known_without_accents_and_written_with_small_words_small():
    assert is_city("sao paulo")
    assert title("RIO DE JANEIRO") == "Rio de Janeiro"
    assert title("stoke-on-trent") == "Stoke-on-Trent"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("What name and email should I put?", FactName.EMAIL),
        ("¿Hasta cuánto pensabas invertir?", FactName.BUDGET),
        ("Com quem eu falo?", FactName.NAME),
        ("Who signs it off?", FactName.DECISION_MAKER),
        ("When could you begin?", FactName.TIMELINE),
        ("De qual cidade você fala?", FactName.CITY),
        ("Which course are you after?", FactName.INTEREST),
    ],
)
def test_a_question_shows_what_it_asks_for(said, name):
    assert name in asked_in(said)


def test_a_statement_asks_for_nothing():
    assert asked_in("Our city is lovely. The budget is yours.") == frozenset()
