"""Asking with patience: models in order, tries within a deadline, a breaker for each model, a budget for all.

A try that fails for a moment is repeated; a model that keeps failing is left for the next one. An answer that does not
fit its shape is sent back once, with what is wrong. When the deadline is near or the money gone, the caller hears why.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol

import structlog
from opentelemetry.trace import Span, SpanKind
from pydantic import ValidationError

import metrics.llm
from app.llm.account import Charge, Price, Usage, cost, payer
from app.llm.budget import Budget
from app.llm.chat import Answer, ChatMessage, ChatRequest, Reply, Speaker, strict_schema
from app.llm.errors import (
    BudgetSpent,
    ChatFailed,
    EmptyAnswer,
    ModelDown,
    ModelRefused,
    ModelResting,
    ModelThrottled,
    ModelTimedOut,
    RejectedAnswer,
    TruncatedAnswer,
    UnusableAnswer,
)
from app.llm.provider import Completion, Prompt, Provider
from app.llm.routes import Route
from app.telemetry import span

log = structlog.get_logger(__name__)

TRIES = 3
"""Tries of the last model at most; from any other a failure leads straight to the next."""
WORTH_A_TRY = 0.25
"""Seconds: with less than this before the deadline, another try only makes the lead wait."""
PAUSE = 0.1
"""Seconds before a repeated try, half to one and a half of it, where the provider names no time."""
SHOWN = 2_000
"""Letters of a bad answer that are sent back to be corrected."""


class Fuse(Protocol):
    """A circuit breaker: ``guard`` raises before the call while a model is left alone, and learns from how it ends."""

    def guard(self, is_failure: Callable[[Exception], bool], /) -> AbstractContextManager[None]:
        """Let one call through."""
        ...


@contextmanager
def fused(fuse: Fuse) -> Iterator[None]:
    """Run the block behind a breaker. Raises ModelResting while the breaker lets nothing through."""
    called = False
    try:
        with fuse.guard(_is_failure):
            called = True
            yield
    except ChatFailed:
        raise
    except Exception as error:
        # Before the call it is the breaker who refuses; which one it is, only the composition root knows.
        raise ModelDown(error=type(error).__name__) if called else ModelResting from error


@dataclass
class _Errand(Generic[Answer]):
    """One question on its way: what was sent so far, what it cost, and until when it may take."""

    request: ChatRequest[Answer]
    prompt: Prompt
    began: float
    charges: list[Charge] = field(default_factory=list[Charge])
    repaired: bool = False

    @property
    def ends(self) -> float:
        return self.began + self.request.deadline


@dataclass(frozen=True)
class Link:
    """One model of a chain: where it is asked, by whom, and its own breaker."""

    route: Route
    provider: Provider
    fuse: Fuse


class ModelChain:
    """Asks the first model, and the next where it does not answer."""

    def __init__(
        self,
        links: Sequence[Link],
        *,
        budget: Budget,
        prices: Mapping[str, Price],
        try_seconds: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._links = links
        self._budget = budget
        self._prices = prices
        self._try_seconds = try_seconds
        self._now = now

    async def ask(self, request: ChatRequest[Answer]) -> Reply[Answer]:
        """The answer of the first model that gives one. Raises ChatFailed with what was billed all the same."""
        errand = _Errand(request, _prompt(request), self._now())
        failed: ChatFailed = ModelRefused("No language model is configured.")
        for link in self._links:
            tries, model = TRIES if link is self._links[-1] else 1, link.route.name
            try:
                data = await self._persist(link, errand, tries)
            except ChatFailed as error:
                failed = error
                log.info("model_failed", model=model, purpose=request.purpose, reason=error.reason, facts=error.facts)
            else:
                return Reply(data, model, tuple(errand.charges), self._now() - errand.began)
            if isinstance(failed, BudgetSpent) or errand.ends - self._now() < WORTH_A_TRY:
                break
        failed.charges = tuple(errand.charges)
        raise failed

    async def _persist(self, link: Link, errand: _Errand[Answer], tries: int) -> Answer:
        """Try one model until it answers, or until it is no use trying. A bad answer is repaired once in an errand."""
        while True:
            tries -= 1
            try:
                return await self._try(link, errand)
            except UnusableAnswer as error:
                if errand.repaired:
                    raise
                errand.repaired, failed = True, error
            except (ModelDown, ModelTimedOut, ModelThrottled) as error:
                if tries <= 0:
                    raise
                failed = error
            pause = _pause(failed)
            if self._now() + pause + WORTH_A_TRY > errand.ends:
                raise failed
            await asyncio.sleep(pause)

    async def _try(self, link: Link, errand: _Errand[Answer]) -> Answer:
        request, model, service = errand.request, link.route.name, link.route.service.name
        self._budget.admit(payer())
        with span(f"chat {model}", _attributes(link.route, request), kind=SpanKind.CLIENT) as opened:
            began = self._now()
            try:
                completion = await self._call(link, errand)
                self._charge(link.route, errand, completion, opened)
                data = _read(completion, errand)
            except ModelResting:
                raise
            except ChatFailed as error:
                metrics.llm.called(request.purpose, model, self._now() - began, error.error_type, service=service)
                raise
            metrics.llm.called(request.purpose, model, self._now() - began, service=service)
            return data

    async def _call(self, link: Link, errand: _Errand[Answer]) -> Completion:
        timeout = max(min(self._try_seconds, errand.ends - self._now()), 0.01)
        with fused(link.fuse):
            try:
                return await link.provider.complete(link.route.model, errand.prompt, timeout=timeout)
            except RejectedAnswer:
                errand.prompt = _asking_for_less(errand.prompt)
                raise

    def _charge(self, route: Route, errand: _Errand[Answer], completion: Completion, opened: Span) -> None:
        usage, model = completion.usage or Usage(), route.name
        usd = cost(self._prices, model, usage) if completion.usage else None
        charge = Charge(model, errand.request.purpose, usage, usd)
        errand.charges.append(charge)
        self._budget.spend(payer(), charge)
        tokens = {"tokens_in": usage.input, "tokens_out": usage.output}
        metrics.llm.used(charge.purpose, model, **tokens, service=route.service.name)
        opened.set_attribute("gen_ai.usage.input_tokens", usage.input)
        opened.set_attribute("gen_ai.usage.output_tokens", usage.output)
        if usd is not None:
            opened.set_attribute("leadline.llm.cost_usd", float(usd))


def _attributes(route: Route, request: ChatRequest[Answer]) -> dict[str, str | int]:
    return {
        "gen_ai.operation.name": metrics.llm.OPERATION,
        "gen_ai.provider.name": route.service.name,
        "gen_ai.request.model": route.model,
        "gen_ai.request.max_tokens": request.max_tokens,
        "gen_ai.prompt.name": request.purpose.value,
    }


def _prompt(request: ChatRequest[Answer]) -> Prompt:
    name = request.answer.__name__.lower()
    return Prompt(request.system, request.messages, name, strict_schema(request.answer), request.max_tokens)


def _is_failure(error: Exception) -> bool:
    """Whether a try speaks against the model's health; a useless answer, or a refused request, does not."""
    return isinstance(error, ModelDown | ModelTimedOut | ModelThrottled) or not isinstance(error, ChatFailed)


