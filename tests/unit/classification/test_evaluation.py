"""Evaluation: figures that can be trusted, on the set that ships."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.classification.evaluation import (
    Tally,
    UnreadableConversations,
    agreement,
    evaluate,
    load,
    main,
    matches,
    shipped,
    turns,
)
from app.errors import Invalid
from app.qualification.facts import FactName


@pytest.fixture(scope="module")
def figures():
    return evaluate(shipped()).to_json()


def test_the_rules_reach_their_figures_on_the_shipped_set(figures):
    assert figures["conversations"] == 100
    assert figures["temperature"]["accuracy"] >= 0.88
    assert figures["risk"]["accuracy"] >= 0.78
    assert figures["slots"]["overall"]["f1"] >= 0.88
    assert min(figures[flag][part] for flag in ("opt_out", "wants_human") for part in ("precision", "recall")) >= 0.95


def test_rules_cost_nothing_and_every_turn_is_timed(figures):
    assert figures["cost_usd"] == 0.0
    assert figures["latency_ms"]["p95"] > 0


def test_every_slot_has_its_own_figures(figures):
    assert set(figures["slots"]) == {*(name.value for name in FactName), "overall"}


def test_a_burst_is_what_stands_between_two_messages_of_the_agent():
    messages = [("agent", "Hi"), ("lead", "a"), ("lead", "b"), ("agent", "c"), ("agent", "d"), ("lead", "e")]

    found = list(turns([{"from": who, "text": text} for who, text in messages]))

    assert found == [("Hi", ["a", "b"]), ("c\nd", ["e"])]


@pytest.mark.parametrize(
    ("slot", "gold", "predicted", "same"),
    [
        ("city", "São Paulo", "sao paulo", True),
        ("interest", "solar panels, my roof", "solar panels", True),
        ("interest", "solar panels for my roof", "roof", False),
        (
            "budget",
            {"amount": 1000, "currency": "USD", "period": "once"},
            {"amount": 1009, "currency": "USD", "period": "once"},
            True,
        ),
        (
            "budget",
            {"amount": 1000, "currency": "USD", "period": "once"},
            {"amount": 1000, "currency": "EUR", "period": "once"},
            False,
        ),
        ("timeline", "30d", "90d", False),
    ],
)
def test_answers_match_as_the_rubric_says(slot, gold, predicted, same):
    assert matches(slot, gold, predicted) is same


def test_agreement_knows_chance():
    assert agreement([("a", "a"), ("b", "b")]) == {"accuracy": 1.0, "macro_f1": 1.0, "kappa": 1.0}
    assert agreement([("a", "a"), ("b", "a")])["kappa"] == 0.0
    assert agreement([("a", "a")])["kappa"] == 1.0
    assert agreement([])["accuracy"] == 0.0


def test_a_tally_without_anything_to_find_is_perfect():
    assert Tally().figures() == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert Tally(left_out=2).figures()["f1"] == 0.0


def test_an_empty_file_gives_figures_all_the_same(tmp_path):
    path = tmp_path / "empty.jsonl"
    path.write_text("", "utf-8")

    assert evaluate(path).to_json()["latency_ms"]["max"] == 0.0


@pytest.mark.parametrize("text", ["{", "3", '{"id": "a"}'])
def test_what_is_no_conversation_is_refused_with_the_path(tmp_path, text):
    path = tmp_path / "bad.jsonl"
    path.write_text(text, "utf-8")

    with pytest.raises(UnreadableConversations, match=r"bad\.jsonl"):
        load(path)


def test_an_unknown_method_is_refused():
    with pytest.raises(Invalid, match="rules"):
        evaluate(shipped(), "magic")


def test_the_command_prints_one_json_object(capsys):
    assert main(["--json"]) == 0
    assert json.loads(capsys.readouterr().out)["method"] == "rules"


def test_the_command_prints_the_misses_for_people(capsys, tmp_path):
    path = tmp_path / "one.jsonl"
    conversation = load(shipped())[0]
    conversation["gold"]["slots"]["city"] = "Atlantis"
    path.write_text(json.dumps(conversation), "utf-8")

    assert main([str(path)]) == 0
    assert '"Atlantis"' in capsys.readouterr().out


def test_the_command_says_what_is_wrong_with_a_file(capsys, tmp_path):
    assert main([str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl" in capsys.readouterr().err


def test_the_rules_read_other_invented_chats_nearly_as_well():
    figures = evaluate(Path(__file__).with_name("conversations.jsonl")).to_json()

    assert figures["temperature"]["accuracy"] >= 0.82
    assert figures["risk"]["accuracy"] >= 0.72
    assert figures["slots"]["overall"]["f1"] >= 0.82
    assert min(figures[flag][part] for flag in ("opt_out", "wants_human") for part in ("precision", "recall")) >= 0.92
