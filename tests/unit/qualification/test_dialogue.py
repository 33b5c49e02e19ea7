"""The interview: one question at a time, none more than twice, and a kind end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.qualification.dialogue import Progress, Step, next_step, told_enough
from app.qualification.extraction import Signal
from app.qualification.facts import DecisionMaker, Fact, FactName, Timeline
from app.qualification.interpreter import Line, RuleInterpreter, TurnRequest
from app.qualification.playbook import load_playbook
from app.vocabulary import Language, Outcome

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SCHOOL = load_playbook("school")


class Chat:
    """A chat with the agent of a playbook; ``say`` returns what came of a burst."""

    def __init__(self, playbook=SCHOOL, progress=None):
        self.playbook, self.progress = playbook, progress or Progress()
        self.history: list[Line] = []

    async def say(self, *burst: str) -> Step:
        request = TurnRequest(burst, tuple(self.history), self.progress, self.playbook, NOW)
        step = next_step(self.progress, await RuleInterpreter().interpret(request), self.playbook, NOW)
        self.progress = Progress.from_json(step.progress.to_json())
        self.history += [*(Line("lead", text) for text in burst), *([Line("agent", step.reply)] if step.reply else [])]
        return step


async def test_the_first_answer_greets_and_asks_one_question():
    step = await Chat().say("hi")

    assert step.reply is not None
    assert "Lia" in step.reply
    assert step.reply.count("?") == 1
    assert step.asks is FactName.INTEREST


@pytest.mark.parametrize(
    ("hello", "words"), [("hi there", "Which course"), ("oi, tudo bem?", "Qual curso"), ("hola buenas", "Qué curso")]
)
async def test_the_agent_speaks_the_language_of_the_lead(hello, words):
    assert words in ((await Chat().say(hello)).reply or "")


async def test_facts_given_at_once_are_not_asked_for():
    chat = Chat()

    await chat.say(
        "Hi I'm Tess from Galway, I want an english course in january, up to 200 euros a month, I decide alone"
    )
    step = await chat.say("tess@example.com")

    assert step.outcome is Outcome.COMPLETED
    assert set(chat.progress.facts) == set(FactName)


async def test_the_end_sums_up_what_was_noted():
    chat = Chat()
    await chat.say(
        "Hi I'm Tess from Galway, I want an english course in january, up to 200 euros a month, I decide alone"
    )

    reply = (await chat.say("tess@example.com")).reply or ""

    assert "EUR 200 a month" in reply
    assert "Galway" in reply
    assert "Thank you, Tess" in reply


async def test_a_question_is_answered_and_the_open_one_asked_again():
    chat = Chat()
    asked = (await chat.say("hi, english please")).asks

    step = await chat.say("do you teach online?")

    assert "online" in (step.reply or "")
    assert step.asks is asked


async def test_prices_are_never_invented():
    chat = Chat()
    await chat.say("hi")

    reply = (await chat.say("how much is it?")).reply or ""

    assert not any(letter.isdigit() for letter in reply)


async def test_what_the_fact_sheet_does_not_know_goes_to_a_consultant():
    chat = Chat()
    await chat.say("hi")

    assert "consultants" in ((await chat.say("is the teacher vegan?")).reply or "")


async def test_a_correction_replaces_what_was_said():
    chat = Chat()
    await chat.say("hi, english course, I live in Leeds")

    await chat.say("sorry, I meant I live in York")

    assert chat.progress.facts[FactName.CITY].value == "York"


async def test_a_locked_fact_is_never_overwritten():
    city = Fact(FactName.CITY, "Leeds", 1.0, "", locked_by="Mara")
    chat = Chat(progress=Progress(facts={FactName.CITY: city}))

    await chat.say("sorry, I meant I live in York")

    assert chat.progress.facts[FactName.CITY] == city


async def test_whoever_asks_for_a_person_is_handed_over_at_once():
    step = await Chat().say("can I talk to a real person please")

    assert step.outcome is Outcome.HANDED_OVER
    assert step.progress.finished is Outcome.HANDED_OVER


async def test_an_opt_out_is_confirmed_once_and_then_silence():
    chat = Chat()

    first = await chat.say("stop messaging me")
    second = await chat.say("ok")

    assert first.outcome is Outcome.OPTED_OUT
    assert first.reply
    assert second.reply is None


async def test_an_opt_out_counts_also_after_the_end():
    chat = Chat(progress=Progress(finished=Outcome.COMPLETED, greeted=True))

    assert (await chat.say("remove my number please")).outcome is Outcome.OPTED_OUT


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("thanks!", "🙂"),
        ("my email is tess@example.com", "updated"),
        ("fine then", "consultant"),
        ("is it online?", "online"),
    ],
)
async def test_after_the_end_answers_are_short_and_nothing_begins_again(said, words):
    chat = Chat(progress=Progress(finished=Outcome.COMPLETED, greeted=True, language=Language.EN))

    step = await chat.say(said)

    assert words in (step.reply or "")
    assert step.asks is None
    assert step.outcome is None


@pytest.mark.parametrize("ended", [Outcome.COMPLETED, Outcome.HANDED_OVER])
async def test_after_the_end_a_person_may_still_be_asked_for_and_again(ended):
    chat = Chat(progress=Progress(finished=ended, greeted=True, language=Language.EN))

    assert (await chat.say("can someone call me?")).outcome is Outcome.HANDED_OVER


@pytest.mark.parametrize(
    ("said", "calls"),
    [("thanks!", False), ("is it online?", False), ("fine then", True), ("is the teacher vegan?", True)],
)
async def test_after_the_end_whoever_is_promised_a_person_gets_one(said, calls):
    chat = Chat(progress=Progress(finished=Outcome.HANDED_OVER, greeted=True, language=Language.EN))

    assert (await chat.say(said)).calls is calls


async def test_after_the_end_silence_calls_a_person():
    chat = Chat(progress=Progress(finished=Outcome.COMPLETED, greeted=True, language=Language.EN, goodbyes=2))

    step = await chat.say("fine then")

    assert (step.reply, step.calls) == (None, True)


async def test_a_vendor_hears_once_that_this_is_for_customers():
    chat = Chat()

    first = await chat.say("We help schools get more students with SEO, free audit attached")
    second = await chat.say("free audit for you, just reply yes")

    assert "customers" in (first.reply or "")
    assert second.reply is None


async def test_a_lead_without_plans_is_not_asked_any_more():
    chat = Chat()
    await chat.say("hi")

    step = await chat.say("we already signed with another school")

    assert step.asks is None
    assert chat.progress.facts[FactName.TIMELINE].value is Timeline.NONE


async def test_a_question_that_is_dodged_comes_again_after_the_others():
    chat = Chat()
    await chat.say("hi, english course")

    step = await chat.say("rather not say")

    assert step.asks is FactName.TIMELINE
    assert chat.progress.signals[Signal.EVASIVE] == 1


async def test_voice_notes_are_answered_with_a_kind_request_for_text():
    assert "write it" in ((await Chat().say()).reply or "")


async def test_anger_is_met_calmly():
    chat = Chat()
    await chat.say("hi")

    assert "sorry" in ((await chat.say("you bunch of idiots")).reply or "").lower()


async def test_who_never_answers_is_asked_each_thing_twice_at_most_and_then_let_go():
    chat = Chat()

    steps = [await chat.say("hmm") for _ in range(20)]

    assert max(chat.progress.asked.values()) == 2
    assert Outcome.COMPLETED in {step.outcome for step in steps}


SAYINGS = [
    "hi",
    "thanks",
    "how much?",
    "english course",
    "Ana Lima",
    "in january",
    "200 euros",
    "Leeds",
    "I decide",
    "depends",
    "rather not say",
    "no",
    "yes",
    "you idiots",
    "tell me a joke",
    "oi, quero um curso",
    "no sé",
    "👍",
]


@given(st.lists(st.sampled_from(SAYINGS), min_size=1, max_size=14))
@settings(max_examples=40, deadline=None)
def test_nothing_is_ever_asked_more_than_twice(said):
    import asyncio

    chat = Chat()
    outcomes = [asyncio.run(chat.say(text)).outcome for text in said]

    assert all(times <= 2 for times in chat.progress.asked.values())
    assert sum(outcome is not None for outcome in outcomes) <= 1


async def test_other_people_deciding_is_kept():
    chat = Chat()
    await chat.say("hi, english course")
    await chat.say("my mother decides, she pays")

    assert chat.progress.facts[FactName.DECISION_MAKER].value is DecisionMaker.OTHER


def test_progress_comes_back_from_storage_with_the_facts_of_their_own_column():
    fact = Fact(FactName.CITY, "Leeds", 1.0, "", locked_by="Mara")
    progress = Progress(turns=3, language=Language.PT, last_asked=FactName.CITY, asked={FactName.CITY: 1})

    stored = progress.to_json()

    assert Progress.from_json(stored) == progress
    own = {"city": {"value": "Leeds", "confidence": 1.0, "quote": "", "locked_by": "Mara"}}
    assert Progress.from_json(stored, own).facts == {FactName.CITY: fact}
    assert Progress.from_json({}) == Progress()


async def test_a_correction_in_the_same_burst_counts():
    chat = Chat()
    await chat.say("hi, english course")

    await chat.say("I live in Chicago", "sorry, I meant Austin")

    assert chat.progress.facts[FactName.CITY].value == "Austin"


async def test_an_optional_fact_that_is_declined_is_not_asked_for_again():
    chat = Chat()
    await chat.say("Hi I'm Tess from Galway, I want english, in january, up to 200 euros a month, I decide alone")

    step = await chat.say("no, I don't have one")

    assert step.outcome is Outcome.COMPLETED
    assert chat.progress.asked[FactName.EMAIL] == 2


async def test_courtesies_after_the_end_are_returned_twice_and_then_left_alone():
    chat = Chat(progress=Progress(finished=Outcome.COMPLETED, greeted=True, language=Language.EN))

    replies = [(await chat.say("thanks!")).reply for _ in range(4)]

    assert [reply is None for reply in replies] == [False, False, True, True]
    assert (await chat.say("is it online?")).reply is not None, "a question is still answered"


def test_who_told_all_but_an_optional_fact_told_enough_and_who_passed_over_what_is_asked_last_did_not():
    required = [question.fact for question in SCHOOL.questions if question.required]
    known = {fact: Fact(fact, "x", 1.0, "x") for fact in required}
    last = required[-1]
    all_but_last = {fact: one for fact, one in known.items() if fact is not last}
    twice = {last: 2}
    assert told_enough(Progress(facts=known, last_asked=FactName.EMAIL), SCHOOL)
    assert told_enough(Progress(facts=known, last_asked=last, doubted=frozenset({last})), SCHOOL)
    assert told_enough(Progress(facts=all_but_last, asked=twice, last_asked=FactName.EMAIL), SCHOOL)
    assert not told_enough(Progress(facts=all_but_last, asked=twice, last_asked=last), SCHOOL)
    assert not told_enough(Progress(facts=known), SCHOOL), "nothing was left open: they were sent away"
