"""Evaluation: figures that can be trusted, on the set that ships."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from app.classification.conversations import Said, UnreadableConversations, load, shipped, turns
from app.classification.evaluation import evaluate, main, predictions
from app.classification.methods import ByRules
from app.classification.scoring import Report, Tally, agreement, latency, matches
from app.errors import Invalid
from app.qualification.facts import FactName

DEVELOPMENT, SECOND = shipped()


@pytest.fixture(scope="module")
def figures():
    return evaluate(DEVELOPMENT).to_json()


def test_the_rules_reach_their_figures_on_the_shipped_set(figures):
    assert figures["conversations"] == 100
    assert figures["temperature"]["accuracy"] >= 0.97
    assert figures["risk"]["accuracy"] >= 0.95
    assert figures["slots"]["overall"]["f1"] >= 0.97
    assert min(figures[flag][part] for flag in ("opt_out", "wants_human") for part in ("precision", "recall")) >= 0.95


def test_the_rules_reach_their_figures_on_the_second_shipped_set():
    figures = evaluate(SECOND).to_json()

    assert figures["conversations"] >= 90
    assert figures["temperature"]["accuracy"] >= 0.92
    assert figures["risk"]["accuracy"] >= 0.92
    assert figures["slots"]["overall"]["f1"] >= 0.94
    assert min(figures[flag][part] for flag in ("opt_out", "wants_human") for part in ("precision", "recall")) >= 0.95


def test_rules_cost_nothing_and_every_turn_is_timed(figures):
    assert figures["cost_usd"] == 0.0
    assert figures["latency_ms"]["p95"] > 0


def test_every_slot_has_its_own_figures(figures):
    assert set(figures["slots"]) == {*(name.value for name in FactName), "overall"}


def test_a_burst_is_what_stands_between_two_messages_of_the_agent():
    messages = [("agent", "Hi"), ("lead", "a"), ("lead", "b"), ("agent", "c"), ("agent", "d"), ("lead", "e")]

    found = list(turns([Said.model_validate({"from": who, "text": text}) for who, text in messages]))

    assert found == [(("Hi",), ("a", "b")), (("c", "d"), ("e",))]


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


GOLD = {"slots": {}, "temperature": "WARM", "risk": "LOW", "opt_out": False, "wants_human": False}
GOOD = {"id": "a", "lang": "en", "business": "gym", "messages": [{"from": "lead", "text": "hi"}], "gold": GOLD}


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{", "Invalid JSON"),
        ("3", "object"),
        ('{"id": "a"}', "messages"),
        (json.dumps(GOOD | {"messages": [{"from": "robot", "text": "hi"}]}), "messages.0.from"),
        (json.dumps(GOOD | {"gold": GOLD | {"temperature": "TEPID"}}), "gold.temperature"),
        (json.dumps(GOOD | {"gold": GOLD | {"opt_out": None}}), "gold.opt_out"),
        (json.dumps(GOOD | {"gold": GOLD | {"slots": {"timeline": "soon"}}}), "gold.slots.timeline"),
        (json.dumps(GOOD | {"gold": GOLD | {"slots": {"budget": {"amount": 5}}}}), "gold.slots.budget.currency"),
    ],
)
def test_what_is_no_conversation_is_refused_with_its_line_and_its_fault(tmp_path, line, what):
    path = tmp_path / "bad.jsonl"
    path.write_text(f"{json.dumps(GOOD)}\n\n{line}\n", "utf-8")

    with pytest.raises(UnreadableConversations, match=rf"bad\.jsonl, line 3: .*{what}"):
        load(path)


def test_a_line_may_hold_separators_that_are_no_line_ends(tmp_path):
    path = tmp_path / "odd.jsonl"
    said = {"messages": [{"from": "lead", "text": "one\u2028two\x0bthree"}]}
    path.write_text("\ufeff" + json.dumps(GOOD | said, ensure_ascii=False) + "\r\n", "utf-8")

    assert load(path)[0].messages[0].text == "one\u2028two\x0bthree"


def test_unknown_cost_stays_unknown_and_is_never_nothing():
    report = Report("llm", usd=None)

    assert report.to_json()["cost_usd"] is None


def test_latency_names_the_slowest_of_a_hundred():
    assert latency(range(1, 101)) == {"mean": 50.5, "p50": 51, "p95": 96, "p99": 100, "max": 100}


def test_an_unknown_method_is_refused():
    with pytest.raises(Invalid, match="rules"):
        evaluate(DEVELOPMENT, "magic")


def test_the_command_prints_one_json_object(capsys):
    assert main([str(DEVELOPMENT), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["method"] == "rules"


def test_without_a_file_the_command_scores_both_shipped_sets(capsys):
    assert main(["--json"]) == 0
    assert [json.loads(line)["conversations"] for line in capsys.readouterr().out.splitlines()] == [
        100,
        len(load(SECOND)),
    ]


async def test_reading_leaves_the_ctrl_c_of_its_program_alone() -> None:
    pressed = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, pressed.set)
    try:
        await predictions(ByRules(), load(DEVELOPMENT)[:1], at_once=1)
        os.kill(os.getpid(), signal.SIGINT)
        await pressed.wait()
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def test_without_a_key_the_command_says_what_to_set(capsys, monkeypatch):
    monkeypatch.setenv("GROQ_API_KEY", "")
    assert main(["--method", "llm"]) == 2
    assert capsys.readouterr().err == (
        "A language model needs a key: set GROQ_API_KEY, or another service in LEADLINE_LLM_PROVIDERS.\n"
    )


def test_the_command_prints_the_misses_for_people(capsys, tmp_path):
    path = tmp_path / "one.jsonl"
    conversation = json.loads(DEVELOPMENT.read_text("utf-8").splitlines()[0])
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
