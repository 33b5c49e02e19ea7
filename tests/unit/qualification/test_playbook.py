"""Playbooks: those that ship are whole, and mistakes in others are said plainly."""

from __future__ import annotations

import copy
from importlib import resources

import pytest
import yaml

from app.errors import Invalid
from app.qualification.facts import FactName
from app.qualification.playbook import PlaybookError, load_playbook, parse_playbook, shipped_playbooks
from app.vocabulary import Language


@pytest.fixture
def data():
    text = (resources.files("app.qualification") / "playbooks" / "school.yaml").read_text("utf-8")
    return yaml.safe_load(text)


def test_three_playbooks_ship():
    assert shipped_playbooks() == ["clinic", "school", "solar"]


@pytest.mark.parametrize("name", ["clinic", "school", "solar"])
def test_a_shipped_playbook_asks_for_every_fact_in_every_language(name):
    playbook = load_playbook(name)

    assert {question.fact for question in playbook.questions} == set(FactName)
    assert all(question.ask[language] for question in playbook.questions for language in Language)


@pytest.mark.parametrize("name", ["clinic", "school", "solar"])
def test_required_facts_have_a_second_wording_and_each_wording_is_one_question(name):
    questions = load_playbook(name).questions

    assert all(len(question.ask[language]) >= 2 for question in questions if question.required for language in Language)
    assert all(
        wording.count("?") == 1 for question in questions for language in Language for wording in question.ask[language]
    )


def test_the_business_may_have_its_own_name():
    assert load_playbook("school", "Blue Door School").business_name == "Blue Door School"


def test_a_playbook_may_come_from_a_file(tmp_path, data):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({**data, "id": "mine"}), "utf-8")

    assert load_playbook(str(path)).id == "mine"


def test_own_manners_replace_only_themselves(data):
    farewell = dict.fromkeys(("en", "pt", "es"), "Bye.")

    playbook = parse_playbook(yaml.safe_dump({**data, "manners": {"opt_out": farewell}}))

    assert playbook.manners.opt_out[Language.EN] == "Bye."
    assert playbook.manners.greeting[Language.EN].startswith("Hi!")


def test_a_missing_language_is_named(data):
    del data["questions"][0]["ask"]["es"]

    with pytest.raises(PlaybookError, match=r"Line \d+: questions\.interest\.es is missing"):
        parse_playbook(yaml.safe_dump(data))


def test_a_fact_asked_for_twice_is_named(data):
    data["questions"].append(copy.deepcopy(data["questions"][0]))

    with pytest.raises(PlaybookError, match="more than once: interest"):
        parse_playbook(yaml.safe_dump(data))


@pytest.mark.parametrize("text", ["[", "- a", "just words", "manners: 3", "id: Bad Name"])
def test_what_is_no_playbook_is_refused_with_a_reason(text):
    with pytest.raises(Invalid, match="playbook"):
        parse_playbook(text)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(PlaybookError, match="clinic, school, solar"):
        load_playbook("bakery")


@pytest.mark.parametrize(
    ("asked", "language", "words"),
    [
        ("do you have classes on saturdays?", Language.EN, "Saturdays"),
        ("tem certificado?", Language.PT, "certificado"),
        ("¿dan clases en linea?", Language.ES, "online"),
        ("is there a certifcate?", Language.EN, "certificate"),
    ],
)
def test_the_fact_sheet_answers_also_mistyped_questions(asked, language, words):
    assert words in (load_playbook("school").answer(asked, language) or "")


def test_the_fact_sheet_says_nothing_about_what_it_does_not_know():
    assert load_playbook("school").answer("who is the president?", Language.EN) is None
