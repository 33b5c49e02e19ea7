"""Reading a burst with a language model, and with the rules wherever it cannot or should not be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal, InvalidOperation

import structlog
from rapidfuzz import fuzz

from app.llm.account import Charge, FallbackReason, Purpose
from app.llm.chat import ChatMessage, ChatModel, ChatRequest, Shape, Speaker
from app.llm.errors import ChatFailed
from app.llm.masking import Mask
from app.qualification.dialogue import next_step
from app.qualification.extraction.numbers import numbers
from app.qualification.extraction.reader import plainly_opts_out
from app.qualification.extraction.reading import Intent, Reading, Signal
from app.qualification.extraction.text import fold
from app.qualification.facts import Budget, DecisionMaker, Fact, FactName, FactValue, Period, Timeline
from app.qualification.interpreter import Interpreter, RuleInterpreter, TurnRequest
from app.qualification.prompts import system_prompt, turn_prompt
from app.qualification.wording import admissible, suspicious
from app.vocabulary import Language, Method, Outcome

log = structlog.get_logger(__name__)

MAX_TOKENS = 700
_ALIKE = 90
"""Likeness, 0 to 100, from which a quote counts as copied: models mend accents and typing errors."""
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LETTERS = re.compile(r"[^\W\d_]+")
_LONGEST = {FactName.NAME: 60, FactName.CITY: 60, FactName.INTEREST: 120}
_NEVER_MISSED = frozenset({Signal.ABUSE, Signal.ILLEGAL, Signal.SPAM, Signal.ASKS_MONEY})
"""Signals that count when the rules see them, whatever the model says."""


class FoundFact(Shape):
    """A fact as the model states it; the value is text, in the form that the prompt asks for."""

    name: FactName
    value: str
    quote: str
    confidence: float


class Understood(Shape):
    """What the model makes of a burst."""

    facts: tuple[FoundFact, ...]
    intents: tuple[Intent, ...]
    signals: tuple[Signal, ...]
    refused: tuple[FactName, ...]
    questions: tuple[str, ...]
    language: Language
    corrected: bool
    reply: str


class LlmInterpreter:
    """Reads by a language model. Raises ChatFailed: put it behind a ``FallbackInterpreter``."""

    def __init__(self, model: ChatModel, *, deadline: float, advice: str = "") -> None:
        """``advice`` is what to tell the model besides the usual instructions, to try it out before it goes live."""
        self._model = model
        self._deadline = deadline
        self._advice = advice
        self._rules = RuleInterpreter()

    async def interpret(self, turn: TurnRequest) -> Reading:
        """What the burst says. The rules read along: where nothing needs the model, it is not asked."""
        ruled = await self._rules.interpret(turn)
        if _needs_no_model(turn, ruled):
            return ruled
        mask = Mask()
        language = ruled.language or turn.language or Language.EN
        reply = await self._model.ask(
            ChatRequest(
                system=system_prompt(turn.playbook, language, self._advice),
                messages=(ChatMessage(Speaker.USER, turn_prompt(turn, mask.hide)),),
                answer=Understood,
                purpose=Purpose.EXTRACT,
                max_tokens=MAX_TOKENS,
                deadline=self._deadline,
            )
        )
        return reading_of(reply.data, turn, ruled, mask, reply.charges)


class FallbackInterpreter:
    """Lets ``first`` read, and the rules within the same turn when it fails; the reading says why."""

    def __init__(self, first: Interpreter) -> None:
        self._first = first
        self._twin = RuleInterpreter()

    async def interpret(self, turn: TurnRequest) -> Reading:
        """What the burst says. Never raises."""
        try:
            return await self._first.interpret(turn)
        except ChatFailed as error:
            reason, charges = error.reason, error.charges
        except Exception as error:
            # Whatever is wrong with the model's side, the lead gets an answer.
            log.exception("interpreter_failed", error=type(error).__name__)
            reason, charges = FallbackReason.INVALID_OUTPUT, ()
        return replace(await self._twin.interpret(turn), fallback=reason, charges=charges)


def _needs_no_model(turn: TurnRequest, ruled: Reading) -> bool:
    """Nothing to read, nothing to say, or orders to the machine: the playbook's words do, at no price and no risk.

    An opt-out of which the rules are not sure goes to the model, whose word then counts: it alone sees what was meant.
    A lead who is silenced by mistake is lost, while one who is not may say it again, and plainly.
    """
    if ruled.unreadable or plainly_opts_out(turn.burst, ruled.language) or turn.progress.finished is Outcome.OPTED_OUT:
        return True
    return suspicious("\n".join(turn.burst))


def reading_of(
    said: Understood, turn: TurnRequest, ruled: Reading, mask: Mask, charges: tuple[Charge, ...] = ()
) -> Reading:
    """The model's answer as a reading: what cannot be found in the burst is left out, what must not be missed added."""
    burst = "\n".join(turn.burst)
    facts = {fact.name: fact for fact in _facts(said, burst, mask)}
    reading = replace(
        ruled,
        facts=tuple((_trusted(ruled, turn, facts) | facts).values()),
        intents=frozenset(said.intents) | (ruled.intents & {Intent.WANTS_HUMAN}),
        signals=frozenset(said.signals) | (ruled.signals & _NEVER_MISSED),
        refused=frozenset(said.refused) - facts.keys(),
        language=said.language if ruled.language is None else ruled.language,
        corrected=said.corrected,
        questions=tuple(question for question in map(mask.show, said.questions) if _occurs(question, burst)),
        method=Method.LLM,
        charges=charges,
    )
    return _with_reply(reading, mask.show(said.reply), turn)


