"""A talk with a draft is that which a lead would have, without anything being sent or stored."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.clock import FixedClock
from app.errors import TooMany
from app.qualification.facts import FactName
from app.qualification.playbook import Playbook, load_playbook, parse_playbook, shipped_playbooks, text_of
from app.simulator.personas import LEAVES, Kind
from app.studio import playbook_cast
from app.studio.playbook_cast import CAST, TEMPERS, cast, play, play_one
from app.studio.playbook_preview import LONGEST_LINE, MOST_LINES, converse
from app.studio.playbook_view import LANGUAGES, played_row, played_words, turn_rows
from app.vocabulary import Language, Outcome

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SCHOOL = load_playbook("school")


def test_the_language_is_found_and_the_drafts_words_answer():
    draft = parse_playbook(text_of("school").replace("Qual curso você procura", "Que curso você tem em vista"))

    (turn,) = converse(draft, ["Oi, vi o anúncio de vocês"], NOW)

    assert turn.language is Language.PT
    assert "Que curso você tem em vista" in (turn.reply or "")


def test_what_a_line_gives_is_noted_once():
    first, second = converse(SCHOOL, ["My name is Ana Ribeiro", "I live in Leeds"], NOW)

    assert [(noted.fact, noted.value) for noted in first.noted] == [(FactName.NAME, "Ana Ribeiro")]
    assert [(noted.fact, noted.value) for noted in second.noted] == [(FactName.CITY, "Leeds")]


def test_an_opt_out_ends_the_talk_in_silence():
    first, second = converse(SCHOOL, ["please stop messaging me", "hello?"], NOW)

    assert (first.outcome, second.reply) == (Outcome.OPTED_OUT, None)
    assert turn_rows([first, second])[1]["reply"] == ""


def test_a_talk_is_bounded_in_lines_and_letters():
    turns = converse(SCHOOL, ["x" * 5_000, "  "] + ["hi"] * 100, NOW)

    assert len(turns) == MOST_LINES - 1, "an empty line is none"
    assert len(turns[0].said[0]) == LONGEST_LINE


def test_the_cast_has_every_temper_and_language():
    people = cast()

    assert len(people) == CAST
    assert {lead.kind for lead in people} == set(Kind) == set(TEMPERS)
    assert {lead.language for lead in people} == {language.value for language in LANGUAGES}


@pytest.mark.parametrize("name", shipped_playbooks())
def test_people_tell_the_shipped_playbook_everything(clock: FixedClock, name: str):
    talks = play(load_playbook(name))
    words = played_words(talks)

    assert words["got"] >= 0.92 * words["of"]
    assert words["done"] >= 0.95 * words["stay"]
    assert {played_row(talk)["outcome"] for talk in talks} >= {"All asked", "Opted out", "Over to a person"}


def school_asking_for_the_city(words: str) -> Playbook:
    """The school's playbook with another question for the city, in all languages."""
    asked = {language: [words] for language in Language}
    questions = tuple(
        question.model_copy(update={"ask": asked}) if question.fact is FactName.CITY else question
        for question in SCHOOL.questions
    )
    return SCHOOL.model_copy(update={"questions": questions})


EAGER = next(lead for lead in range(CAST) if cast()[lead].kind is Kind.EAGER)


def test_a_question_that_nobody_understands_leaves_its_fact_uncollected():
    played = play_one(school_asking_for_the_city("Go on, tell me more?"), cast()[EAGER], NOW)

    assert (played.missing, played.outcome) == ({FactName.CITY}, Outcome.COMPLETED)
    assert played_row(played)["missing"] == "city"


def test_a_question_that_is_none_shows_where_the_talk_got_stuck():
    played = play_one(school_asking_for_the_city("Tell me."), cast()[EAGER], NOW)

    assert played.stuck == "did not see that city was asked for"
    assert played_row(played)["outcome"] == "Open"


def test_a_lead_who_leaves_is_expected_to_tell_only_what_was_told():
    silent = next(lead for lead in cast() if lead.kind is Kind.SILENT)

    played = play_one(SCHOOL, silent, NOW)

    assert (played.leaves, played.missing) == (True, frozenset())
    assert played.stuck.startswith("left when asked for")


def test_facts_that_the_draft_does_not_ask_for_are_not_expected():
    draft = SCHOOL.model_copy(update={"questions": SCHOOL.questions[:2]})
    lead = next(lead for lead in cast() if lead.kind not in LEAVES)

    assert play_one(draft, lead, NOW).expected <= {question.fact for question in SCHOOL.questions[:2]}


def test_one_play_at_a_time(clock: FixedClock, monkeypatch: pytest.MonkeyPatch):
    def again(playbook: Playbook, *_: object):
        with pytest.raises(TooMany):
            play(playbook)
        raise LookupError

    monkeypatch.setattr(playbook_cast, "play_one", again)
    with pytest.raises(LookupError):
        play(SCHOOL)
    monkeypatch.undo()
    assert play(SCHOOL), "the next one may play"


def test_a_play_that_takes_too_long_shows_what_it_has(clock: FixedClock, monkeypatch: pytest.MonkeyPatch):
    def slow(playbook: Playbook, lead: object, now: datetime):
        clock.move(seconds=11)
        return play_one(playbook, cast()[0], now)

    monkeypatch.setattr(playbook_cast, "play_one", slow)
    assert len(play(SCHOOL)) == 2
