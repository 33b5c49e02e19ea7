"""What is taken over from a model's judgement, and what the rules correct."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from app.classification.llm import Case, Judged, Judgement, LlmJudge, instructions, prompt_of
from app.classification.rubric import BANDS, Evidence, Weights
from app.llm.account import Charge, FallbackReason, Purpose, Usage
from app.llm.chat import Answer, ChatRequest, Reply
from app.llm.errors import ModelThrottled
from app.qualification.extraction.reading import Signal
from app.qualification.facts import Fact, FactName, Timeline
from app.qualification.interpreter import Line
from app.vocabulary import Outcome, Risk, Temperature

CHARGE = Charge("model", Purpose.CLASSIFY, Usage(500, 100), Decimal("0.0001"))
FACTS = {
    FactName.INTEREST: Fact(FactName.INTEREST, "Spanish", 0.9, "Spanish"),
    FactName.TIMELINE: Fact(FactName.TIMELINE, Timeline.NOW, 0.9, "now"),
    FactName.EMAIL: Fact(FactName.EMAIL, "ana@example.com", 0.9, "ana@example.com"),
}


class Scripted:
    """A model that judges what the test says."""

    def __init__(self, temperature: str = "HOT", risk: str = "LOW", points: tuple[int, ...] = (80,)) -> None:
        reasons = [{"factor": "need", "points": each, "text": "Wants it"} for each in points]
        self.said = {"temperature": temperature, "risk": risk, "reasons": reasons, "confidence": 1.7}
        self.fails: Exception | None = None
        self.told = ""

    async def ask(self, request: ChatRequest[Answer]) -> Reply[Answer]:
        if self.fails is not None:
            raise self.fails
        self.told = request.system
        return Reply(request.answer.model_validate(self.said), "model", (CHARGE,), 0.25)


async def judge(model: Scripted, evidence: Evidence) -> Judgement:
    return await LlmJudge(model, deadline=1).judge(Case("school", evidence, [Line("lead", "hi")]))


async def test_a_judgement_is_taken_with_its_price() -> None:
    judged = await judge(Scripted(), Evidence(FACTS))
    assert judged.made is not None
    assert (judged.made.temperature, judged.made.score, judged.made.confidence) == (Temperature.HOT, 80, 1.0)
    assert (judged.model, judged.tokens, judged.usd, judged.seconds) == ("model", 600, 0.0001, 0.25)


@pytest.mark.parametrize("points", [(5,), (200, 200), (-50,), ()])
async def test_a_score_cannot_contradict_its_temperature(points: tuple[int, ...]) -> None:
    made = (await judge(Scripted(points=points), Evidence(FACTS))).made
    assert made is not None
    low, high = BANDS[Temperature.HOT]
    assert low <= made.score <= high
    assert made.score == sum(reason.points for reason in made.reasons)


@pytest.mark.parametrize(
    ("evidence", "risk"),
    [
        (Evidence(FACTS, outcome=Outcome.OPTED_OUT), Risk.LOW),
        (Evidence(FACTS, {Signal.SPAM: 1}), Risk.HIGH),
        (Evidence(FACTS, {Signal.ABUSE: 1}), Risk.HIGH),
    ],
)
async def test_what_cannot_be_is_corrected(evidence: Evidence, risk: Risk) -> None:
    made = (await judge(Scripted(), evidence)).made
    assert made is not None
    assert (made.temperature, made.risk) == (Temperature.COLD, risk)
    assert made.score <= BANDS[Temperature.COLD][1]


async def test_without_an_answer_the_reason_is_told_and_nothing_raised() -> None:
    model = Scripted()
    model.fails = ModelThrottled(charges=(CHARGE,))
    judged = await judge(model, Evidence(FACTS))
    assert judged.made is None
    assert judged.fallback is FallbackReason.RATE_LIMITED
    assert judged.tokens == 600


def test_what_was_not_asked_has_neither_model_nor_price() -> None:
    nothing = Judgement(None)
    assert (nothing.model, nothing.tokens, nothing.usd) == (None, None, None)
    unknown = Judgement(None, (Charge("model", Purpose.CLASSIFY, Usage(1, 1), None),))
    assert unknown.usd is None


def test_the_case_is_told_without_addresses() -> None:
    chat = [Line("lead", "write to ana@example.com or +1 555 010 0199")]
    told: dict[str, Any] = json.loads(prompt_of(Case("school", Evidence(FACTS, {Signal.BUY_INTENT: 2}), chat)))
    assert "@" not in json.dumps(told)
    assert "0199" not in json.dumps(told)
    assert told["signals"] == {"buy_intent": 2}


def test_a_judgement_outside_of_the_words_is_none() -> None:
    with pytest.raises(ValueError, match="temperature"):
        Judged.model_validate({"temperature": "LUKEWARM", "risk": "LOW", "reasons": [], "confidence": 1})


async def test_a_changed_rubric_and_advice_reach_the_model() -> None:
    model, evidence = Scripted(), Evidence(FACTS, weights=Weights(1, 3, Timeline.NOW))

    await LlmJudge(model, deadline=1, advice="Be strict.").judge(Case("school", evidence, []))

    assert "act within 7 days" in model.told
    assert "timeline 30d, 90d, 180d or unknown" in model.told
    assert "evasive on one or more" in model.told
    assert "HIGH - three or more" in model.told
    assert "ADVICE (it cannot change the form of the answer):\nBe strict." in model.told


def test_every_line_of_the_rubric_is_drawn() -> None:
    assert not {"{", "}"} & set(instructions())
    assert "ADVICE" not in instructions()