def _with_reply(reading: Reading, proposed: str, turn: TurnRequest) -> Reading:
    """The reading with the proposed reply, if it may be said in answer to what the dialogue makes of the burst."""
    step = next_step(turn.progress, reading, turn.playbook, turn.now)
    reply = admissible(proposed, turn.progress, step, reading, turn.playbook) if proposed.strip() else None
    return reading if reply is None else replace(reading, reply=reply, asks=step.asks)


def _trusted(ruled: Reading, turn: TurnRequest, found: dict[FactName, Fact]) -> dict[FactName, Fact]:
    """What the rules are surer of: an e-mail address, and an answer to the last question that the model missed."""
    safe = {FactName.EMAIL, turn.progress.last_asked}
    return {fact.name: fact for fact in ruled.facts if fact.name in safe and fact.name not in found}


def _facts(said: Understood, burst: str, mask: Mask) -> Iterator[Fact]:
    for fact in said.facts:
        quote = mask.show(fact.quote).strip()
        value = _value(fact.name, mask.show(fact.value).strip(), quote)
        if value is not None and _occurs(quote, burst):
            yield Fact(fact.name, value, min(max(fact.confidence, 0.0), 1.0), quote)


def _occurs(quote: str, burst: str) -> bool:
    """Whether the lead really wrote this."""
    wanted, written = " ".join(fold(quote).split()), " ".join(fold(burst).split())
    return bool(wanted) and (wanted in written or (len(wanted) > 5 and fuzz.partial_ratio(wanted, written) >= _ALIKE))


def _value(name: FactName, written: str, quote: str) -> FactValue | None:
    """The value in our form; None for one that no such fact can have."""
    try:
        match name:
            case FactName.BUDGET:
                return _budget(written, quote)
            case FactName.TIMELINE:
                return Timeline(written.lower())
            case FactName.DECISION_MAKER:
                return DecisionMaker(written.lower())
            case FactName.EMAIL:
                return written.lower() if _EMAIL.fullmatch(written) else None
            case _:
                return written if 0 < len(written) <= _LONGEST[name] and _likely(name, written, quote) else None
    except ValueError:
        return None


def _likely(name: FactName, written: str, quote: str) -> bool:
    """A name has to be made of the lead's own words; a city may be written out, an interest put shortly."""
    return name is not FactName.NAME or set(_LETTERS.findall(fold(written))) <= set(_LETTERS.findall(fold(quote)))


def _budget(written: str, quote: str) -> Budget | None:
    """``1500 BRL month``; the amount has to be one that the quote names, in digits or words."""
    parts = written.split()
    if len(parts) != 3 or not re.fullmatch(r"[A-Z]{3}|\?", parts[1]):
        return None
    try:
        amount = Decimal(parts[0])
    except InvalidOperation:
        return None
    named = {number.value for number in numbers(fold(quote))}
    if not amount.is_finite() or amount <= 0 or amount not in named | {1000 * value for value in named}:
        return None
    return Budget(amount, None if parts[1] == "?" else parts[1], Period(parts[2].lower()))
