"""How well the rules (or another method) read labelled conversations, told in figures and misses."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from app.classification.rubric import Evidence, classify
from app.errors import Invalid
from app.qualification.extraction.reader import read
from app.qualification.extraction.reading import Intent, ReadingContext
from app.qualification.extraction.text import fold
from app.qualification.facts import FactName, value_to_json
from app.qualification.progress import Progress, absorb
from app.vocabulary import Outcome

REFERENCE_DATE = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""The day that the labels count from."""
METHODS = ("rules",)
_FLAGS = ("opt_out", "wants_human")
_CLOSE = 0.01


class UnreadableConversations(Invalid):
    """The file is not in the format of the rubric: JSON Lines with messages and gold labels."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a method says of one conversation, in the words of the gold labels; times are CPU ms per turn."""

    slots: Mapping[str, Any]
    temperature: str
    risk: str
    opt_out: bool
    wants_human: bool
    turn_ms: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """One label that the method got wrong."""

    conversation: str
    what: str
    gold: Any
    predicted: Any


@dataclass
class Tally:
    """Right, wrong and left-out answers of one slot or flag."""

    right: int = 0
    wrong: int = 0
    left_out: int = 0

    def figures(self) -> dict[str, float]:
        """Precision, recall and F1; 1 where there was nothing to find and nothing was claimed."""
        claimed, wanted = self.right + self.wrong, self.right + self.left_out
        precision = self.right / claimed if claimed else 1.0
        recall = self.right / wanted if wanted else 1.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


@dataclass
class Report:
    """The figures of a run and everything that was missed."""

    method: str
    conversations: int = 0
    pairs: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: {"temperature": [], "risk": []})
    flags: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in _FLAGS})
    slots: dict[str, Tally] = field(default_factory=lambda: {name.value: Tally() for name in FactName})
    turn_ms: list[float] = field(default_factory=list[float])
    misses: list[Miss] = field(default_factory=list[Miss])
    cost_usd: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The figures as one JSON object; agreement as accuracy, macro F1 and Cohen's kappa."""
        overall = Tally(
            *(sum(getattr(tally, part) for tally in self.slots.values()) for part in ("right", "wrong", "left_out"))
        )
        flags = {name: {k: v for k, v in tally.figures().items() if k != "f1"} for name, tally in self.flags.items()}
        return {
            "method": self.method,
            "conversations": self.conversations,
            "temperature": agreement(self.pairs["temperature"]),
            "risk": agreement(self.pairs["risk"]),
            **flags,
            "slots": {name: tally.figures() for name, tally in self.slots.items()} | {"overall": overall.figures()},
            "cost_usd": self.cost_usd,
            "latency_ms": _latency(self.turn_ms),
        }


def evaluate(path: Path, method: str = "rules") -> Report:
    """Replay every conversation of a file turn by turn and compare with its labels. Raises UnreadableConversations."""
    if method not in METHODS:
        raise Invalid(f"There is no method {method!r}; there is: {', '.join(METHODS)}.")
    report = Report(method)
    for conversation in load(path):
        _score(report, conversation, predict(conversation))
    return report


