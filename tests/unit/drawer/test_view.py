"""What the drawer shows, worked out from what the services know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.board.drawer_view import assigned, drawer_of, fact_row, message_row, who_answers
from tests.unit.drawer.standins import ANA, BRUNO, FACTS, GIVEN, MARA, SOFIA, Member, bubble


def test_head_speaks_in_words() -> None:
    lead = drawer_of(SOFIA, ANA)
    assert (lead["stage_name"], lead["language"], lead["source"]) == ("Qualified", "Spanish", "WhatsApp")
    assert lead["phones"] == "+1 202-555-0117"
    assert lead["owner_initials"] == "AR"
    assert lead["known"] == "6 of 7 known"
    assert lead["number"] == "the agent’s number"


def test_only_the_owner_sees_the_lead_as_theirs() -> None:
    assert drawer_of(SOFIA, ANA)["mine"]
    assert not drawer_of(SOFIA, MARA)["mine"]


def test_a_manager_gets_the_colleagues_to_choose_from() -> None:
    assert drawer_of(SOFIA, MARA, [Member(2, "Bruno Costa")])["colleagues"] == [{"id": "2", "name": "Bruno Costa"}]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("automation", "owner_id", "said"),
    [
        ("agent", 1, "The agent answers."),
        ("human", 1, "You answer."),
        ("human", None, "Nobody answers yet."),
        ("human", 2, "Bruno answers."),
        ("off", 1, "Nobody writes."),
    ],
)
def test_who_answers_is_said_to_the_reader(automation: str, owner_id: int | None, said: str) -> None:
    record = replace(SOFIA, automation=automation, owner_id=owner_id, owner_name="Bruno Costa")
    assert who_answers(record, ANA)[0] == said


def test_a_fact_carries_its_confidence_and_its_quote() -> None:
    row = fact_row(FACTS[1])
    assert (row["sure"], row["quote"], row["message_id"]) == ("96%", "«la maestría en finanzas»", 1)


def test_a_fact_under_70_percent_asks_for_attention() -> None:
    assert fact_row(FACTS[3])["low"]
    assert not fact_row(FACTS[2])["low"]


def test_a_fact_set_by_hand_names_the_hand() -> None:
    assert fact_row(FACTS[4])["locked_by"] == "Ana"


def test_an_unknown_fact_has_no_confidence() -> None:
    row = fact_row(FACTS[6])
    assert (row["known"], row["value"], row["sure"], row["quote"]) == (False, "Not known yet", "", "")


def test_the_chosen_consultant_stands_first_and_the_skipped_last() -> None:
    why = assigned(GIVEN)
    assert [row["name"] for row in why["shares"]] == ["Ana", "Chloe", "Bruno"]
    assert why["shares"][0]["share"] == "5 of 6.3"
    assert why["shares"][2]["skipped"] == "skipped: at capacity, 12 of 12"
    assert why["assigned_because"] == "Furthest below her share today. Line = leads due."


def test_a_lead_that_was_taken_needs_no_bars() -> None:
    why = assigned(replace(GIVEN, reason="taken", sentence="", considered=[]))
    assert (why["assigned_because"], why["shares"]) == ("Took it from the unassigned.", [])


def test_a_lead_that_nobody_has_has_no_why() -> None:
    assert assigned(None)["assigned_to"] == ""


def test_a_failed_message_says_why_and_may_be_tried_again() -> None:
    row = message_row(bubble(1, "human", "Hi", status="failed", error="This number is not on WhatsApp."))
    assert (row["trouble"], row["again"]) == ("This number is not on WhatsApp.", True)


@pytest.mark.parametrize("status", ["failed", "cancelled", "unknown"])
def test_a_stuck_message_is_never_silent(status: str) -> None:
    assert message_row(bubble(1, "human", "Hi", status=status))["trouble"]


def test_a_message_that_waits_says_so_without_a_button() -> None:
    row = message_row(bubble(1, "human", "Hi", status="queued", error="WhatsApp is busy."))
    assert (row["trouble"], row["again"]) == ("Waits to be sent again: WhatsApp is busy.", False)


def test_a_delivered_message_has_nothing_to_say() -> None:
    assert message_row(bubble(1, "human", "Hi", status="delivered"))["trouble"] == ""


def test_what_is_no_text_is_named() -> None:
    assert message_row(bubble(1, "lead", "", kind="voice"))["label"] == "Voice note"
    assert message_row(bubble(1, "lead", "", revoked=True))["label"] == "The lead deleted this message"


def test_a_colleague_is_not_the_reader() -> None:
    assert drawer_of(SOFIA, BRUNO)["reader_name"] == "Bruno Costa"
