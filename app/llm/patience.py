"""Asking without haste: for runs over many conversations, where nobody waits and figures must be true."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import replace

from app.llm.account import Charge, on_trial
from app.llm.chain import Fuse
from app.llm.chat import Answer, ChatModel, ChatRequest, Reply
from app.llm.errors import BudgetSpent, ChatFailed, ModelThrottled

MOST_WAITS = 60
"""Times that one question waits, each at most a minute or what the service asks for."""
LONGEST_WAIT = 120.0
"""Seconds; whoever asks to be left alone for longer will not be back within the run."""
USUAL_WAIT = 5.0
"""Seconds, where a service that throttles does not say how long."""

_waited: ContextVar[float] = ContextVar("leadline_llm_waited", default=0.0)


def waited() -> float:
    """Seconds that this task has waited for its turn so far; no part of how long a model takes."""
    return _waited.get()


class Patient:
    """Asks again when the minute's tokens are spent or the service is busy, instead of leaving it to the rules."""

    def __init__(self, model: ChatModel, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._model = model
        self._sleep = sleep

    async def ask(self, request: ChatRequest[Answer]) -> Reply[Answer]:
        """The answer. Raises ChatFailed."""
        paid: tuple[Charge, ...] = ()
        for left in reversed(range(MOST_WAITS + 1)):
            try:
                with on_trial():
                    reply = await self._model.ask(request)
            except ChatFailed as error:
                paid += error.charges
                error.charges = paid
                seconds = _worth_waiting(error)
                if seconds is None or not left:
                    raise
            else:
                return replace(reply, charges=(*paid, *reply.charges))
            await self._sleep(seconds)
            _waited.set(_waited.get() + seconds)
        raise AssertionError("the last try returns or raises")


def _worth_waiting(error: ChatFailed) -> float | None:
    if isinstance(error, ModelThrottled):
        seconds = USUAL_WAIT if error.retry_after is None else error.retry_after
    elif isinstance(error, BudgetSpent):
        seconds = error.retry_after
    else:
        return None
    return seconds if seconds is not None and seconds <= LONGEST_WAIT else None


class Lenient:
    """A breaker to which being throttled says nothing against a model: whoever is patient waits that out."""

    def __init__(self, fuse: Fuse) -> None:
        self._fuse = fuse

    def guard(self, is_failure: Callable[[Exception], bool], /) -> AbstractContextManager[None]:
        """Let one call through."""
        return self._fuse.guard(lambda error: is_failure(error) and not isinstance(error, ModelThrottled))
