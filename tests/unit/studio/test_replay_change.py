"""What a replay's form may ask for, and how its result is told."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.classification.conversations import Conversation, load, shipped
from app.classification.scoring import Prediction
from app.clock import SystemClock
from app.errors import Invalid
from app.llm.account import Charge, Purpose, Usage
from app.llm.budget import Limits
from app.llm.errors import BudgetSpent
from app.qualification.facts import FactName, Timeline
from app.qualification.playbook import load_playbook, parse_playbook, text_of
from app.studio.replay_budget import RunBudget
from app.studio.replay_change import Change, RunStatus, Source, change_of, without_effect
from app.studio.replay_chats import Chat
from app.studio.replay_figures import compare, result_of
from app.studio.replay_runs import Run
from app.studio.replay_talk import talk
from app.studio.replay_view import about, details, form, run_row, title
from app.vocabulary import Language

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
    chat = Chat(1, conversation, ("HOT", "LOW"), frozenset(FactName), by_rules=True)
    return result_of("rules", [compare(chat, before, after).to_json()], unread=0, paid_usd=0.0)


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
    usual = {
        "done": 0,
        "total": 0,
        "spent_usd": 0.0,
        "result": {},
        "error": "",
        "by": "Mara",
        "created_at": NOW,
        "seconds": None,
    }
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

    assert title(change) == "a/b with playbook 3, advice, another rubric, over stored conversations"
    assert "At most $1.00." in about(change)


def test_an_unknown_cost_is_shown_as_unknown():
    result = _result(_prediction(), _prediction(usd=None)) | {"fallback": {"share": 0.0, "reasons": {}}}
    shown = details(_run(RunStatus.DONE, Change(method="llm", usd=Decimal(1)), result=result))
    figures = {each["name"]: each for each in shown["figures"]}

    assert figures["Cost"]["value"] == "unknown"
    assert figures["Temperature agrees"]["of"] == "0% before, 1 labelled"


def test_figures_that_are_not_of_the_model_say_so():
    fallback = {"share": 0.5, "reasons": {"timeout": 3}, "judged": 1, "judged_reasons": {"timeout": 1}}
    result = _result(_prediction(), _prediction(usd=Decimal("0.001"))) | {"fallback": fallback, "unread": 29}
    run = _run(RunStatus.DONE, Change(method="llm", usd=Decimal(1)), result=result, done=1, total=30)
    figures = {each["name"]: each["value"] for each in details(run)["figures"]}

    assert figures["Read by the rules instead"] == "50%"
    assert figures["Judged by the rules instead"] == "100%"
    assert details(run)["note"].startswith("The figures are of 1 of 30 conversations: then the budget was spent")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "Nothing is changed yet"),
        ({"advice": "Be strict."}, "Advice and a model change nothing that the rules read"),
        ({"model": "a/b", "evasions": 1}, "Advice and a model change nothing that the rules read"),
        ({"method": "llm", "usd": 1, "playbook": 2}, "A playbook does not change how a model reads the shipped chats"),
        ({"playbook": 2}, ""),
        ({"evasions": 1}, ""),
        ({"source": "stored"}, ""),
        ({"method": "llm", "usd": 1}, ""),
        ({"method": "llm", "usd": 1, "playbook": 2, "source": "stored"}, ""),
    ],
)
def test_what_cannot_show_anything_is_refused_with_its_reason(fields, why):
    assert without_effect(Change.model_validate(fields)).startswith(why)
    assert bool(without_effect(Change.model_validate(fields))) is bool(why)


SCHOOL = load_playbook("school")


def chat_of(*lines: tuple[str, str]) -> Conversation:
    gold = {"slots": {}, "temperature": "WARM", "risk": "LOW", "opt_out": False, "wants_human": False}
    said = [{"from": author, "text": text} for author, text in lines]
    return Conversation.model_validate({"id": "chat 1", "business": "language school", "messages": said, "gold": gold})


async def test_another_playbook_shows_what_the_agent_would_say_instead():
    other = parse_playbook(
        text_of("school").replace(
            "Which course are you looking for, and is it for you or for someone else?", "What shall it be?"
        )
    )
    chat = chat_of(("lead", "Hi there!"), ("agent", "What is your name?"), ("lead", "I'm Marta Silva from Leeds"))

    told = await talk(chat, SCHOOL, other, pause=0)

    assert (told.bursts, told.same) == (2, 1)
    assert "Which course" in told.shown[0][0]
    assert "What shall it be?" in told.shown[0][1]
    assert (await talk(chat, SCHOOL, SCHOOL, pause=0)).same == 2


async def test_what_the_lead_told_is_not_in_the_answers_that_are_kept():
    closing = dict.fromkeys(Language, "That is all, {name}: {summary}")
    other = SCHOOL.model_copy(update={"manners": SCHOOL.manners.model_copy(update={"summary": closing})})
    chat = chat_of(
        ("lead", "I'm Marta Silva, marta@example.com, from Leeds, I want business English, up to 900 euros in total"),
        ("agent", "When?"),
        ("lead", "next week, and I decide on my own"),
    )

    told = await talk(chat, SCHOOL, other, pause=0)

    kept = " ".join(words for pair in told.shown for words in pair)
    assert told.shown
    assert not [word for word in ("Marta", "Silva", "Leeds", "business English", "900", "example") if word in kept]


def test_a_run_spends_no_more_than_is_left_of_its_money():
    budget = RunBudget(Limits(), SystemClock(), most=Decimal(1), spent=Decimal("0.995"))
    budget.admit(1)

    budget.spend(1, Charge("model", Purpose.CLASSIFY, Usage(), None))  # a call that nobody counted is not free

    assert budget.is_empty
    with pytest.raises(BudgetSpent):
        budget.admit(2)


def test_the_form_offers_what_there_is():
    assert form(["a"], [(2, "2. note")], key=True)["playbooks"] == [{"number": "2", "said": "2. note"}]
