"""Two people's changes are put together; where both changed the same, mine stands and is named."""

from __future__ import annotations

from typing import Any

import pytest

from app.qualification.playbook import check_playbook, text_of
from app.qualification.playbook_text import read, write
from app.studio.playbook_merge import merge

SCHOOL = text_of("school")


def school(**changes: str) -> str:
    """The school's playbook with texts replaced."""
    text = SCHOOL
    for old, new in changes.items():
        text = text.replace(WORDS[old], new)
    return text


WORDS = {"name": "Aurora Languages", "assistant": "Lia", "trial": "The first class is a free trial."}


def data_of(text: str) -> Any:
    return read(text).data


def test_changes_of_different_fields_are_both_kept():
    merged = merge(SCHOOL, school(name="Blue Door"), school(trial="Try a class."))

    assert merged is not None
    assert merged.clashes == ()
    assert data_of(merged.text) == data_of(school(name="Blue Door", trial="Try a class."))
    assert check_playbook(merged.text).playbook is not None


def test_where_both_changed_the_same_mine_stands_and_is_named():
    merged = merge(SCHOOL, school(assistant="Lena"), school(assistant="Lisa", name="Blue Door"))

    assert merged is not None
    assert merged.clashes == ("assistant",)
    assert (data_of(merged.text)["assistant"], data_of(merged.text)["business_name"]) == ("Lena", "Blue Door")


def test_the_same_change_by_both_is_no_clash():
    merged = merge(SCHOOL, school(name="Blue Door"), school(name="Blue Door"))

    assert merged is not None
    assert merged.clashes == ()


def questions(*names: str, said: str = "") -> str:
    """The school asking for these facts alone, in this order; ``said`` replaces the first wording of the first."""
    data = data_of(SCHOOL)
    by_name = {question["fact"]: question for question in data["questions"]}
    data["questions"] = [by_name[name] for name in names]
    if said:
        data["questions"][0]["ask"]["en"] = [said]
    return write(data)


@pytest.mark.parametrize(
    ("mine", "theirs", "both"),
    [
        (("name", "city"), ("city", "name"), ("city", "name")),
        (("city", "name"), ("name", "city"), ("city", "name")),
        (("name", "city", "email"), ("name", "city", "budget"), ("name", "city", "email", "budget")),
        (("name",), ("name", "city", "email"), ("name", "email")),
        (("name", "city", "email"), ("city",), ("city", "email")),
    ],
)
def test_questions_that_one_adds_removes_or_moves_are_taken_over(mine: Any, theirs: Any, both: Any):
    merged = merge(questions("name", "city"), questions(*mine), questions(*theirs))

    assert merged is not None
    assert tuple(question["fact"] for question in data_of(merged.text)["questions"]) == both


def test_a_wording_stays_with_its_question_when_the_other_moves_it():
    base = questions("name", "city")

    merged = merge(base, questions("name", "city", said="Who are you?"), questions("city", "name"))

    assert merged is not None
    city, name = data_of(merged.text)["questions"]
    assert (city["fact"], name["ask"]["en"]) == ("city", ["Who are you?"])


def test_what_cannot_be_read_is_not_put_together():
    assert merge(SCHOOL, "id: [", SCHOOL) is None


def test_lists_without_names_of_their_own_are_taken_whole():
    twice = SCHOOL.replace("about: trial", "about: price")

    merged = merge(SCHOOL, twice, school(trial="Try a class."))

    assert merged is not None
    assert merged.clashes == ("fact_sheet",)
