"""Every mistake in a playbook is told with its field, its language and its line, and nothing dangerous is read."""

from __future__ import annotations

import re

import pytest

from app.qualification.playbook import LONGEST, check_playbook, text_of
from app.qualification.playbook_text import LARGEST, BadText, read, write
from app.vocabulary import Language

SCHOOL = text_of("school")


def problems(text: str) -> list[str]:
    return [str(problem) for problem in check_playbook(text).problems]


def replaced(old: str, new: str) -> str:
    assert SCHOOL.count(old) == 1
    return SCHOOL.replace(old, new)


def line_of(words: str) -> int:
    return SCHOOL[: SCHOOL.index(words)].count("\n") + 1


def test_a_language_without_wordings_is_named_with_its_line():
    without = re.sub(r'\n      pt: \["Quanto você pode[^\n]*', "", SCHOOL)

    assert problems(without) == [f"Line {line_of('- fact: budget') + 1}: questions.budget.pt is missing."]


def test_an_empty_wording_is_named_with_its_number():
    line = line_of("Quanto você pode investir")

    assert problems(replaced('"Quanto você pode investir no curso por mês?"', '" "')) == [
        f"Line {line}: questions.budget.pt, wording 1 is empty."
    ]


def test_a_problem_knows_its_language_and_its_place():
    (problem,) = check_playbook(replaced("You receive a certificate at the end of each level.", "'{level}?'")).problems

    assert (problem.language, problem.path) == (Language.EN, ("fact_sheet", 4, "answer", "en"))


@pytest.mark.parametrize("braces", ["{nome}", "{", "}", "{ name }", "{summary}", "{}"])
def test_a_placeholder_that_does_not_exist_is_named(braces: str):
    (problem,) = problems(replaced("The first class is a free trial.", f"'Hello {braces}'"))

    assert "fact_sheet.trial.answer.en has" in problem
    assert "no placeholder; there are {assistant}, {business}, {about}, {name}" in problem


def test_the_name_of_the_business_has_no_placeholders():
    assert problems(replaced("business_name: Aurora Languages", "business_name: '{assistant}'"))[0].endswith(
        "none may stand here."
    )


def test_a_text_too_long_for_whatsapp_is_refused():
    (problem,) = problems(replaced("The first class is a free trial.", "x" * (LONGEST + 1)))

    assert problem.endswith(f"has {LONGEST + 1} letters; {LONGEST} is the most.")


def test_a_message_of_the_longest_texts_fits_into_whatsapp():
    assert 5 * LONGEST < 4096, "greeting, two answers, question, and a name filled in"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  - fact: budget", "  - fact: colour", "questions.colour.fact is 'colour'; choose one of name, email"),
        ("id: school", "id: School!", "id has to begin with a small letter"),
        ("id: school", "identity: school", "identity is not known here"),
        ("required: false", "required: perhaps", "questions.email.required has to be true or false"),
        ("assistant: Lia", "assistant: [Lia]", "assistant has to be a text"),
        ("  en: language school, English and Spanish courses", "  xx: Schule", "business.xx is no language"),
    ],
)
def test_what_does_not_belong_there_is_named(old: str, new: str, said: str):
    assert any(said in problem for problem in problems(replaced(old, new)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x [1]\nb: *x", "Line 1: The playbook uses an anchor"),
        ("a: 1\nb: *x", "Line 2: The playbook uses an alias"),
        ("a: !!python/object/apply:os.system [ls]", "uses a tag"),
        ("[" * 40 + "]" * 40, "nested more than"),
        ("a: [\nb", "Line 2: The playbook is not valid YAML"),
        ("a: 1\na: 2", "Line 2: The playbook has a twice"),
        ("x: 1\n---\ny: 2", "more than one document"),
        ("a: \x00", "a character that no text may have"),
        ("a: \ud800", "a character that no text may have"),
        ("a: \x07", "Line 1: The playbook has a character"),
        ("? [a]\n: b", "a list or group where a name has to stand"),
        ("x" * (LARGEST + 1), "larger than 256 kB"),
        ("é" * (LARGEST // 2 + 1), "larger than 256 kB"),
        ("", "is empty"),
        ("# only words to myself", "is empty"),
        ("- a\n- b", "has to be a group of fields"),
    ],
)
def test_what_yaml_can_hide_is_refused(text: str, said: str):
    assert said in problems(text)[0]


def test_a_bomb_of_aliases_costs_nothing():
    bomb = "a: &a [x]\n" + "\n".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]" for i in range(9)
    )

    with pytest.raises(BadText):
        read(bomb)


def test_at_most_fifty_problems_are_told():
    entries = "\n".join(f"  - about: thing {number}" for number in range(90))

    assert len(problems(SCHOOL.replace("\nmanners:", f"\n{entries}\nmanners:"))) == 50


@pytest.mark.parametrize("name", ["school", "clinic", "solar"])
def test_what_is_written_reads_the_same(name: str):
    data = read(text_of(name)).data

    assert read(write(data)).data == data


def test_words_stay_words():
    data = {"a": ["no", "on", "1", "null", "~", "2024-01-01"], "b": "two\n\nlines", "c": "", "d": "Olá 😊", "e": "true"}

    assert read(write(data)).data == data
    assert "Olá 😊" in write(data)


def test_the_same_list_twice_is_written_out_twice():
    same = ["a"]

    assert read(write({"x": same, "y": same})).data == {"x": ["a"], "y": ["a"]}


def test_the_nearest_line_stands_for_what_is_missing():
    document = read("a:\n  b: 1\n")

    assert (document.line(("a", "c", "d")), document.line(("z",))) == (1, 1)
