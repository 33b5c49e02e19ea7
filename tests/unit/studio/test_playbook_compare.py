"""Two playbooks are compared field by field, in the words that changed."""

from __future__ import annotations

from app.qualification.playbook import text_of
from app.qualification.playbook_text import read, write
from app.studio.playbook_compare import LONGEST, compare

SCHOOL = text_of("school")


def test_the_same_playbook_in_another_layout_has_no_changes():
    data = {key: value for key, value in read(SCHOOL).data.items() if key != "version"}

    assert compare(SCHOOL, write(data)) == []


def test_a_changed_wording_shows_the_words_that_changed():
    (change,) = compare(SCHOOL, SCHOOL.replace("May I have your name?", "May I ask your name?"))

    assert change["name"] == "questions.name.en, wording 1"
    assert change["parts"] == [
        {"kind": "same", "text": "May I "},
        {"kind": "gone", "text": "have"},
        {"kind": "new", "text": "ask"},
        {"kind": "same", "text": " your name?"},
    ]


def test_another_text_altogether_stands_behind_the_old_one():
    (change,) = compare(SCHOOL, SCHOOL.replace("May I have your name?", "Who are you?"))

    assert [part["kind"] for part in change["parts"]] == ["gone", "new"]


def test_another_order_is_a_change_of_its_own():
    data = read(SCHOOL).data
    data["questions"].reverse()

    (change,) = compare(SCHOOL, write(data))

    assert change["name"] == "order of questions"


def test_own_words_are_compared_with_the_usual_ones():
    own = SCHOOL.replace("manners:\n", "manners:\n  opt_out: {en: Bye., pt: Tchau., es: Adiós.}\n")

    assert [change["name"] for change in compare(SCHOOL, own)] == [
        "manners.opt_out.en",
        "manners.opt_out.pt",
        "manners.opt_out.es",
    ]


def test_keywords_are_compared_as_one_line():
    (change,) = compare(SCHOOL, SCHOOL.replace("[trial, try,", "[trial, taster, try,"))

    assert change["name"] == "fact_sheet.trial.keywords.en"


def test_a_text_that_cannot_be_read_is_compared_line_by_line():
    (change,) = compare(SCHOOL, SCHOOL.replace("id: school", "id: ["))

    assert change["name"].startswith("lines 1")
    assert [part["text"] for part in change["parts"] if part["kind"] == "new"] == ["id: [\n"]


def test_very_long_texts_are_shown_one_after_the_other():
    one, other = "x " * LONGEST, "y " * LONGEST

    (change,) = compare(f"note: {one}", f"note: {other}")

    assert [len(part["text"]) for part in change["parts"]] == [LONGEST, LONGEST]