def load(path: Path) -> list[dict[str, Any]]:
    """The conversations of a JSON Lines file. Raises UnreadableConversations."""
    try:
        lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
        conversations: list[dict[str, Any]] = [json.loads(line) for line in lines]
        for conversation in conversations:
            _ = conversation["id"], conversation["messages"], conversation["gold"]["slots"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableConversations(f"{path} cannot be read as labelled conversations: {error}") from error
    return conversations


def shipped() -> Path:
    """The development set that comes with Leadline; its chats are invented."""
    return Path(str(resources.files("app.classification") / "data" / "conversations_dev.jsonl"))


def predict(conversation: Mapping[str, Any]) -> Prediction:
    """What the rules make of one conversation."""
    progress, flags, turn_ms = Progress(), set[Intent](), list[float]()
    business = str(conversation.get("business", ""))
    for agent_said, burst in turns(conversation["messages"]):
        started = time.process_time()
        context = ReadingContext(
            progress.language,
            business,
            agent_said,
            known=progress.facts,
            currency=progress.currency,
            period=progress.period,
        )
        reading = read(burst, context, REFERENCE_DATE)
        progress = absorb(progress, reading)
        flags |= reading.intents
        turn_ms.append((time.process_time() - started) * 1000)
    outcome = Outcome.OPTED_OUT if Intent.OPT_OUT in flags else None
    judged = classify(Evidence(progress.facts, progress.signals, outcome), REFERENCE_DATE)
    return Prediction(
        slots={name.value: value_to_json(fact.value) for name, fact in progress.facts.items()},
        temperature=judged.temperature.value,
        risk=judged.risk.value,
        opt_out=Intent.OPT_OUT in flags,
        wants_human=Intent.WANTS_HUMAN in flags,
        turn_ms=tuple(turn_ms),
    )


def turns(messages: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """Bursts of the lead, each with what the business wrote before it."""
    said: list[str] = []
    burst: list[str] = []
    for message in messages:
        if message["from"] == "lead":
            burst.append(message["text"])
            continue
        if burst:
            yield "\n".join(said), burst
            said, burst = [], []
        said.append(message["text"])
    if burst:
        yield "\n".join(said), burst


def _score(report: Report, conversation: Mapping[str, Any], predicted: Prediction) -> None:
    gold, name = conversation["gold"], str(conversation["id"])
    report.conversations += 1
    report.turn_ms.extend(predicted.turn_ms)
    for what in ("temperature", "risk"):
        guess = str(getattr(predicted, what))
        report.pairs[what].append((gold[what], guess))
        if gold[what] != guess:
            report.misses.append(Miss(name, what, gold[what], guess))
    for flag in _FLAGS:
        _count(report, report.flags[flag], Miss(name, flag, gold[flag] or None, getattr(predicted, flag) or None))
    for slot in FactName:
        miss = Miss(name, slot.value, gold["slots"].get(slot.value), predicted.slots.get(slot.value))
        _count(report, report.slots[slot.value], miss)


def _count(report: Report, tally: Tally, answer: Miss) -> None:
    if answer.gold is None and answer.predicted is None:
        return
    if answer.gold is not None and answer.predicted is not None and matches(answer.what, answer.gold, answer.predicted):
        tally.right += 1
        return
    tally.wrong += answer.predicted is not None
    tally.left_out += answer.gold is not None
    report.misses.append(answer)


def matches(slot: str, gold: Any, predicted: Any) -> bool:
    """Whether an answer counts: text without case and accents, amounts within 1 %, interest by half of its words."""
    if slot == FactName.BUDGET:
        close = abs(gold["amount"] - predicted["amount"]) <= _CLOSE * abs(gold["amount"])
        return close and gold["currency"] == predicted["currency"] and gold["period"] == predicted["period"]
    if slot == FactName.INTEREST:
        wanted, found = set(_words(gold)), set(_words(predicted))
        return 2 * len(wanted & found) >= len(wanted)
    return gold == predicted or _words(str(gold)) == _words(str(predicted))


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() or letter in "@." else " " for letter in fold(text)).split()


def agreement(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Accuracy, macro F1 over the labels that occur, and Cohen's kappa of (gold, predicted) pairs."""
    if not pairs:
        return {"accuracy": 0.0, "macro_f1": 0.0, "kappa": 0.0}
    accuracy = sum(gold == guess for gold, guess in pairs) / len(pairs)
    labels = sorted({label for pair in pairs for label in pair})
    f1 = [_label_f1(pairs, label) for label in labels]
    gold, guessed = Counter(pair[0] for pair in pairs), Counter(pair[1] for pair in pairs)
    chance = sum(gold[label] * guessed[label] for label in labels) / len(pairs) ** 2
    kappa = (accuracy - chance) / (1 - chance) if chance < 1 else 1.0
    return {"accuracy": round(accuracy, 4), "macro_f1": round(statistics.fmean(f1), 4), "kappa": round(kappa, 4)}


def _label_f1(pairs: Sequence[tuple[str, str]], label: str) -> float:
    right = sum(gold == guess == label for gold, guess in pairs)
    named = sum((gold == label) + (guess == label) for gold, guess in pairs)
    return 2 * right / named if named else 0.0


def _latency(turn_ms: Sequence[float]) -> dict[str, float]:
    if not turn_ms:
        return {"mean": 0.0, "p50": 0.0, "p95": 0.0, "max": 0.0}
    ordered = sorted(turn_ms)
    at = {"p50": 0.5, "p95": 0.95}
    picked = {name: round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) for name, share in at.items()}
    return {"mean": round(statistics.fmean(ordered), 2), **picked, "max": round(ordered[-1], 2)}


def main(arguments: Sequence[str] | None = None) -> int:
    """``leadline evaluate [FILE] [--method rules] [--json]``: 0 when the file could be read."""
    options = _parser().parse_args(arguments)
    try:
        report = evaluate(options.file or shipped(), options.method)
    except Invalid as error:
        sys.stderr.write(f"{error}\n")
        return 2
    figures = json.dumps(report.to_json(), indent=None if options.json else 2, ensure_ascii=False)
    sys.stdout.write(figures + "\n" if options.json else f"{_table(report)}\n{figures}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="leadline evaluate", description="Score a method on labelled conversations.")
    parser.add_argument("file", nargs="?", type=Path, help="JSON Lines; without it, the shipped set of invented chats")
    parser.add_argument("--method", default="rules", help="rules")
    parser.add_argument("--json", action="store_true", help="one JSON object, without the misses")
    return parser


def _table(report: Report) -> str:
    return "\n".join(["Misses (gold -> predicted):", *_rows(report.misses), ""])


def _rows(misses: Iterable[Miss]) -> Iterator[str]:
    for miss in misses:
        gold, guess = (json.dumps(value, ensure_ascii=False) for value in (miss.gold, miss.predicted))
        yield f"  {miss.conversation:12} {miss.what:15} {gold} -> {guess}"
