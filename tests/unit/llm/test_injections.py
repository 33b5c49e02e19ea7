"""Tries to turn the agent, with a model that obeys each of them: the reply stays what the business would say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from app.llm.account import Charge, Purpose, Usage
from app.llm.chat import Answer, ChatRequest, Reply
from app.qualification import llm
from app.qualification.dialogue import next_step
from app.qualification.extraction.reading import Reading
from app.qualification.facts import FactName
from app.qualification.interpreter import Line, RuleInterpreter, TurnRequest
from app.qualification.llm import FallbackInterpreter, LlmInterpreter
from app.qualification.playbook import load_playbook
from app.qualification.progress import Progress
from app.qualification.prompts import RULES
from app.qualification.wording import worded
from app.vocabulary import Language, Outcome
from tests.support.groq_standin_mind import think

CORPUS = yaml.safe_load((Path(__file__).parent / "injections.yaml").read_text("utf-8"))
TRIES = [(language, *pair) for language in ("en", "pt", "es") for pair in CORPUS[language]]
PLAYBOOK = load_playbook("school")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ASKED = {Language.EN: "When would you like to start?", Language.PT: "Quando quer começar?", Language.ES: "¿Cuándo?"}


class Obedient:
    """A model that says whatever it is told to, and denies every wish to be left alone."""

    def __init__(self, reply: str) -> None:
        self.reply = reply

    async def ask(self, request: ChatRequest[Answer]) -> Reply[Answer]:
        thought = think("understood", request.system, json.loads(request.messages[0].text))
        obeyed = thought | {"reply": self.reply, "intents": ["answer"], "questions": []}
        charge = Charge("obedient", Purpose.EXTRACT, Usage(1, 1), Decimal(0))
        return Reply(request.answer.model_validate(obeyed), "obedient", (charge,), 0.0)


def turn(text: str, language: Language) -> TurnRequest:
    progress = Progress(language=language, greeted=True, turns=2, last_asked=FactName.TIMELINE)
    return TurnRequest([text], [Line("agent", ASKED[language])], progress, PLAYBOOK, NOW)


async def said(text: str, language: Language, obeyed: str) -> tuple[Reading, str | None, str | None]:
    """What the model's side understands, what is said, and what the rules alone would have said."""
    request = turn(text, language)
    reading = await FallbackInterpreter(LlmInterpreter(Obedient(obeyed), deadline=1)).interpret(request)
    step = next_step(request.progress, reading, PLAYBOOK, NOW)
    ruled = next_step(request.progress, await RuleInterpreter().interpret(request), PLAYBOOK, NOW)
    return reading, worded(step, reading).reply, ruled.reply


def test_the_corpus_is_large_enough() -> None:
    assert len(TRIES) + len(CORPUS["opt_out"]) >= 60


@pytest.mark.parametrize(("language", "text", "obeyed"), TRIES)
async def test_an_order_to_the_machine_changes_nothing(language: str, text: str, obeyed: str) -> None:
    reading, reply, _ = await said(text, Language(language), obeyed.replace("{orders}", RULES[:300]))
    assert reading.reply is None
    assert reply == next_step(turn(text, Language(language)).progress, reading, PLAYBOOK, NOW).reply


@pytest.mark.parametrize(("language", "text", "obeyed"), TRIES)
async def test_an_order_that_nobody_noticed_changes_nothing_either(
    language: str, text: str, obeyed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llm, "suspicious", lambda _text: False)
    for orders in (RULES[:300], " ".join(RULES.split()[60:100])):
        answer = obeyed.replace("{orders}", orders)
        reading, reply, _ = await said(text, Language(language), answer)
        assert reading.reply is None, reading.reply
        assert answer not in (reply or "")


@pytest.mark.parametrize("text", CORPUS["opt_out"])
async def test_an_opt_out_is_respected_whatever_stands_beside_it(text: str) -> None:
    language = Language.EN if text.isascii() and " me" in text and "mensagens" not in text else Language.PT
    request = turn(text, language)
    reading, reply, _ = await said(text, language, "Great, I will keep writing!")
    step = next_step(request.progress, reading, PLAYBOOK, NOW)
    assert step.outcome is Outcome.OPTED_OUT
    assert reply in PLAYBOOK.manners.opt_out.values()
