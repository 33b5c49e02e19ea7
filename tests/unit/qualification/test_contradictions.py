"""Two answers that cannot both be true: the lead is asked once which of them holds."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.qualification.dialogue import Progress, Step, next_step
from app.qualification.extraction import Signal
from app.qualification.extraction.reading import Intent, Reading
from app.qualification.facts import Budget, DecisionMaker, Fact, FactName, Period, Timeline, display
from app.qualification.playbook import load_playbook
from app.vocabulary import Language, Outcome
from tests.unit.qualification.test_dialogue import NOW, SCHOOL, Chat


def fact(name: FactName, value: object, confidence: float = 0.95, locked_by: str | None = None) -> Fact:
    return Fact(name, value, confidence, str(value), locked_by)  # type: ignore[arg-type]


def money(amount: int, currency: str | None = "BRL") -> Budget:
    return Budget(Decimal(amount), currency, Period.MONTH)


def after(known: Fact, said: Fact, *, corrected: bool = False, **kept: object) -> Step:
    """The step of a lead of whom ``known`` is known and who says ``said``."""
    progress = Progress(facts={known.name: known}, greeted=True, language=Language.EN, **kept)  # type: ignore[arg-type]
    return next_step(progress, Reading(facts=(said,), corrected=corrected), SCHOOL, NOW)


async def test_the_lead_is_asked_which_of_two_cities_it_is_and_the_answer_counts():
    chat = Chat()
    await chat.say("oi, quero um curso de inglês, moro em Lisboa")

    doubt = await chat.say("moro em Porto Alegre")
    assert "a sua cidade: Lisboa ou Porto Alegre?" in (doubt.reply or "")
    assert (doubt.reply or "").count("?") == 1
    assert doubt.asks is None
    assert chat.progress.signals[Signal.CONTRADICTION] == 1

    settled = await chat.say("Porto Alegre")
    assert chat.progress.facts[FactName.CITY].value == "Porto Alegre"
    assert settled.asks is not None


async def test_the_first_answer_may_be_the_right_one():
    chat = Chat()
    await chat.say("oi, quero um curso de inglês, posso pagar 900 reais por mês")
    doubt = await chat.say("meu orçamento é 250 reais")
    assert "o seu orçamento: BRL 900 por mês ou BRL 250 por mês?" in (doubt.reply or "")

    await chat.say("900 mesmo")

    assert display(chat.progress.facts[FactName.BUDGET].value, Language.PT) == "BRL 900 por mês"


async def test_an_explicit_correction_replaces_without_a_question():
    chat = Chat()
    await chat.say("hi, english course, I live in Leeds")

    step = await chat.say("sorry, I meant I live in York")

    assert chat.progress.facts[FactName.CITY].value == "York"
    assert step.asks is not None
    assert Signal.CONTRADICTION not in chat.progress.signals


async def test_of_one_fact_the_question_comes_once():
    chat = Chat()
    for city in ("Lisboa", "Porto Alegre", "whatever", "Salvador", "Recife"):
        await chat.say(f"moro em {city}" if city != "whatever" else "tanto faz")

    asked = [line.text for line in chat.history if line.author == "agent" and "Só para confirmar" in line.text]

    assert len(asked) == 1


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (fact(FactName.BUDGET, money(1000)), fact(FactName.BUDGET, money(900))),
        (fact(FactName.BUDGET, money(1000)), fact(FactName.BUDGET, money(1500))),
        (fact(FactName.BUDGET, money(1000)), fact(FactName.BUDGET, money(1000, None))),
        (fact(FactName.CITY, "São Paulo"), fact(FactName.CITY, "Sao Paulo, SP")),
        (fact(FactName.CITY, "Lisboa"), fact(FactName.CITY, "Lisbon")),
        (fact(FactName.CITY, "Lages", 0.8), fact(FactName.CITY, "Joinville")),
        (fact(FactName.NAME, "Ana"), fact(FactName.NAME, "Ana Lima")),
        (fact(FactName.INTEREST, "english"), fact(FactName.INTEREST, "spanish")),
        (fact(FactName.EMAIL, "a@example.com"), fact(FactName.EMAIL, "b@example.com")),
        (fact(FactName.TIMELINE, Timeline.LATER), fact(FactName.TIMELINE, Timeline.NOW)),
        (fact(FactName.TIMELINE, Timeline.NOW), fact(FactName.TIMELINE, Timeline.DAYS_30)),
    ],
)
def test_haggling_and_putting_it_more_exactly_contradict_nothing(known: Fact, said: Fact):
    step = after(known, said)

    assert "Just to be sure" not in (step.reply or "")
    assert Signal.CONTRADICTION not in step.progress.signals


@pytest.mark.parametrize(
    ("known", "said", "words"),
    [
        (fact(FactName.BUDGET, money(900)), fact(FactName.BUDGET, money(250)), "BRL 900 a month or BRL 250 a month?"),
        (
            fact(FactName.BUDGET, money(900)),
            fact(FactName.BUDGET, money(4000)),
            "BRL 900 a month or BRL 4,000 a month?",
        ),
        (fact(FactName.CITY, "Porto"), fact(FactName.CITY, "Porto Alegre"), "your city: Porto or Porto Alegre?"),
        (
            fact(FactName.TIMELINE, Timeline.NOW),
            fact(FactName.TIMELINE, Timeline.LATER),
            "when you would like to start: this week or some day later?",
        ),
        (
            fact(FactName.DECISION_MAKER, DecisionMaker.SELF),
            fact(FactName.DECISION_MAKER, DecisionMaker.OTHER),
            "who decides: you alone or somebody else?",
        ),
    ],
)
def test_what_cannot_both_be_true_is_asked(known: Fact, said: Fact, words: str):
    step = after(known, said)

    assert words in (step.reply or "")
    assert step.progress.signals[Signal.CONTRADICTION] == 1
    assert step.progress.asked == {}, "it is no further question of the playbook"


def test_a_question_of_the_lead_is_answered_before_which_of_the_two():
    known, said = fact(FactName.CITY, "Leeds"), fact(FactName.CITY, "York")
    progress = Progress(facts={FactName.CITY: known}, greeted=True, language=Language.EN)

    step = next_step(progress, Reading(facts=(said,), questions=("do you teach online?",)), SCHOOL, NOW)

    assert (step.reply or "").index("online") < (step.reply or "").index("Leeds or York?")


def test_a_person_who_is_asked_for_comes_before_any_doubt():
    progress = Progress(facts={FactName.CITY: fact(FactName.CITY, "Leeds")}, greeted=True, language=Language.EN)
    reading = Reading(facts=(fact(FactName.CITY, "York"),), intents=frozenset({Intent.WANTS_HUMAN}))

    assert next_step(progress, reading, SCHOOL, NOW).outcome is Outcome.HANDED_OVER


def test_after_the_end_a_contradiction_is_asked_too_and_settled():
    doubt = after(fact(FactName.CITY, "Leeds"), fact(FactName.CITY, "York"), finished=Outcome.COMPLETED)
    assert "Leeds or York?" in (doubt.reply or "")

    said = Reading(facts=(fact(FactName.CITY, "York", 0.8),))
    settled = next_step(doubt.progress, said, SCHOOL, NOW)

    assert settled.progress.facts[FactName.CITY].value == "York"
    assert "updated" in (settled.reply or "")


def test_what_the_team_set_stays_and_the_team_is_told_once():
    known = fact(FactName.CITY, "Leeds", locked_by="Mara")

    step = after(known, fact(FactName.CITY, "York"), corrected=True)
    assert [(one.before.value, one.said.value) for one in step.disputes] == [("Leeds", "York")]
    assert step.progress.facts[FactName.CITY] == known
    assert "or York" not in (step.reply or ""), "the lead is not asked to overrule the team"

    again = next_step(step.progress, Reading(facts=(fact(FactName.CITY, "York"),)), SCHOOL, NOW)
    assert again.disputes == ()


def test_the_words_are_the_playbooks_own_in_each_language():
    playbook = load_playbook("clinic")

    assert all("{first}" in playbook.manners.doubt[language] for language in Language)


def test_doubts_survive_storage():
    progress = Progress(doubted=frozenset({FactName.CITY, FactName.BUDGET}), last_asked=FactName.CITY)

    assert Progress.from_json(progress.to_json()) == progress
    assert progress.in_doubt is FactName.CITY
