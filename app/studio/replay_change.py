"""What a replay tries: pure values, checked as they come from a form, with limits that keep a run small and cheap."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.classification.rubric import STANDARD, Weights
from app.errors import Invalid
from app.qualification.facts import Timeline

MOST_CHATS = 200
MOST_USD = Decimal(20)
LONGEST_ADVICE = 1_000


class Source(StrEnum):
    """Which conversations are read again."""

    SHIPPED = "shipped"
    STORED = "stored"


class RunStatus(StrEnum):
    """How a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Change(BaseModel):
    """A change to try. ``playbook`` is the number of a saved version, 0 for the one that runs; ``advice`` is what to
    tell the model besides; ``usd`` is the most that the run may cost, which a model needs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Source = Source.SHIPPED
    sample: Annotated[int, Field(ge=1, le=MOST_CHATS)] = 50
    method: Literal["rules", "llm"] = "rules"
    model: Annotated[str, Field(max_length=120)] = ""
    playbook: Annotated[int, Field(ge=0)] = 0
    advice: Annotated[str, Field(max_length=LONGEST_ADVICE)] = ""
    usd: Annotated[Decimal, Field(ge=0, le=MOST_USD, allow_inf_nan=False)] = Decimal(0)
    evasions: Annotated[int, Field(ge=1, le=5)] = STANDARD.evasions
    dangers_for_high: Annotated[int, Field(ge=1, le=5)] = STANDARD.dangers_for_high
    hot_within: Literal[Timeline.NOW, Timeline.DAYS_30, Timeline.DAYS_90] = Timeline.DAYS_30

    @model_validator(mode="after")
    def _paid(self) -> Change:
        if self.method == "llm" and not self.usd:
            raise ValueError("a model needs a budget: say the most that the run may cost")
        return self

    @property
    def weights(self) -> Weights:
        """The lines of the rubric to draw."""
        return Weights(self.evasions, self.dangers_for_high, Timeline(self.hot_within))


def without_effect(change: Change) -> str:
    """Why the change cannot show anything, in a sentence; empty when it can."""
    if change.method == "rules" and (change.advice or change.model):
        return "Advice and a model change nothing that the rules read: choose the language model, or leave them out."
    if change.method == "llm" and change.playbook and change.source is Source.SHIPPED:
        return (
            "A playbook does not change how a model reads the shipped chats, which are of other businesses:"
            " try it by the rules, or over conversations stored here."
        )
    drawn = change.weights != STANDARD or change.playbook
    if change.method == "rules" and change.source is Source.SHIPPED and not drawn:
        return "Nothing is changed yet: draw a line of the rubric elsewhere, or choose a playbook or a language model."
    return ""


def change_of(form: dict[str, Any]) -> Change:
    """The change that a form asks for; empty fields keep what holds today. Raises Invalid."""
    given = {name: value for name, value in form.items() if name in Change.model_fields and str(value).strip()}
    try:
        return Change.model_validate(given)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        field = _NAMES.get(str(fault["loc"][0]), str(fault["loc"][0])) if fault["loc"] else ""
        said = str(fault["msg"]).removeprefix("Value error, ")
        raise Invalid(f"{field}: {said[0].lower()}{said[1:]}." if field else f"{said[0].upper()}{said[1:]}.") from error


_NAMES = {
    "sample": "Conversations",
    "usd": "Budget",
    "advice": "Advice",
    "evasions": "Evaded questions",
    "dangers_for_high": "Dangers for high risk",
    "playbook": "Playbook",
    "model": "Model",
}
