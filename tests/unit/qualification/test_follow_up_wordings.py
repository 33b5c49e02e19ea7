"""What silent leads read: in their language, with what is missing, and with a way out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.qualification.dialogue import Progress, follow_up, next_step, with_consultant
from app.qualification.extraction.reader import read
from app.qualification.extraction.reading import Intent, ReadingContext
from app.qualification.facts import Fact, FactName, in_words
from app.qualification.playbook import load_playbook, shipped_playbooks
from app.vocabulary import Language, Outcome

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STOP = {Language.EN: "STOP", Language.PT: "PARAR", Language.ES: "PARAR"}
every_script = pytest.mark.parametrize("name", shipped_playbooks())
every_language = pytest.mark.parametrize("language", list(Language))


def asked(fact: FactName, language: Language, *, name: str = "") -> Progress:
    facts = {FactName.NAME: Fact(FactName.NAME, name, 0.9, name)} if name else {}
    return Progress(facts=facts, asked={fact: 1}, last_asked=fact, language=language, greeted=True)


@every_script
@every_language
def test_both_name_what_is_missing_and_leave_nothing_unfilled(name: str, language: Language):
    playbook = load_playbook(name)
    for question in playbook.questions:
        for number in (1, 2):
            for lead in ("", "Marta Silva"):
                text = follow_up(asked(question.fact, language, name=lead), playbook, number)
                assert text is not None
                assert in_words(question.fact, language) in text
                assert "{" not in text
                assert ("Marta" in text) == bool(lead)
                assert " ," not in text


@every_script
@every_language
def test_the_first_asks_again_and_the_second_offers_a_person_and_an_end(name: str, language: Language):
    playbook = load_playbook(name)
    progress = asked(FactName.CITY, language)
    first, second = follow_up(progress, playbook, 1) or "", follow_up(progress, playbook, 2) or ""
    assert first.endswith("?")
    assert first != second
    assert STOP[language] in second
    assert "?" not in second


@every_script
@every_language
def test_what_the_second_offers_is_understood(name: str, language: Language):
    said = follow_up(asked(FactName.CITY, language), load_playbook(name), 2) or ""
    context = ReadingContext(language=language, agent_said=said, asked=frozenset({FactName.CITY}))
    person = {
        Language.EN: "I want to talk to a person",
        Language.PT: "quero falar com uma pessoa",
        Language.ES: "quiero hablar con una persona",
    }
    assert Intent.OPT_OUT in read([STOP[language]], context, NOW).intents
    assert Intent.WANTS_HUMAN in read([person[language]], context, NOW).intents


def test_an_answer_to_a_follow_up_counts_as_one_to_the_question():
    playbook = load_playbook("school")
    progress = asked(FactName.CITY, Language.EN)
    said = follow_up(progress, playbook, 1) or ""
    context = ReadingContext(language=Language.EN, agent_said=said, asked=frozenset({FactName.CITY}))
    step = next_step(progress, read(["Galway"], context, NOW), playbook, NOW)
    assert step.progress.facts[FactName.CITY].value == "Galway"


def test_nothing_is_said_where_nothing_is_open():
    playbook = load_playbook("school")
    assert follow_up(Progress(), playbook, 1) is None
    ended = Progress(last_asked=FactName.CITY, finished=Outcome.COMPLETED)
    assert follow_up(ended, playbook, 1) is None
    doubted = Progress(last_asked=FactName.CITY, doubted=frozenset({FactName.CITY}))
    assert follow_up(doubted, playbook, 1) is None


@every_language
def test_a_qualified_lead_hears_that_a_person_will_write(language: Language):
    text = with_consultant(asked(FactName.CITY, language, name="Marta Silva"), load_playbook("school"))
    assert "Marta" in text
    assert "{" not in text
