"""What a replay's form may ask for, and how its result is told."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.classification.conversations import load, shipped
from app.classification.scoring import Prediction
from app.errors import Invalid
from app.qualification.facts import FactName, Timeline
from app.studio.replay_change import Change, RunStatus, Source, change_of
from app.studio.replay_chats import Chat
from app.studio.replay_figures import result_of
from app.studio.replay_runs import Run
from app.studio.replay_view import about, details, form, run_row, title

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_a_form_becomes_a_change_and_empty_fields_keep_what_holds():
    change = change_of({"source": "stored", "sample": "20", "evasions": "", "hot_within": "90d", "unknown": "x"})

    assert (change.source, change.sample) == (Source.STORED, 20)
    assert (change.weights.evasions, change.weights.hot_within) == (2, Timeline.DAYS_90)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"sample": "0"}, "Conversations: "),
        ({"sample": "many"}, "Conversations: "),
        ({"method": "llm"}, "A model needs a budget"),
        ({"method": "llm", "usd": "1000"}, "Budget: "),
        ({"advice": "x" * 1_001}, "Advice: "),
        ({"evasions": "9"}, "Evaded questions: "),
    ],
)
def test_what_is_wrong_with_a_form_is_said_in_its_words(fields, said):
    with pytest.raises(Invalid, match=f"^{said}"):
        change_of(fields)


def _prediction(**changes) -> Prediction:
    usual = {
        "slots": {},
        "temperature": "WARM",
        "risk": "LOW",
        "opt_out": False,
        "wants_human": False,
        "turn_ms": (1.0,),
    }
    return Prediction(**(usual | changes))


def _result(before: Prediction, after: Prediction):
    conversation = load(shipped()[0])[0]
    return result_of("rules", [Chat(conversation, ("HOT", "LOW"), frozenset(FactName))], [before], [after])


def test_facts_are_told_as_gained_lost_and_different():
    result = _result(
        _prediction(slots={"name": "Ana", "city": "Porto"}), _prediction(slots={"city": "Braga", "interest": "gym"})
    )

    assert result["facts"]["name"] == {"same": 0, "gained": 0, "lost": 1, "different": 0}
    assert result["facts"]["city"] == {"same": 0, "gained": 0, "lost": 0, "different": 1}
    assert result["facts"]["interest"] == {"same": 0, "gained": 1, "lost": 0, "different": 0}


def test_differences_are_kept_without_names_addresses_and_numbers():
    result = _result(
        _prediction(slots={"name": "Marta Silva"}),
        _prediction(slots={"email": "marta@example.com", "interest": "call +1 555 010 0142"}, wants_human=True),
    )

    shown = {miss["what"]: (miss["before"], miss["after"]) for miss in result["misses"]}
    assert shown["name"] == ("M… S…", "–")
    assert shown["email"] == ("–", "m…")
    assert shown["interest"] == ("–", "call [phone 1]")
    assert shown["wants_human"] == ("–", "yes")


def test_agreement_with_people_is_told_before_and_after():
    result = _result(_prediction(temperature="WARM"), _prediction(temperature="HOT"))

    assert result["verdicts"] == {
        "n": 1,
        "temperature": {"before": 0.0, "after": 1.0},
        "risk": {"before": 1.0, "after": 1.0},
    }
    assert result["temperature"]["table"][1][0] == 1


def _run(status: RunStatus, change: Change | None = None, **more) -> Run:
    usual = {"done": 0, "total": 0, "result": {}, "error": "", "by": "Mara", "created_at": NOW, "seconds": None}
    return Run(id=1, status=status, change=change or Change(), **(usual | more))


@pytest.mark.parametrize(
    ("run", "said", "share"),
    [
        (_run(RunStatus.QUEUED), "Waits for the worker", "0%"),
        (_run(RunStatus.RUNNING), "Begins", "0%"),
        (_run(RunStatus.RUNNING, done=5, total=20), "5 of 20 conversations", "25%"),
        (_run(RunStatus.FAILED, error="No key."), "No key.", "0%"),
    ],
)
def test_a_run_says_how_far_it_is(run, said, share):
    row = run_row(run)

    assert (row["said"], row["share"]) == (said, share)


def test_a_run_says_what_it_tries():
    change = Change(method="llm", usd=Decimal(1), model="a/b", playbook=3, advice="Hi", evasions=1, source="stored")

    assert title(change) == "a/b with playbook 3, advice, rubric, over stored conversations"
    assert "At most $1.00." in about(change)


def test_an_unknown_cost_is_shown_as_unknown():
    result = _result(_prediction(), _prediction(usd=None))
    figures = {each["name"]: each for each in details(_run(RunStatus.DONE, result=result))["figures"]}

    assert figures["Cost"]["value"] == "unknown"
    assert figures["Temperature agrees"]["of"] == "0% before, the labels n = 1"


def test_the_form_offers_what_there_is():
    assert form(["a"], [(2, "2. note")], key=True)["playbooks"] == [{"number": "2", "said": "2. note"}]
