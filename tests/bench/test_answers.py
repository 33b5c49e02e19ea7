"""What the bench with a failing model counts as a lead without an answer."""

from __future__ import annotations

import pytest

from app.qualification.dialogue import MOST_GOODBYES
from app.qualification.extraction.reading import Signal
from app.qualification.progress import Progress
from app.vocabulary import Automation
from tests.bench.answers import Said, Unanswered, bursts, means_silence, unanswered
from tests.bench.chaos import opened_and_closed


def chat(*words: tuple[str, float]) -> list[Said]:
    return [Said(who == "lead", at) for who, at in words]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ([("lead", 0), ("agent", 4)], 0),
        ([("lead", 0), ("lead", 1), ("lead", 3)], 1),
        ([("lead", 0), ("agent", 4), ("lead", 10), ("lead", 11)], 1),
        ([("lead", 0), ("lead", 10), ("agent", 14)], 0),
        ([("lead", 0), ("agent", 4), ("lead", 10), ("lead", 30), ("lead", 32)], 2),
        ([("agent", 0)], 0),
        ([], 0),
    ],
)
def test_a_burst_counts_when_nothing_was_sent_after_it(words: list[tuple[str, float]], count: int) -> None:
    assert bursts(chat(*words)) == count


def test_leads_who_are_owed_no_answer_are_not_counted() -> None:
    chats = {
        1: chat(("lead", 0), ("agent", 4)),
        2: chat(("lead", 0), ("agent", 4), ("lead", 9), ("lead", 20)),
        3: chat(("lead", 0), ("agent", 4), ("lead", 9)),
        4: chat(("lead", 0)),
    }
    assert unanswered(chats, silent=[3]) == Unanswered(leads=2, bursts=3, of=4)


@pytest.mark.parametrize(
    ("automation", "progress", "silence"),
    [
        (Automation.AGENT, Progress(), False),
        (Automation.OFF, Progress(), True),
        (Automation.HUMAN, Progress(), True),
        (Automation.AGENT, Progress(signals={Signal.SPAM: 1}), True),
        (Automation.AGENT, Progress(signals={Signal.CONTACT_LATER: 1}), False),
        (Automation.AGENT, Progress(goodbyes=MOST_GOODBYES), True),
        (Automation.AGENT, Progress(goodbyes=MOST_GOODBYES - 1), False),
    ],
)
def test_the_dialogue_means_silence(automation: Automation, progress: Progress, silence: bool) -> None:
    assert means_silence(automation, progress) is silence


@pytest.mark.parametrize(
    ("states", "opened", "closed"),
    [
        (["open", "half_open", "closed"], True, True),
        (["open", "half_open", "open"], True, False),
        (["closed"], False, False),
        ([], False, False),
    ],
)
def test_the_breaker_opened_and_closed(states: list[str], opened: bool, closed: bool) -> None:
    assert opened_and_closed(states) == {"breaker_opened": opened, "breaker_closed_again": closed}
