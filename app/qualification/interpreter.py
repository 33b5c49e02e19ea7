"""The port of understanding: what a burst of messages says, whoever reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from app.qualification.extraction.reader import read
from app.qualification.extraction.reading import Reading, ReadingContext
from app.qualification.facts import FactName
from app.qualification.playbook import Playbook
from app.qualification.progress import Progress
from app.vocabulary import Language


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the chat before the burst; ``author`` is ``lead``, or ``agent`` for anybody of the business."""

    author: str
    text: str


@dataclass(frozen=True, slots=True)
class TurnRequest:
    """All that a reader may need: the burst, the chat before it, what is known, the script and the time."""

    burst: Sequence[str]
    history: Sequence[Line]
    progress: Progress
    playbook: Playbook
    now: datetime

    @property
    def language(self) -> Language | None:
        """The language of the chat so far."""
        return self.progress.language

    @property
    def agent_said(self) -> str:
        """What the business wrote since the lead's last message."""
        said: list[str] = []
        for line in reversed(self.history):
            if line.author == "lead":
                break
            said.append(line.text)
        return "\n".join(reversed(said))


class Interpreter(Protocol):
    """Reads a burst of a lead's messages."""

    async def interpret(self, turn: TurnRequest) -> Reading:
        """What the burst says. Never raises on any text; a reader that fails hands over to another."""
        ...


_ASKED = "We start on 5 december. What is your name? May I keep your number? Who decides? How much, and when?"
_SAID = {
    None: "...",
    Language.EN: "Yes. I am Ana, I live in London, my wife decides. How much? Call me on 5 december, 100 a month.",
    Language.PT: "Sim. Sou a Ana, moro em Lisboa, decide meu marido. Quanto custa? Me liga dia 5, 100 por mês.",
    Language.ES: "Sí. Me llamo Ana, vivo en Madrid, decide mi marido. ¿Cuánto cuesta? Llámame el 5, 100 al mes.",
}
"""A word of everything, so that each part of the grammar is compiled before a lead waits for it."""


class RuleInterpreter:
    """Reads by grammar and lexicon, without any network.

    Making one reads the lexicon and compiles the grammar (about half a second), so that no lead waits for it.
    """

    def __init__(self) -> None:
        for language, said in _SAID.items():
            context = ReadingContext(language, "gym", _ASKED if language else "")
            read([said], context, datetime(2000, 1, 1, tzinfo=UTC))

    async def interpret(self, turn: TurnRequest) -> Reading:
        """What the burst says, by the rules."""
        return read(turn.burst, context_of(turn), turn.now)


def context_of(turn: TurnRequest) -> ReadingContext:
    """What the rules need to know of a turn."""
    progress = turn.progress
    return ReadingContext(
        language=progress.language,
        business=" ".join(turn.playbook.business.values()),
        agent_said=turn.agent_said,
        asked=_asked(progress.last_asked),
        known=progress.facts,
        currency=progress.currency,
        period=progress.period,
        price=progress.price,
    )


def _asked(last: FactName | None) -> frozenset[FactName]:
    return frozenset({last}) if last else frozenset()