def _pause(failed: ChatFailed) -> float:
    if isinstance(failed, UnusableAnswer):
        return 0.0
    named = failed.retry_after if isinstance(failed, ModelThrottled) else None
    return PAUSE * random.uniform(0.5, 1.5) if named is None else named  # noqa: S311 - only spreads tries


def _read(completion: Completion, errand: _Errand[Answer]) -> Answer:
    """The answer, checked; a bad one leaves in the prompt what the next try has to do better."""
    if completion.truncated or not completion.text.strip():
        # The tokens went into thinking: the same question needs more of them, not advice.
        errand.prompt = replace(errand.prompt, max_tokens=errand.prompt.max_tokens * 2)
        raise TruncatedAnswer if completion.truncated else EmptyAnswer
    try:
        return errand.request.answer.model_validate_json(_unwrapped(completion.text))
    except ValidationError as error:
        errand.prompt = _asking_again(errand.prompt, completion.text, error)
        raise UnusableAnswer(errors=error.error_count()) from None


def _asking_for_less(prompt: Prompt) -> Prompt:
    """The prompt for another try after an answer that nobody saw. Most of these ran out of tokens in the middle."""
    advice = ChatMessage(Speaker.USER, "Your last answer did not fit the schema. Answer again, short, with JSON alone.")
    return replace(prompt, messages=(*prompt.messages, advice), max_tokens=prompt.max_tokens * 2)


def _unwrapped(text: str) -> str:
    """JSON without the prose or code fence that some models put around it."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def _asking_again(prompt: Prompt, answered: str, error: ValidationError) -> Prompt:
    faults = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'answer'}: {each['msg']}" for each in error.errors()[:5])
    wrong = ChatMessage(Speaker.MODEL, answered[:SHOWN])
    advice = ChatMessage(Speaker.USER, f"This does not fit the schema ({faults}). Answer again, with the JSON alone.")
    return replace(prompt, messages=(*prompt.messages, wrong, advice))
