"""Libraries beside our own grammar, on the shipped conversations: what each finds, how surely, and how fast.

``python -m tests.bench.libraries`` measures what is installed; what Leadline does not depend on is installed for the
measurement alone (``pip install dateparser price-parser lingua-language-detector langdetect``). The chats are invented.
"""

from __future__ import annotations

import importlib
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.classification.conversations import REFERENCE_DATE, Conversation, load, shipped, turns
from app.qualification.extraction.horizons import bucket
from app.qualification.extraction.language import detect
from app.qualification.extraction.reader import read
from app.qualification.extraction.reading import ReadingContext
from app.qualification.facts import Budget, FactName
from app.qualification.progress import Progress, absorb

Reader = Callable[[str], Any]


@dataclass
class Score:
    """Right, wrong and left-out answers, and CPU milliseconds of each call."""

    right: int = 0
    wrong: int = 0
    left_out: int = 0
    ms: list[float] = field(default_factory=list[float])

    def line(self, name: str) -> str:
        claimed, wanted = self.right + self.wrong, self.right + self.left_out
        precision = self.right / claimed if claimed else 0.0
        coverage = self.right / wanted if wanted else 0.0
        mean = statistics.fmean(self.ms) if self.ms else 0.0
        slowest = sorted(self.ms)[int(0.95 * len(self.ms))] if self.ms else 0.0
        return (
            f"  {name:26} coverage {coverage:5.2f}  precision {precision:5.2f}  {mean:8.3f} ms mean {slowest:8.3f} p95"
        )

    def count(self, gold: Any, found: Any, *, same: bool) -> None:
        self.right += gold is not None and same
        self.wrong += found is not None and not same
        self.left_out += gold is not None and not same


def main() -> None:
    """Measure and print."""
    sys.stdout.writelines(line + "\n" for line in measured())


def measured() -> Iterator[str]:
    """The lines of the figures."""
    chats = [chat for path in shipped() for chat in load(path)]
    yield f"{len(chats)} invented conversations, {sum(1 for chat in chats for _ in turns(chat.messages))} bursts"
    yield "When (timeline bucket of the chat)"
    yield _own(chats, FactName.TIMELINE).line("our grammar")
    yield from (_line(name, reader, chats, _timeline) for name, reader in _dates())
    yield "How much (amount of the budget)"
    yield _own(chats, FactName.BUDGET).line("our grammar")
    yield from (_line(name, reader, chats, _budget) for name, reader in _prices())
    yield "Language of a burst of three words or more (en, pt, es)"
    yield from (_line(name, reader, chats, _language) for name, reader in _languages())


def _line(
    name: str,
    reader: Reader | None,
    chats: Sequence[Conversation],
    measure: Callable[[Sequence[Conversation], Reader], Score],
) -> str:
    return measure(chats, reader).line(name) if reader else f"  {name:26} not installed"


def _timed(score: Score, reader: Reader, text: str) -> Any:
    began = time.process_time()
    found = reader(text)
    score.ms.append((time.process_time() - began) * 1000)
    return found


def _own(chats: Sequence[Conversation], slot: FactName) -> Score:
    """Our grammar, which reads all facts at once; its time is that of the whole reading."""
    score = Score()
    for chat in chats:
        progress = Progress()
        for said, burst in turns(chat.messages):
            context = ReadingContext(progress.language, chat.business, "\n".join(said), known=progress.facts)
            began = time.process_time()
            progress = absorb(progress, read(burst, context, REFERENCE_DATE)).progress
            score.ms.append((time.process_time() - began) * 1000)
        fact = progress.facts.get(slot)
        if slot is FactName.BUDGET:
            gold = chat.gold.slots.budget
            found = float(fact.value.amount) if fact and isinstance(fact.value, Budget) else None
            same = gold is not None and found is not None and abs(found - gold.amount) <= 0.01 * gold.amount
        else:
            gold, found = chat.gold.slots.timeline, fact.value if fact else None
            same = gold == found
        score.count(gold, found, same=same)
    return score


def _last(score: Score, chat: Conversation, reader: Reader) -> Any:
    found = [_timed(score, reader, "\n".join(burst)) for _, burst in turns(chat.messages)]
    return next((each for each in reversed(found) if each is not None), None)


def _timeline(chats: Sequence[Conversation], reader: Reader) -> Score:
    score = Score()
    for chat in chats:
        found = _last(score, chat, reader)
        score.count(chat.gold.slots.timeline, found, same=found is not None and found == chat.gold.slots.timeline)
    return score


def _budget(chats: Sequence[Conversation], reader: Reader) -> Score:
    score = Score()
    for chat in chats:
        gold, found = chat.gold.slots.budget, _last(score, chat, reader)
        same = gold is not None and found is not None and abs(found - gold.amount) <= 0.01 * gold.amount
        score.count(gold, found, same=same)
    return score


def _language(chats: Sequence[Conversation], reader: Reader) -> Score:
    score = Score()
    for chat in chats:
        gold = _written_in(chat)
        for _, burst in turns(chat.messages):
            text = "\n".join(burst)
            if len(text.split()) >= 3:
                found = _timed(score, reader, text)
                score.count(gold, found, same=found == gold)
    return score


def _written_in(chat: Conversation) -> str:
    return next(language for language in ("en", "pt", "es") if f"-{language}-" in f"-{chat.id}")


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _dates() -> Iterator[tuple[str, Reader | None]]:
    search = _module("dateparser.search")
    yield "dateparser.search_dates", _dateparser(search) if search else None


def _dateparser(search: Any) -> Reader:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    settings = {"RELATIVE_BASE": now.replace(tzinfo=None), "PREFER_DATES_FROM": "future"}

    def read_dates(text: str) -> Any:
        found = search.search_dates(text, languages=["en", "pt", "es"], settings=settings) or []
        ahead = [(when.replace(tzinfo=UTC) - now).days for _, when in found]
        return next((bucket(days) for days in ahead if days >= 0), None)

    return read_dates


def _prices() -> Iterator[tuple[str, Reader | None]]:
    module = _module("price_parser")

    def parse(text: str) -> Any:
        return module.Price.fromstring(text).amount_float

    yield "price-parser", parse if module else None


def _languages() -> Iterator[tuple[str, Reader | None]]:
    yield "our word lists", lambda text: (found := detect(text)) and found.value
    lingua = _module("lingua")
    yield "lingua (three languages)", _lingua(lingua) if lingua else None
    langdetect = _module("langdetect")

    def guess(text: str) -> Any:
        try:
            return langdetect.detect(text)
        except langdetect.LangDetectException:
            return None

    yield "langdetect", guess if langdetect else None


def _lingua(lingua: Any) -> Reader:
    known = lingua.Language
    detector = lingua.LanguageDetectorBuilder.from_languages(known.ENGLISH, known.PORTUGUESE, known.SPANISH).build()

    def guess(text: str) -> Any:
        found = detector.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else None

    return guess


if __name__ == "__main__":
    main()
