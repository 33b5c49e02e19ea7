"""The figures of a run are counted as they are described."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from app.simulator.lexicon import Slot
from app.simulator.measure import (
    Happening,
    Played,
    assess,
    collected,
    doubled,
    lost,
    matches,
    minutes,
    spread_of,
    turns,
)
from app.simulator.personas import Budget, Facts

ANA = "15550101000"
FACTS = Facts(
    "Ana Luz", "ana@example.com", "un curso de inglés", "Sevilla", Budget(1500, "EUR", "month"), "30d", "self"
)


def posted(at: float, number: str = ANA) -> Happening:
    return Happening("posted", at, number)


def sent(at: float, text: str = "reply", number: str = ANA) -> Happening:
    return Happening("send", at, number, text)


def wrote(at: float, text: str = "hi", number: str = ANA) -> Happening:
    return Happening("inbound", at, number, text)


def test_a_turn_is_the_time_to_the_reply_less_the_quiet_window():
    assert turns([posted(10.0), sent(13.4)], 3.0) == [pytest.approx(0.4)]


def test_a_burst_is_one_turn_counted_from_its_last_message():
    assert turns([posted(10.0), posted(12.0), sent(15.5)], 3.0) == [pytest.approx(0.5)]


def test_only_the_first_message_of_a_reply_counts():
    assert len(turns([posted(10.0), sent(13.5), sent(13.9)], 3.0)) == 1


def test_a_message_that_came_while_the_reply_was_due_belongs_to_the_next_turn():
    found = turns([posted(10.0), posted(13.2), sent(13.4), sent(16.7)], 3.0)
    assert found == [pytest.approx(0.4), pytest.approx(0.5)]


def test_a_reply_to_talk_without_a_pause_has_no_negative_time():
    assert turns([posted(10.0), posted(12.0), sent(12.5)], 3.0) == [0.0]


def test_turns_of_two_leads_do_not_mix():
    found = turns([posted(10.0), posted(11.0, "2"), sent(13.1), sent(14.2, number="2")], 3.0)
    assert found == [pytest.approx(0.1), pytest.approx(0.2)]


def test_a_message_that_nobody_asked_for_is_no_turn():
    assert turns([sent(1.0)], 3.0) == []


def test_the_same_words_twice_without_an_answer_are_a_double():
    assert doubled([sent(1.0, "a"), sent(2.0, "a")]) == 1
    assert doubled([sent(1.0, "a"), sent(2.0, "b"), sent(3.0, "a")]) == 1


def test_the_same_words_after_an_answer_or_to_another_lead_are_none():
    assert doubled([sent(1.0, "a"), wrote(2.0), sent(3.0, "a"), sent(4.0, "a", "2")]) == 0


def test_a_message_is_lost_when_its_text_is_not_stored_as_often_as_it_was_written():
    written = {ANA: Counter({"hi": 2, "bye": 1}), "2": Counter({"hi": 1})}
    assert lost(written, {ANA: Counter({"hi": 1, "bye": 1, "more": 1})}) == 2


@pytest.mark.parametrize(
    ("held", "stored", "same"),
    [
        ("Ana Luz", "ana luz", True),
        ("Ana Luz", "Ana", True),
        ("un curso de inglés", "curso de ingles", True),
        ("Sevilla", "Valencia", False),
        ("Sevilla", None, False),
        ("Sevilla", "", False),
        (None, "Sevilla", False),
        ("30d", "30d", True),
        (Budget(1500, "EUR", "month"), {"amount": "1500", "currency": None, "period": "once"}, True),
        (Budget(1500, "EUR", "month"), {"amount": 1.5}, False),
        (Budget(1500, "EUR", "month"), {}, False),
        (Budget(1500, "EUR", "month"), "1500", False),
        (Budget(1500, "EUR", "month"), {"amount": "many"}, False),
    ],
)
def test_a_stored_fact_must_say_what_the_lead_holds(held: Any, stored: Any, same: bool):
    assert matches(held, stored) is same


def test_only_expected_facts_are_collected():
    played = Played(ANA, "1", FACTS, frozenset({Slot.NAME, Slot.CITY}))
    stored = {"name": "Ana Luz", "city": "Bilbao", "email": "ana@example.com"}
    assert collected(played, stored) == 1


def test_percentiles_lie_between_the_values():
    spread = spread_of([4.0, 1.0, 2.0, 3.0])
    assert (spread.mean, spread.p50, spread.p95) == (2.5, 2.5, 3.85)
    assert spread_of([]).p50 is None
    assert spread_of([7.0]).p99 == 7.0


def interview(outcome: str | None, seconds: float = 60.0, **facts: Any) -> dict[str, Any]:
    ended = datetime.fromtimestamp(100.0 + seconds, UTC).isoformat() if outcome else None
    return {"outcome": outcome, "completed_at": ended, "facts": facts}


def test_minutes_count_for_those_who_were_qualified_or_handed_over():
    leads = {
        ANA: {"qualification": interview("completed", 60)},
        "2": {"qualification": interview("handed_over", 120)},
        "3": {"qualification": interview("abandoned", 600)},
        "4": {"qualification": None},
    }
    assert minutes(dict.fromkeys(leads, 100.0), leads) == [1.0, 2.0]


def test_a_run_is_summed_up():
    given = {"assignment": {"consultant": "Ana"}}
    leads = {
        ANA: given | {"qualification": interview("completed", 60, name="Ana Luz", city="Sevilla")},
        "2": {"qualification": interview("opted_out"), "assignment": None},
    }
    cast = [
        Played(ANA, "1", FACTS, frozenset({Slot.NAME, Slot.CITY, Slot.EMAIL})),
        Played("2", "2", FACTS, frozenset({Slot.NAME})),
    ]
    happenings = [wrote(100.0), posted(100.1), sent(103.5), wrote(105.0, "stop", "2"), posted(105.1, "2")]
    stored = {
        ANA: [
            {"direction": "in", "text": "hi", "status": "read"},
            {"direction": "out", "text": "reply", "status": "unknown"},
        ]
    }
    result = assess(
        cast, happenings, leads, stored, ["Ana"], quiet_seconds=3.0, abandon_after_seconds=20.0, pacing="off"
    )
    assert result.to_json() == {
        "leads": 2,
        "completed": 1,
        "abandoned": 0,
        "handed_over": 0,
        "opted_out": 1,
        "facts_expected": 4,
        "facts_collected": 2,
        "minutes_per_lead": {"mean": 1.0, "p50": 1.0, "p95": 1.0},
        "messages": {"in": 2, "out": 1, "lost": 1, "duplicated": 0, "unknown": 1},
        "turn_seconds": {"p50": 0.4, "p95": 0.4, "p99": 0.4},
        "assigned": {"Ana": 1},
        "spread": 0,
        "pacing": "off",
        "abandon_after_seconds": 20.0,
    }
    assert "2 of 4  (50.0 %)" in result.table()


def test_an_empty_run_has_a_table_too():
    result = assess([], [], {}, {}, [], quiet_seconds=3.0, abandon_after_seconds=20.0, pacing="off")
    assert "nobody" in result.table()
    assert result.turn_seconds == {"p50": None, "p95": None, "p99": None}


def test_whoever_was_on_duty_and_got_nothing_counts_in_the_spread():
    leads = {number: {"assignment": {"consultant": "Ana"}, "qualification": None} for number in "123"}
    result = assess([], [], leads, {}, ["Ana", "Bruno"], quiet_seconds=3.0, abandon_after_seconds=20.0, pacing="off")
    assert result.assigned == {"Ana": 3, "Bruno": 0}
    assert result.spread == 3
