"""What can go wrong between Leadline and a language model, in our words; each says why the rules then answer."""

from __future__ import annotations

from typing import Any, ClassVar

from app.errors import LeadlineError
from app.llm.account import Charge, FallbackReason


class ChatFailed(LeadlineError):
    """The language model did not answer.

    ``charges`` are the calls that were billed all the same.
    """

    status: ClassVar[int] = 502
    code: ClassVar[str] = "llm_failed"
    reason: ClassVar[FallbackReason] = FallbackReason.HTTP_5XX
    error_type: ClassVar[str] = "http_5xx"
    """Value of the metrics' label of that name."""

    def __init__(self, message: str | None = None, /, *, charges: tuple[Charge, ...] = (), **facts: object) -> None:
        self.charges = charges
        super().__init__(message, **facts)


class ModelDown(ChatFailed):
    """The provider of the language model has a fault, or cannot be reached."""

    code = "llm_down"


class ModelTimedOut(ChatFailed):
    """The language model took too long."""

    code = "llm_timeout"
    reason = FallbackReason.TIMEOUT
    error_type = "timeout"


class ModelThrottled(ChatFailed):
    """The provider of the language model asked us to slow down."""

    code = "llm_throttled"
    reason = FallbackReason.RATE_LIMITED
    error_type = "rate_limited"

    def __init__(self, message: str | None = None, /, *, retry_after: float | None = None, **facts: Any) -> None:
        self.retry_after = retry_after
        super().__init__(message, **facts)


class ModelRefused(ChatFailed):
    """The provider refuses our key, our request or this model; an operator has to correct it."""

    code = "llm_refused"
    reason = FallbackReason.NOT_CONFIGURED
    error_type = "http_4xx"


class UnusableAnswer(ChatFailed):
    """The language model's answer cannot be used."""

    code = "llm_unusable"
    reason = FallbackReason.INVALID_OUTPUT
    error_type = "invalid_output"


class RejectedAnswer(UnusableAnswer):
    """The language model's answer did not fit its shape, and its provider kept it."""


class EmptyAnswer(UnusableAnswer):
    """The language model answered nothing at all."""


class TruncatedAnswer(UnusableAnswer):
    """The language model's answer stops in the middle: the tokens it was given ran out."""


class ModelResting(ChatFailed):
    """The language model failed too often and is left alone for a while."""

    code = "llm_resting"
    reason = FallbackReason.CIRCUIT_OPEN


class BudgetSpent(ChatFailed):
    """The budget for language models is spent for now."""

    code = "llm_budget"
    reason = FallbackReason.BUDGET

    def __init__(self, message: str | None = None, /, *, retry_after: float | None = None, **facts: Any) -> None:
        """``retry_after`` are the seconds until there is more; None where waiting is of no use."""
        self.retry_after = retry_after
        super().__init__(message, **facts)
