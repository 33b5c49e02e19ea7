"""The port to a language model: one question, one answer of a known shape.

One value plays this role in a process::

    reply = await use(ChatModel).ask(ChatRequest(system=..., messages=(...), answer=Understood, ...))
    reply.data.language

``ask`` returns an answer that fits the shape, or raises a ``ChatFailed`` (app/llm/errors.py) whose ``reason`` says
why the rules have to answer instead. It never takes longer than the request's deadline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar, cast

from pydantic import BaseModel, ConfigDict

from app.llm.account import Charge, Purpose


class Shape(BaseModel):
    """What an answer consists of. Every field is required: strict decoding knows no optional ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Answer = TypeVar("Answer", bound=Shape)


class Speaker(StrEnum):
    """Who says a line of the prompt."""

    USER = "user"
    MODEL = "assistant"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One line of the prompt."""

    speaker: Speaker
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChatRequest(Generic[Answer]):
    """A question. ``max_tokens`` bounds thinking and answer together; ``deadline`` is in seconds for all tries."""

    system: str = field(repr=False)
    messages: tuple[ChatMessage, ...]
    answer: type[Answer]
    purpose: Purpose
    max_tokens: int
    deadline: float


@dataclass(frozen=True, slots=True)
class Reply(Generic[Answer]):
    """An answer and what it took: all billed calls, the last of which gave it, and seconds in all."""

    data: Answer = field(repr=False)
    model: str
    charges: tuple[Charge, ...]
    seconds: float


class ChatModel(Protocol):
    """Whoever answers questions in a given shape."""

    async def ask(self, request: ChatRequest[Answer]) -> Reply[Answer]:
        """The answer. Raises ChatFailed."""
        ...


def strict_schema(shape: type[Shape]) -> dict[str, Any]:
    """The JSON schema of a shape as strict decoding wants it: definitions in place, nothing but types and names."""
    schema = shape.model_json_schema()
    definitions: Mapping[str, Any] = schema.pop("$defs", {})
    return cast("dict[str, Any]", _plain(schema, definitions))


_DROPPED = frozenset({"title", "default", "minLength", "maxLength", "minimum", "maximum", "maxItems", "minItems"})


def _plain(part: Any, definitions: Mapping[str, Any]) -> Any:
    match part:
        case {"$ref": str() as reference}:
            return _plain(definitions[reference.rsplit("/", 1)[1]], definitions)
        case {"type": "object", "properties": properties}:
            # The names of properties are data: one may well be called "title".
            fields = cast("dict[str, Any]", properties)
            return {
                "type": "object",
                "properties": {name: _plain(one, definitions) for name, one in fields.items()},
                "required": list(fields),
                "additionalProperties": False,
            }
        case dict():
            kept = cast("dict[str, Any]", part)
            dropped = _DROPPED | {"description"} if "enum" in kept else _DROPPED
            return {name: _plain(one, definitions) for name, one in kept.items() if name not in dropped}
        case list():
            return [_plain(one, definitions) for one in cast("list[Any]", part)]
        case _:
            return part
