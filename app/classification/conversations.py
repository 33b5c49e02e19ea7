"""Labelled conversations in the format of the rubric: JSON Lines, one chat with its gold labels a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from app.errors import Invalid
from app.qualification.facts import DecisionMaker, Period, Timeline
from app.vocabulary import Risk, Temperature

REFERENCE_DATE = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""The day that the labels count from."""


class UnreadableConversations(Invalid):
    """The file is not in the format of the rubric: JSON Lines with messages and gold labels."""


class _Labelled(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Said(_Labelled):
    """One message; files and notes stand as text in brackets, such as ``[audio]``."""

    author: Literal["agent", "lead"] = Field(alias="from")
    text: str


class GoldBudget(_Labelled):
    """The most that the lead would pay. ``currency`` is an ISO code, None where nothing fixes it."""

    amount: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    currency: str | None
    period: Period


class GoldSlots(_Labelled):
    """The facts that the lead gave; None for what was not given, or not usably."""

    name: str | None = None
    email: str | None = None
    interest: str | None = None
    city: str | None = None
    budget: GoldBudget | None = None
    timeline: Timeline | None = None
    decision_maker: DecisionMaker | None = None


class Gold(_Labelled):
    """What a person says of a conversation."""

    slots: GoldSlots
    temperature: Temperature
    risk: Risk
    opt_out: bool
    wants_human: bool


class Conversation(_Labelled):
    """A chat between a lead and the assistant of ``business``, with its labels; ``at`` is when relative dates count."""

    id: str
    business: str = ""
    messages: tuple[Said, ...]
    gold: Gold
    at: AwareDatetime = REFERENCE_DATE


def load(path: Path) -> list[Conversation]:
    """The conversations of a JSON Lines file. Raises UnreadableConversations, which names the line."""
    try:
        # Not splitlines(): JSON may hold U+2028 as it is.
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, ValueError) as error:
        raise UnreadableConversations(f"{path} cannot be read as labelled conversations: {error}") from error
    return [_conversation(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _conversation(path: Path, number: int, line: str) -> Conversation:
    try:
        return Conversation.model_validate_json(line)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        what = f"{where}: {fault['msg']}" if where else str(fault["msg"])
        raise UnreadableConversations(f"{path}, line {number}: {what}") from error


def shipped() -> tuple[Path, ...]:
    """The sets that come with Leadline; their chats are invented."""
    data = Path(str(resources.files("app.classification") / "data"))
    return data / "conversations_dev.jsonl", data / "conversations_second.jsonl"


def turns(messages: Sequence[Said]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Bursts of the lead, each with what the business wrote before it: (said, burst)."""
    said: list[str] = []
    burst: list[str] = []
    for message in messages:
        if message.author == "lead":
            burst.append(message.text)
            continue
        if burst:
            yield tuple(said), tuple(burst)
            said, burst = [], []
        said.append(message.text)
    if burst:
        yield tuple(said), tuple(burst)
