"""Calls to the language model: how long, how many tokens, and what is left of the provider's limits."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from metrics.registry import gauge, histogram, observe
from metrics.shape import Metric

_call = histogram("gen_ai_client_operation_duration_seconds")
_tokens = histogram("gen_ai_client_token_usage")
_remaining = gauge("leadline_llm_ratelimit_remaining")

OPERATION = "chat"
_USUAL = "groq"


def announce(models: Iterable[tuple[str, str]]) -> None:
    """Make the series of these models, each with its service, before the first call, so that its rise is seen."""
    prompts, errors = _values(_call.metric, "gen_ai_prompt_name"), _values(_call.metric, "error_type")
    for (model, service), prompt in product(models, prompts):
        for error in errors:
            _call.at(OPERATION, service, prompt, model, error)
        for kind in _values(_tokens.metric, "gen_ai_token_type"):
            _tokens.at(OPERATION, service, prompt, model, kind)


def _values(metric: Metric, label: str) -> tuple[str, ...]:
    return next(one.values for one in metric.labels if one.name == label)


def called(prompt: str, model: str, seconds: float, error: str = "", *, service: str = _USUAL) -> None:
    """A call ended; ``error`` is empty or one of the catalogue's ``error_type`` values."""
    observe(_call, seconds, OPERATION, service, prompt, model, error)


def used(prompt: str, model: str, *, tokens_in: int, tokens_out: int, service: str = _USUAL) -> None:
    """The tokens that a call was billed for."""
    observe(_tokens, tokens_in, OPERATION, service, prompt, model, "input")
    observe(_tokens, tokens_out, OPERATION, service, prompt, model, "output")


def remaining(kind: str, left: float) -> None:
    """What the provider says is left of a limit: ``requests`` or ``tokens``."""
    _remaining.at(kind).set(left)
