"""Personas understand what they are asked, in three languages, and always come to an end."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.simulator import lexicon
from app.simulator.lexicon import Slot, asked_for
from app.simulator.personas import LEAVES, MOST_MESSAGES, SHARES, Budget, Facts, Kind, Persona, persona

ROOT = Path(__file__).parents[3]
PLAYBOOKS = sorted((ROOT / "app/qualification/playbooks").glob("*.yaml"))
MANNERS = yaml.safe_load((ROOT / "app/qualification/manners.yaml").read_text("utf-8"))

QUESTIONS = {
    "en": {
        Slot.NAME: "What's your name?",
        Slot.EMAIL: "Where can we e-mail you?",
        Slot.INTEREST: "What are you interested in?",
        Slot.CITY: "Where are you based?",
        Slot.BUDGET: "What's your budget?",
        Slot.TIMELINE: "How soon do you want to start?",
        Slot.DECISION_MAKER: "Is it your decision alone?",
    },
    "pt": {
        Slot.NAME: "Com quem eu falo?",
        Slot.EMAIL: "Qual o seu e-mail?",
        Slot.INTEREST: "O que você procura?",
        Slot.CITY: "De onde você é?",
        Slot.BUDGET: "Qual é o seu orçamento?",
        Slot.TIMELINE: "Qual é o prazo?",
        Slot.DECISION_MAKER: "Quem toma a decisão?",
    },
    "es": {
        Slot.NAME: "¿Me dices tu nombre?",
        Slot.EMAIL: "¿Cuál es tu correo?",
        Slot.INTEREST: "¿Qué te interesa?",
        Slot.CITY: "¿Dónde vives?",
        Slot.BUDGET: "¿Qué presupuesto tienes?",
        Slot.TIMELINE: "¿Cuándo quieres empezar?",
        Slot.DECISION_MAKER: "¿Quién toma la decisión?",
    },
}
GOODBYE = {
    "en": "A consultant will contact you shortly.",
    "pt": "Um consultor vai falar com você em breve.",
    "es": "Un asesor te va a contactar pronto.",
}
FACTS = Facts(
    name="Grace Okafor",
    email="grace@example.com",
    interest="business English",
    city="Leeds",
    budget=Budget(1500, "USD", "month"),
    timeline="30d",
    decision_maker="self",
)
UNSURE = Facts("Grace Okafor", "grace@example.com", "business English", "Leeds", None, "30d", "self")


def lead(kind: Kind = Kind.EAGER, language: str = "en", facts: Facts = FACTS, seed: int = 1) -> Persona:
    return Persona(kind, language, facts, seed)


def shipped_questions() -> list[Any]:
    found: list[Any] = []
    for path in PLAYBOOKS:
        for question in yaml.safe_load(path.read_text("utf-8"))["questions"]:
            for texts in question["ask"].values():
                found += [pytest.param(text, question["fact"], id=text) for text in texts]
    return found


@pytest.mark.parametrize(("text", "fact"), shipped_questions())
def test_every_question_of_the_shipped_playbooks_is_understood(text: str, fact: str):
    assert asked_for(f"Got it. {text}") == [Slot(fact)]


@pytest.mark.parametrize("language", ["en", "pt", "es"])
@pytest.mark.parametrize("slot", list(Slot))
def test_each_fact_is_told_when_it_is_asked_for_in_each_language(language: str, slot: Slot):
    person = lead(Kind.TERSE, language)
    (said,) = person.answer(QUESTIONS[language][slot])
    assert slot in person.told
    value = person.facts.value(slot)
    if isinstance(value, str) and slot not in {Slot.TIMELINE, Slot.DECISION_MAKER}:
        assert value in said


def test_several_questions_are_answered_together():
    (said,) = lead().answer("What's your name, and which city do you live in?")
    assert "Grace Okafor" in said
    assert "Leeds" in said


def test_statements_are_no_questions():
    assert lead().answer("Your name is noted. Our prices start at 100.") == []


def test_only_the_question_of_a_longer_text_is_answered():
    person = lead()
    person.answer("Your e-mail is saved, grace@example.com. The price depends. Which city do you live in?")
    assert person.told == {Slot.CITY}


@pytest.mark.parametrize("manner", ["hand_over", "opt_out", "summary", "afterwards", "not_a_customer", "no_plans"])
@pytest.mark.parametrize("language", ["en", "pt", "es"])
def test_the_agent_s_goodbyes_are_understood(manner: str, language: str):
    person = lead(language=language)
    person.answer(MANNERS[manner][language])
    assert person.done


@pytest.mark.parametrize("manner", ["greeting", "will_answer", "off_topic", "calm"])
@pytest.mark.parametrize("language", ["en", "pt", "es"])
def test_what_is_no_goodbye_is_not_taken_for_one(manner: str, language: str):
    assert not lexicon.closes(MANNERS[manner][language])


def test_a_question_after_a_promise_is_still_answered():
    person = lead()
    assert person.answer("One of our consultants will contact you. What's your name?")
    assert not person.done


@pytest.mark.parametrize("text", ["Is that right?", "Está tudo certo?", "¿Es correcto?"])
def test_a_summary_is_confirmed(text: str):
    assert len(lead().answer(f"Here is what I noted. {text}")) == 1


def test_a_repeated_question_gets_the_bare_fact():
    person = lead()
    person.answer("What's your name?")
    assert person.answer("Sorry, what's your name?") == ["Grace Okafor"]


def test_a_question_asked_for_ever_is_not_answered_for_ever():
    person = lead()
    said = [person.answer("What's your name?") for _ in range(10)]
    assert 0 < sum(bool(texts) for texts in said) < 10
    assert person.done


def test_what_is_not_understood_is_shrugged_at_and_then_left():
    person = lead()
    said = [person.answer("Do you like green?") for _ in range(6)]
    assert [bool(texts) for texts in said] == [True, True, True, False, False, False]


def test_a_fact_that_the_lead_does_not_know_is_not_expected():
    person = lead(facts=UNSURE)
    assert person.answer("What's your budget?")
    assert Slot.BUDGET not in person.expected()


@pytest.mark.parametrize("kind", sorted(LEAVES))
def test_those_who_leave_owe_only_what_they_told(kind: Kind):
    person = lead(kind)
    person.opening()
    for _ in range(8):
        person.answer("What's your name?")
        person.answer("Which city do you live in?")
    assert person.done
    assert person.expected() <= person.told
    assert Slot.EMAIL not in person.expected()


def test_an_opt_out_is_said_and_then_nothing_more():
    person = lead(Kind.OPT_OUT)
    said = [text for _ in range(6) for text in person.answer("What's your name?")]
    assert person.answer("What's your name?") == []
    assert any(word in said[-1].lower() for word in ("stop", "contact"))


def test_who_wants_a_person_says_so():
    person = lead(Kind.WANTS_PERSON)
    said = [text for _ in range(8) for text in person.answer("What's your name?")]
    assert any("person" in text or "human" in text for text in said)


def test_who_corrects_itself_says_the_wrong_city_first():
    wrong, right = lead(Kind.CORRECTS).answer("Which city do you live in?")
    assert "Leeds" not in wrong
    assert "Leeds" in right


def test_who_tells_everything_at_once_does_so():
    (opening,) = lead(Kind.MANY_FACTS).opening()
    assert "Grace Okafor" in opening
    assert "Leeds" in opening


def test_a_terse_lead_does_not_say_what_it_wants():
    person = lead(Kind.TERSE)
    person.opening()
    assert not person.told


def test_an_off_topic_lead_chats_first_and_answers_when_asked_again():
    person = lead(Kind.OFF_TOPIC)
    assert "Grace" not in person.answer("What's your name?")[0]
    assert person.answer("What's your name?") == ["Grace Okafor"]


def test_some_ask_back_and_some_think_aloud():
    backs = [lead(Kind.ASKS_BACK, seed=seed).answer("What's your name?") for seed in range(20)]
    thoughts = [lead(Kind.SLOW, seed=seed).answer("What's your name?") for seed in range(20)]
    assert any(len(said) == 2 and said[1].endswith("?") for said in backs)
    assert any(len(said) == 2 for said in thoughts)


def test_slow_leads_take_minutes_and_others_seconds():
    assert lead(Kind.SLOW).pause() >= 60
    assert lead(Kind.TERSE).pause() <= 10


def test_the_cast_of_a_seed_is_always_the_same_and_has_every_kind_and_language():
    cast = [persona(7, number) for number in range(300)]
    again = [persona(7, number) for number in range(300)]
    assert [(one.kind, one.facts) for one in cast] == [(one.kind, one.facts) for one in again]
    assert Counter(one.kind for one in cast[:50]) == SHARES
    assert set(Counter(one.language for one in cast).values()) == {100}
    assert len({one.facts.email for one in cast}) == 300


@settings(max_examples=60, deadline=None)
@given(
    number=st.integers(0, 500),
    texts=st.lists(
        st.sampled_from(
            [*QUESTIONS["en"].values(), *QUESTIONS["pt"].values(), *QUESTIONS["es"].values(), "?", "Hello"]
        ),
        min_size=60,
        max_size=60,
    ),
)
def test_no_persona_writes_for_ever(number: int, texts: list[str]):
    person = persona(11, number)
    written = len(person.opening()) + sum(len(person.answer(text)) for text in texts)
    assert written <= MOST_MESSAGES


@pytest.mark.parametrize("number", range(30))
def test_a_whole_conversation_ends_and_tells_what_was_expected(number: int):
    person = persona(5, number)
    person.opening()
    for slot in Slot:
        for _ in range(2):
            if slot not in person.told:
                person.answer(QUESTIONS[person.language][slot])
    person.answer(GOODBYE[person.language])
    assert person.expected() <= person.told | {slot for slot in Slot if person.kind is Kind.OFF_TOPIC}
    assert person.done or person.kind in LEAVES
