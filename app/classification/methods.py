"""How each method reads and judges one labelled conversation, turn by turn, as it would with the real lead."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from app.classification.conversations import Conversation, turns
from app.classification.llm import Case, Judge, LlmJudge
from app.classification.rubric import STANDARD, Classification, Evidence, Weights, classify
from app.classification.scoring import Prediction
from app.clock import SystemClock
from app.errors import Misconfigured
from app.llm.account import Charge, FallbackReason, on_account_of, total
from app.llm.assembly import chain_of, clients_of, patient_limits_of, providers_of
from app.llm.budget import Budget
from app.llm.chain import Fuse
from app.llm.patience import Lenient, Patient, waited
from app.llm.routes import is_configured
from app.qualification.extraction.reader import read
from app.qualification.extraction.reading import Intent, Reading, ReadingContext
from app.qualification.facts import value_to_json
from app.qualification.interpreter import Interpreter, Line, RuleInterpreter, TurnRequest
from app.qualification.llm import FallbackInterpreter, LlmInterpreter
from app.qualification.playbook import Playbook, load_playbook
from app.qualification.progress import Progress, absorb
from app.settings import Settings
from app.vocabulary import Language, Outcome

NOBODY_TO_ASK = "A language model needs a key: set GROQ_API_KEY, or another service in LEADLINE_LLM_PROVIDERS."
_LEAD, _AGENT = "lead", "agent"


class Method(Protocol):
    """Whoever reads and judges a whole conversation."""

    async def predict(self, conversation: Conversation, account: int) -> Prediction:
        """What the method makes of it. ``account`` stands for the lead whose budget pays."""
        ...


@dataclass
class _Read:
    """What was read of a conversation so far."""

    progress: Progress
    intents: set[Intent]
    turn_ms: list[float]
    charges: list[Charge]
    fallbacks: list[str]

    @classmethod
    def nothing(cls) -> _Read:
        return cls(Progress(), set(), [], [], [])

    def take(self, reading: Reading, milliseconds: float) -> None:
        self.progress = absorb(self.progress, reading).progress
        self.intents |= reading.intents
        self.turn_ms.append(milliseconds)
        self.charges.extend(reading.charges)
        if reading.fallback:
            self.fallbacks.append(reading.fallback.value)

    def evidence(self, weights: Weights) -> Evidence:
        outcome = Outcome.OPTED_OUT if Intent.OPT_OUT in self.intents else None
        return Evidence(self.progress.facts, self.progress.signals, outcome, weights)

    def prediction(self, judged: Classification, **more: Any) -> Prediction:
        facts = {name.value: value_to_json(fact.value) for name, fact in self.progress.facts.items()}
        return Prediction(
            slots=facts,
            temperature=judged.temperature.value,
            risk=judged.risk.value,
            opt_out=Intent.OPT_OUT in self.intents,
            wants_human=Intent.WANTS_HUMAN in self.intents,
            turn_ms=tuple(self.turn_ms),
            **more,
        )


class ByRules:
    """The grammar and the rubric; no network, no cost. Times are of the CPU."""

    def __init__(self, weights: Weights = STANDARD, *, pause: float = 0.0) -> None:
        """``pause`` is in seconds after each turn, for whoever has more urgent things to do meanwhile."""
        self._weights = weights
        self._pause = pause
        RuleInterpreter()  # compiles the grammar, so that the first turn does not pay for it

    async def predict(self, conversation: Conversation, account: int) -> Prediction:  # noqa: ARG002 - the port says who pays
        """What the rules make of it."""
        so_far = _Read.nothing()
        for said, burst in turns(conversation.messages):
            began = time.process_time()
            reading = read(burst, _context(so_far.progress, conversation.business, said), conversation.at)
            so_far.take(reading, (time.process_time() - began) * 1000)
            await asyncio.sleep(self._pause)
        return so_far.prediction(classify(so_far.evidence(self._weights), conversation.at))


def _context(progress: Progress, business: str, said: Sequence[str]) -> ReadingContext:
    return ReadingContext(
        progress.language,
        business,
        "\n".join(said),
        known=progress.facts,
        currency=progress.currency,
        period=progress.period,
        price=progress.price,
    )


class ByModel:
    """A language model reads each turn and judges the end, the rules behind it as in production."""

    def __init__(
        self,
        interpreter: Interpreter,
        judge: Judge,
        playbook: Playbook,
        weights: Weights = STANDARD,
        *,
        own_playbook: bool = False,
    ) -> None:
        """``own_playbook`` says that the conversations are those of the playbook's own business."""
        self._interpreter = interpreter
        self._judge = judge
        self._playbook = playbook
        self._weights = weights
        self._own = own_playbook

    async def predict(self, conversation: Conversation, account: int) -> Prediction:
        """What the model makes of it. Never raises: where it fails, the rules have read."""
        so_far, chat = _Read.nothing(), list[Line]()
        playbook = self._playbook if self._own else of_business(self._playbook, conversation.business)
        with on_account_of(account):
            for said, burst in turns(conversation.messages):
                chat += [Line(_AGENT, text) for text in said]
                began = time.perf_counter() - waited()
                turn = TurnRequest(burst, tuple(chat), so_far.progress, playbook, conversation.at)
                reading = await self._interpreter.interpret(turn)
                so_far.take(reading, (time.perf_counter() - waited() - began) * 1000)
                chat += [Line(_LEAD, text) for text in burst]
            return await self._judged(so_far, conversation, chat)

    async def _judged(self, so_far: _Read, conversation: Conversation, chat: Sequence[Line]) -> Prediction:
        evidence = so_far.evidence(self._weights)
        judgement = await self._judge.judge(Case(conversation.business, evidence, chat))
        made = judgement.made or classify(evidence, conversation.at)
        charges = (*so_far.charges, *judgement.charges)
        why = judgement.fallback.value if judgement.fallback else None
        asked = {*so_far.fallbacks, why} != {FallbackReason.BUDGET.value}
        # Where calls may have been made and none was counted, nobody knows whether they were billed.
        usd = total(charges) if charges or not asked else None
        fallbacks = tuple(so_far.fallbacks)
        return so_far.prediction(made, usd=usd, charges=charges, fallbacks=fallbacks, judged_by_rules=why)


