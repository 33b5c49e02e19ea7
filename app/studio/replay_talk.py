"""What the agent would say to the same words by another playbook: the rules read once, two dialogues answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.classification.conversations import Conversation, turns
from app.llm.masking import Mask
from app.qualification.dialogue import Step, next_step
from app.qualification.extraction.reader import read
from app.qualification.extraction.reading import ReadingContext
from app.qualification.facts import Fact, FactName, display
from app.qualification.playbook import Playbook
from app.qualification.progress import Progress
from app.vocabulary import Language

MOST_SHOWN = 20
"""Answers of one conversation that are kept."""
LONGEST = 400
HIDDEN = "…"
SILENT = "(stays silent)"


@dataclass
class Talk:
    """How many bursts of a lead are answered alike, and some answers that differ, as (before, after)."""

    bursts: int = 0
    same: int = 0
    shown: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def add(self, before: Step, after: Step) -> None:
        """Count the answers to one burst."""
        self.bursts += 1
        if before.reply == after.reply:
            self.same += 1
        elif len(self.shown) < MOST_SHOWN:
            self.shown.append((_told(before), _told(after)))


async def talk(conversation: Conversation, before: Playbook, after: Playbook, *, pause: float) -> Talk:
    """Both playbooks' answers to what the lead wrote then; ``pause`` is in seconds after each burst."""
    told, old, new = Talk(), Progress(), Progress()
    for said, burst in turns(conversation.messages):
        # What the lead answered is what was asked then, whatever either playbook would have asked instead.
        reading = read(burst, _context(old, conversation.business, "\n".join(said)), conversation.at)
        was = next_step(old, reading, before, conversation.at)
        would_be = next_step(new, reading, after, conversation.at)
        told.add(was, would_be)
        old, new = was.progress, would_be.progress
        await asyncio.sleep(pause)
    return told


def _context(progress: Progress, business: str, said: str) -> ReadingContext:
    return ReadingContext(
        progress.language,
        business,
        said,
        known=progress.facts,
        currency=progress.currency,
        period=progress.period,
        price=progress.price,
    )


def _told(step: Step) -> str:
    """The agent's words without what the lead told: nothing of a chat is kept."""
    if step.reply is None:
        return SILENT
    text = step.reply
    for words in sorted(_of_the_lead(step.progress.facts, step.progress.language), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(words)}(?!\w)", HIDDEN, text)
    return Mask().hide(text)[:LONGEST]


def _of_the_lead(facts: Mapping[FactName, Fact], language: Language | None) -> set[str]:
    shown = {display(fact.value, language or Language.EN) for fact in facts.values()}
    name = facts.get(FactName.NAME)
    return {words for words in {*shown, *(str(name.value).split() if name else ())} if words.strip()}
