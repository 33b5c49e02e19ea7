"""The simulator's people play against a draft: who told everything, and where the talk got stuck."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.clock import Clock
from app.errors import TooMany
from app.qualification.facts import FactName
from app.qualification.playbook import Playbook
from app.registry import use
from app.simulator.lexicon import asked_for
from app.simulator.personas import LEAVES, Kind, Persona, persona
from app.simulator.trades import SCHOOL, Trade, trade_of
from app.studio.playbook_preview import Conversation, Turn
from app.vocabulary import Outcome

CAST = 24
"""Leads of one play: all ten tempers, all three languages."""
MOST_TURNS = 30
LONGEST = timedelta(seconds=20)
"""A play that takes longer is cut short and shows what it has."""
SEED = 7

TEMPERS = {
    Kind.EAGER: "Answers at once",
    Kind.SLOW: "Writes in pieces",
    Kind.SILENT: "Falls silent",
    Kind.OFF_TOPIC: "Strays from the topic",
    Kind.OPT_OUT: "Wants no messages",
    Kind.WANTS_PERSON: "Asks for a person",
    Kind.TERSE: "Says little",
    Kind.CORRECTS: "Takes things back",
    Kind.MANY_FACTS: "Tells all at once",
    Kind.ASKS_BACK: "Asks back",
}


@dataclass(frozen=True)
class Played:
    """One lead's talk: ``expected`` are the facts that the playbook asks for and the lead would tell."""

    temper: str
    language: str
    leaves: bool
    expected: frozenset[FactName]
    collected: frozenset[FactName]
    turns: tuple[Turn, ...]
    outcome: Outcome | None
    stuck: str

    @property
    def missing(self) -> frozenset[FactName]:
        """What the lead would have told, had it been understood or asked for."""
        return self.expected - self.collected


_playing = threading.Semaphore(1)


def play(playbook: Playbook) -> list[Played]:
    """Play the whole cast, one after the other. It keeps a thread busy for a second or so: one play at a time.

    Raises TooMany while another is running.
    """
    if not _playing.acquire(blocking=False):
        raise TooMany("Somebody else is playing leads right now; try again in a moment.", retry_after=5)
    try:
        return list(_play(playbook))
    finally:
        _playing.release()


def _play(playbook: Playbook) -> Iterator[Played]:
    clock = use(Clock)
    now = clock.now()
    for lead in cast(trade_of({language.value: does for language, does in playbook.business.items()})):
        if clock.now() - now > LONGEST:
            return
        yield play_one(playbook, lead, now)


def cast(trade: Trade = SCHOOL) -> list[Persona]:
    """The same people each time: the first of each kind, then others, so that all languages are spoken.

    They want what a business of this trade has.
    """
    drawn = [persona(SEED, number, trade) for number in range(50)]
    first = list({lead.kind: lead for lead in reversed(drawn)}.values())
    others = [lead for lead in drawn if lead not in first and lead.kind not in LEAVES]
    return [*first, *others][:CAST]


def play_one(playbook: Playbook, lead: Persona, now: datetime) -> Played:
    """One lead's whole talk with the agent."""
    conversation, turns = Conversation(playbook, now), list[Turn]()
    said = lead.opening()
    while said and len(turns) < MOST_TURNS:
        turns.append(conversation.hear(said))
        said = lead.answer(turns[-1].reply or "")
    asked = {question.fact for question in playbook.questions}
    # A fact that was never told cannot have been collected, whatever the rules took for it.
    known = conversation.progress.facts.keys() & {FactName(slot) for slot in lead.told}
    return Played(
        temper=TEMPERS[lead.kind],
        language=lead.language,
        leaves=lead.kind in LEAVES,
        expected=frozenset(asked & {FactName(slot) for slot in lead.expected()}),
        collected=frozenset(asked & known),
        turns=tuple(turns),
        outcome=conversation.progress.finished,
        stuck=_stuck(lead, conversation, turns),
    )


def _stuck(lead: Persona, conversation: Conversation, turns: list[Turn]) -> str:
    """Where the talk ended early, in words; empty for one that came to its end."""
    asks = turns[-1].asks
    if conversation.progress.finished or asks is None:
        return ""
    if lead.kind in LEAVES and lead.done:
        return f"left when asked for {_words(asks)}"
    if asks not in {slot.value for slot in asked_for(turns[-1].reply or "")}:
        return f"did not see that {_words(asks)} was asked for"
    return f"had no more to say about {_words(asks)}"


def _words(fact: FactName) -> str:
    return fact.value.replace("_", " ")
