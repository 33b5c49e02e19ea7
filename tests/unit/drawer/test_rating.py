"""What the drawer shows of a rating, of verdicts on it, and of the brief."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.board.drawer_rating import briefed, judgement
from app.classification.verdicts import Said
from tests.unit.drawer.standins import BRIEF, JUDGED, SOFIA

AT = datetime(2026, 11, 23, tzinfo=UTC)


def said(temperature: str, **more: Any) -> Said:
    first: dict[str, Any] = {"risk": "LOW", "by_name": "Ana Ribeiro", "mine": True, "sample": "override"}
    return Said(**{"temperature": temperature, "classification_id": 1, "at": AT, **first, **more})


def test_the_classification_gives_its_points_with_a_sign() -> None:
    rated = judgement(SOFIA)
    assert rated["score"] == "78 of 100, rules"
    assert [row["points"] for row in rated["reasons"]] == ["+35", "+30", "+18", "−5"]
    assert rated["reasons"][0]["width"] == "78%"
    assert [row["negative"] for row in rated["reasons"]] == [False, False, False, True]


def test_the_heaviest_reason_fills_its_bar_at_most() -> None:
    heavy = replace(JUDGED, reasons=[("timeline", 60, "Wants to start now"), ("need", 30, "Need we serve")])
    assert [row["width"] for row in judgement(replace(SOFIA, classification=heavy))["reasons"]] == ["100%", "50%"]


def test_why_there_is_a_risk_stands_beside_it_and_not_among_the_points() -> None:
    risky = replace(JUDGED, reasons=[("need", 30, "Need we serve"), ("risk", -5, "Objects to the price")])
    rated = judgement(replace(SOFIA, classification=risky))
    assert rated["risk_because"] == "Objects to the price"
    assert rated["reasons"][1]["text"] == "Risk"


def test_a_model_is_named_as_llm() -> None:
    assert judgement(replace(SOFIA, classification=replace(JUDGED, method="llm")))["score"] == "78 of 100, LLM"


def test_an_unrated_lead_has_no_score_and_nothing_to_judge() -> None:
    rated = judgement(replace(SOFIA, classification=None, temperature=None))
    assert (rated["judged"], rated["score"], rated["reasons"], rated["ask"]) == (False, "", [], "")


def test_a_rating_without_a_verdict_asks_for_one_and_compares_nothing() -> None:
    rated = judgement(SOFIA)
    assert rated["ask"] == "Is HOT right, and the risk? One click says so."
    assert (rated["mine_said"], rated["opinions"], rated["rating_id"]) == ("", [], 1)


def test_whoever_may_not_judge_is_not_asked() -> None:
    assert judgement(replace(SOFIA, may_judge=False))["ask"] == ""


def test_a_verdict_stands_beside_the_rating() -> None:
    rated = judgement(replace(SOFIA, verdicts=(said("WARM"), said("COLD", by_name="Mara Lima", mine=False))))
    assert [(row["who"], row["temperature"], row["risk"]) for row in rated["opinions"]] == [
        ("You", "WARM", "LOW"),
        ("Mara", "COLD", "LOW"),
        ("Rules", "HOT", "MEDIUM"),
    ]
    assert (rated["mine_said"], rated["mine_risk"]) == ("WARM", "LOW")


def test_a_confirmation_needs_no_comparison_unless_it_was_given_blindly() -> None:
    agreed = said("HOT", risk="MEDIUM")
    assert judgement(replace(SOFIA, verdicts=(agreed,)))["opinions"] == []
    assert len(judgement(replace(SOFIA, verdicts=(replace(agreed, sample="random"),)))["opinions"]) == 2


def test_a_verdict_given_blindly_says_so() -> None:
    rated = judgement(replace(SOFIA, verdicts=(said("WARM", sample="random"),)))
    assert [row["note"] for row in rated["opinions"]] == ["blind", ""]


@pytest.mark.parametrize(
    ("may_judge", "words"), [(True, "say what you think first"), (False, "whoever takes this lead")]
)
def test_who_is_asked_blindly_is_told_why(may_judge: bool, words: str) -> None:
    rated = judgement(replace(SOFIA, blind=True, classification=None, may_judge=may_judge))
    assert words in rated["ask"]
    assert rated["score"] == ""


def test_the_brief_has_four_lines_and_the_message_to_send() -> None:
    shown = briefed(BRIEF)
    assert [line["label"] for line in shown["brief"]] == ["Wants", "Money", "Decides", "Mood"]
    assert shown["brief"][2]["text"] == "Decides with someone. Risk: depends on somebody else."
    assert shown["brief"][3]["text"] == "Answers freely. Said «es un poco caro» (price)."
    assert shown["suggestion"].startswith("Hola Sofía")
    assert shown["brief_by"] == "written by rules"


def test_a_brief_without_objections_says_so_and_one_by_a_model_names_the_agent() -> None:
    shown = briefed(replace(BRIEF, objections=[], risk="", by_model=True))
    assert shown["brief"][3]["text"] == "Answers freely. No objections."
    assert shown["brief"][2]["text"] == "Decides with someone."
    assert shown["brief_by"] == "written by the agent"


def test_no_brief_is_no_line() -> None:
    assert briefed(None) == {"brief": [], "suggestion": "", "brief_by": "", "brief_at": 0}
