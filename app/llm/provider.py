"""The port to whoever runs language models: one try of one model, and which models there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.llm.account import Usage
from app.llm.chat import ChatMessage


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent to a model. ``schema`` is the JSON schema of the answer, ``name`` what it is called."""

    system: str = field(repr=False)
    messages: tuple[ChatMessage, ...]
    name: str
    schema: Mapping[str, Any] = field(repr=False)
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model wrote. ``truncated`` says that it ran out of tokens, ``usage`` is None when nobody counted."""

    text: str = field(repr=False)
    truncated: bool
    usage: Usage | None


class Provider(Protocol):
    """Whoever runs models."""

    async def complete(self, model: str, prompt: Prompt, *, timeout: float) -> Completion:
        """One try, at most ``timeout`` seconds. Raises ChatFailed."""
        ...

    async def models(self) -> frozenset[str]:
        """The names of the models that exist. Raises ChatFailed."""
        ...
