"""Calls to the language model: how long, how many tokens, and what is left of the provider's limits."""

from __future__ import annotations

from metrics.registry import gauge, histogram, observe

_call = histogram("gen_ai_client_operation_duration_seconds")
_tokens = histogram("gen_ai_client_token_usage")
_remaining = gauge("leadline_llm_ratelimit_remaining")

OPERATION, PROVIDER = "chat", "groq"


def called(prompt: str, model: str, seconds: float, error: str = "") -> None:
    """A call ended; ``error`` is empty or one of the catalogue's ``error_type`` values."""
    observe(_call, seconds, OPERATION, PROVIDER, prompt, model, error)


def used(prompt: str, model: str, *, tokens_in: int, tokens_out: int) -> None:
    """The tokens that a call was billed for."""
    observe(_tokens, tokens_in, OPERATION, PROVIDER, prompt, model, "input")
    observe(_tokens, tokens_out, OPERATION, PROVIDER, prompt, model, "output")


def remaining(kind: str, left: float) -> None:
    """What the provider says is left of a limit: ``requests`` or ``tokens``."""
    _remaining.at(kind).set(left)