def of_business(playbook: Playbook, business: str) -> Playbook:
    """The playbook with another business, whose facts nobody has told: what is read must not depend on ours."""
    if not business:
        return playbook
    told = {"business": dict.fromkeys(Language, business), "business_name": business, "fact_sheet": ()}
    return playbook.model_copy(update=told)


@asynccontextmanager
async def by_model(
    settings: Settings,
    fuse: Callable[[str], Fuse],
    *,
    playbook: Playbook | None = None,
    advice: str = "",
    weights: Weights = STANDARD,
    own_playbook: bool = False,
    budget: Budget | None = None,
) -> AsyncIterator[ByModel]:
    """A model put together as the program does it, with ``budget`` or one of its own, but for its patience: where a
    lead would be answered by the rules, it waits for the next minute's tokens and for a service that is busy.

    Raises Misconfigured when no model can be asked.
    """
    if not is_configured(settings):
        raise Misconfigured(NOBODY_TO_ASK)
    deadline, account = settings.llm_deadline_seconds, budget or Budget(patient_limits_of(settings), SystemClock())
    async with clients_of(settings) as clients:
        model = Patient(chain_of(settings, providers_of(clients), account, lambda name: Lenient(fuse(name))))
        reader = FallbackInterpreter(LlmInterpreter(model, deadline=deadline, advice=advice))
        judge = LlmJudge(model, deadline=deadline, advice=advice)
        yield ByModel(reader, judge, playbook or load_playbook("school"), weights, own_playbook=own_playbook)
