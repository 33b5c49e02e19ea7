"""Groq, and whoever else speaks OpenAI's chat protocol, through the ``groq`` client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

import groq
import httpx
from pydantic import BaseModel, ValidationError

import metrics.llm
import metrics.service
from app.llm.account import Usage, slowed
from app.llm.errors import (
    ChatFailed,
    ModelDown,
    ModelRefused,
    ModelThrottled,
    ModelTimedOut,
    RejectedAnswer,
    UnusableAnswer,
)
from app.llm.provider import Completion, Prompt
from app.llm.routes import GROQ
from app.telemetry import annotate

_GROQS_ADDRESS = "https://api.groq.com"
_OURS = "/openai/v1"
_CAPACITY_EXCEEDED = 498
_NOT_JSON = "json_validate_failed"
"""Groq's code for an answer that its own decoder could not bring into the schema."""

T = TypeVar("T")


class _Details(BaseModel):
    cached_tokens: int = 0


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Details | None = None


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    finish_reason: str | None = None
    message: _Message


class _Completion(BaseModel):
    model: str = ""
    choices: list[_Choice]
    usage: _Usage | None = None


@asynccontextmanager
async def groq_client(api_key: str, base_url: str = "") -> AsyncIterator[groq.AsyncGroq]:
    """A client for Groq or, by ``base_url``, for another service of the same protocol.

    An address with a path, such as ``https://host/v1``, is taken as it is; one without gets Groq's own path.
    """
    base = httpx.URL(base_url or _GROQS_ADDRESS)
    hooks: dict[str, list[Any]] = {"request": [_keep_path]} if base.path.strip("/") else {}
    # No proxy of the shell may catch a service on loopback.
    outside = base.host not in {"127.0.0.1", "localhost"}
    async with httpx.AsyncClient(event_hooks=hooks, trust_env=outside) as http:
        # A service without keys takes any.
        yield groq.AsyncGroq(api_key=api_key or "none", base_url=str(base), max_retries=0, http_client=http)


async def _keep_path(request: httpx.Request) -> None:
    """The client puts its own path behind the given address; a service elsewhere does not have it."""
    request.url = request.url.copy_with(path=request.url.path.replace(_OURS, "", 1))


class GroqProvider:
    """Runs models at Groq, or at the service called ``name`` that speaks the same protocol."""

    def __init__(self, client: groq.AsyncGroq, name: str = GROQ) -> None:
        self._client = client
        self._name = name

    async def complete(self, model: str, prompt: Prompt, *, timeout: float) -> Completion:
        """One try, at most ``timeout`` seconds. Raises ChatFailed."""
        response = await within(timeout, self._create(model, prompt, timeout), service=self._name)
        _note_quota(response.headers, self._name)
        return _read(response.content)

    async def models(self) -> frozenset[str]:
        """The names of the models that exist. Raises ChatFailed."""
        listed = await within(10.0, self._client.models.list(timeout=10.0), service=self._name)
        return frozenset(model.id for model in listed.data)

    async def _create(self, model: str, prompt: Prompt, timeout: float) -> httpx.Response:
        messages = [{"role": "system", "content": prompt.system}]
        messages += [{"role": message.speaker.value, "content": message.text} for message in prompt.messages]
        raw = await self._client.chat.completions.with_raw_response.create(
            model=model,
            messages=cast("Any", messages),
            max_completion_tokens=prompt.max_tokens,
            temperature=0.2,
            response_format=cast("Any", _response_format(model, prompt)),
            timeout=timeout,
            extra_body=_thinking(model, self._name),
        )
        return raw.http_response


def _response_format(model: str, prompt: Prompt) -> dict[str, object]:
    """Models that decode strictly cannot leave the schema; the others try to follow it."""
    shape = {"name": prompt.name, "schema": prompt.schema, "strict": _thinks(model)}
    return {"type": "json_schema", "json_schema": shape}


def _thinking(model: str, service: str) -> dict[str, object] | None:
    """As little thinking as the model knows: reading a message is no riddle, and each token is paid and waited for."""
    if not _thinks(model):
        return None
    little: dict[str, object] = {"reasoning_effort": "low"}
    # Only Groq knows the second word; others refuse what they do not know.
    return {**little, "include_reasoning": False} if service == GROQ else little


def _thinks(model: str) -> bool:
    return "gpt-oss" in model


def _read(body: bytes) -> Completion:
    try:
        answer = _Completion.model_validate_json(body)
        choice = answer.choices[0]
    except (ValidationError, IndexError) as error:
        # The cause quotes what was received, so it stays here.
        raise UnusableAnswer(error=type(error).__name__) from None
    annotate({"gen_ai.response.model": answer.model, "gen_ai.response.finish_reasons": [choice.finish_reason or ""]})
    return Completion(choice.message.content or "", choice.finish_reason == "length", _usage(answer.usage))


def _usage(usage: _Usage | None) -> Usage | None:
    if usage is None:
        return None
    cached = usage.prompt_tokens_details.cached_tokens if usage.prompt_tokens_details else 0
    return Usage(usage.prompt_tokens, usage.completion_tokens, cached)


async def within(seconds: float, call: Awaitable[T], *, service: str = GROQ) -> T:
    """The call's result, its failures in our words. httpx limits each wait, not their sum. Raises ChatFailed."""
    try:
        async with asyncio.timeout(seconds):
            return await call
    except (TimeoutError, groq.APITimeoutError):
        raise ModelTimedOut from None
    except groq.APIStatusError as error:
        raise _refusal(error, service) from None
    except (groq.APIError, ValueError) as error:
        # A ValueError is an answer that is no JSON at all.
        failed = UnusableAnswer if isinstance(error, ValueError | groq.APIResponseValidationError) else ModelDown
        raise failed(error=type(error).__name__) from None


def _refusal(error: groq.APIStatusError, service: str) -> ChatFailed:
    status, headers = error.status_code, error.response.headers
    _note_quota(headers, service)
    if status in {429, _CAPACITY_EXCEEDED}:
        metrics.service.throttled(slowed(GROQ if service == GROQ else "llm"), "http_429")
        return ModelThrottled(retry_after=_seconds(headers.get("retry-after")), http_status=status)
    if status >= 500:
        return ModelDown(http_status=status)
    failed = RejectedAnswer if (code := _code(error.body)) == _NOT_JSON else ModelRefused
    return failed(http_status=status, provider_code=code)


def _code(body: object) -> str:
    """The provider's own code for what is wrong; its message may quote the prompt."""
    if not isinstance(body, dict):
        return ""
    error = cast("dict[str, object]", body).get("error")
    return str(cast("dict[str, object]", error).get("code") or "") if isinstance(error, dict) else ""


def _seconds(written: str | None) -> float | None:
    try:
        return max(float(written), 0.0) if written else None
    except ValueError:
        return None


def _note_quota(headers: httpx.Headers, service: str) -> None:
    """Note what is left at Groq: another service's limits are others, and the smaller number says nothing of them."""
    if service != GROQ:
        return
    for kind in ("requests", "tokens"):
        left = _seconds(headers.get(f"x-ratelimit-remaining-{kind}"))
        if left is not None:
            metrics.llm.remaining(kind, left)
