"""A lead's lines played against a draft: the rules read, the dialogue answers, nothing is sent or stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.qualification.dialogue import Step, next_step
from app.qualification.extraction.reader import read
from app.qualification.facts import FactName, display, label
from app.qualification.interpreter import Line, TurnRequest, context_of
from app.qualification.playbook import Playbook
from app.qualification.progress import Progress
from app.vocabulary import Language, Outcome

MOST_LINES = 40
"""Bursts of one conversation."""
LONGEST_LINE = 1_000
"""Letters of a lead's line."""


@dataclass(frozen=True)
class Noted:
    """A fact that a burst gave, in words."""

    fact: FactName
    label: str
    value: str


@dataclass(frozen=True)
class Turn:
    """A burst of a lead and what the agent makes of it; ``reply`` is None where it stays silent."""

    said: tuple[str, ...]
    reply: str | None
    noted: tuple[Noted, ...]
    language: Language | None
    asks: FactName | None
    outcome: Outcome | None


class Conversation:
    """One lead who talks to the agent of one playbook."""

    def __init__(self, playbook: Playbook, now: datetime) -> None:
        self.playbook = playbook
        self.progress = Progress()
        self._now = now
        self._history: list[Line] = []

    def hear(self, burst: Sequence[str]) -> Turn:
        """The agent's answer to a burst."""
        request = TurnRequest(burst, tuple(self._history), self.progress, self.playbook, self._now)
        reading = read(list(burst), context_of(request), self._now)
        before, step = self.progress, next_step(self.progress, reading, self.playbook, self._now)
        self.progress = step.progress
        self._history += [Line("lead", text) for text in burst]
        if step.reply:
            self._history.append(Line("agent", step.reply))
        return _turn(burst, before, step)


def converse(playbook: Playbook, lines: Sequence[str], now: datetime) -> list[Turn]:
    """The conversation that these lines make, each a burst of its own; what is beyond the bounds is left out."""
    conversation = Conversation(playbook, now)
    return [conversation.hear([line[:LONGEST_LINE]]) for line in lines[:MOST_LINES] if line.strip()]


def _turn(burst: Sequence[str], before: Progress, step: Step) -> Turn:
    language = step.progress.language
    known = before.facts
    noted = tuple(
        Noted(name, label(name, Language.EN), display(fact.value, Language.EN))
        for name, fact in step.progress.facts.items()
        if name not in known or known[name].value != fact.value
    )
    return Turn(tuple(burst), step.reply, noted, language, step.asks, step.outcome)
