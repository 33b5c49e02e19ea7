"""Which leads a program left without an answer, read from its database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.rows import namedtuple_row

from app.installation import running_in
from app.qualification.dialogue import MOST_GOODBYES
from app.qualification.progress import NOT_CUSTOMERS, Progress
from app.vocabulary import Automation

PAUSE_SECONDS = 3.0
"""Silence of a lead that ends a burst."""
_CHATS = """
select l.id as lead_id, l.automation, q.progress, m.direction,
  case m.direction when 'in' then not m.past_answering else m.accepted_at is not null end as counts,
  extract(epoch from case m.direction when 'in' then m.created_at else coalesce(m.accepted_at, m.created_at) end) as at
from lead l join message m on m.lead_id = l.id and m.kind <> 'note'
left join lateral (select progress from qualification where lead_id = l.id order by id desc limit 1) q on true
order by l.id, at, m.id
"""


@dataclass(frozen=True)
class Said:
    """One message of a chat; ``at`` is in seconds since the epoch."""

    by_lead: bool
    at: float


@dataclass(frozen=True)
class Unanswered:
    """Leads whose last words nobody answered though they were owed it, the bursts that these were, and of how many."""

    leads: int
    bursts: int
    of: int


def unanswered(chats: Mapping[int, Sequence[Said]], silent: Iterable[int] = ()) -> Unanswered:
    """Count what the leads said after the last answer; those in ``silent`` are owed none."""
    quiet = set(silent)
    left = [bursts(chat) for lead_id, chat in chats.items() if lead_id not in quiet]
    return Unanswered(sum(count > 0 for count in left), sum(left), len(chats))


def bursts(chat: Sequence[Said]) -> int:
    """How many bursts a lead sent since the last answer."""
    count, last = 0, float("-inf")
    for said in sorted(chat, key=lambda one: one.at):
        if not said.by_lead:
            count, last = 0, float("-inf")
            continue
        count += said.at - last > PAUSE_SECONDS
        last = said.at
    return count


def means_silence(automation: str, progress: Progress) -> bool:
    """Whether the dialogue owes a lead no answer: who opted out, is no customer, or has been seen off often enough; and
    whoever talks with a person.
    """
    told = not NOT_CUSTOMERS.isdisjoint(progress.signals)
    return automation != Automation.AGENT or told or progress.goodbyes >= MOST_GOODBYES


def left_by(folder: Path) -> Unanswered:
    """What the program that runs in a folder has left without an answer."""
    return left_in(running_in(folder).database_url)


def left_in(database_url: str) -> Unanswered:
    """What has no answer in a database: words of a lead that are owed one, and answers that the gateway took."""
    chats: dict[int, list[Said]] = {}
    silent: set[int] = set()
    with psycopg.connect(database_url, row_factory=namedtuple_row) as db:
        for row in db.execute(_CHATS):
            chats.setdefault(row.lead_id, [])
            if row.counts:
                chats[row.lead_id].append(Said(row.direction == "in", float(row.at)))
            if means_silence(row.automation, Progress.from_json(row.progress or {})):
                silent.add(row.lead_id)
    return unanswered({lead_id: chat for lead_id, chat in chats.items() if chat}, silent)
