"""Predictions beside gold labels: what counts as right, in figures that know chance, and every miss."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.classification.conversations import Conversation
from app.llm.account import Charge, bills
from app.qualification.extraction.text import fold
from app.qualification.facts import FactName

FLAGS = ("opt_out", "wants_human")
MOST_BY_RULES = 0.02
"""Share of turns, or of ratings, up to which figures are those of the model although the rules stood in."""
_CLOSE = 0.01
_ENDS = frozenset("@._+-")


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a method says of one conversation, in the words of the gold labels.

    ``turn_ms`` are milliseconds per turn: CPU by rules, elapsed by a model. ``fallbacks`` are the reasons for which
    the rules read a turn instead of the model, ``judged_by_rules`` the reason why they judged. ``usd`` is None where
    nobody knows what it cost, ``charges`` are the calls that were billed.
    """

    slots: Mapping[str, Any]
    temperature: str
    risk: str
    opt_out: bool
    wants_human: bool
    turn_ms: tuple[float, ...]
    usd: Decimal | None = Decimal(0)
    charges: tuple[Charge, ...] = ()
    fallbacks: tuple[str, ...] = ()
    judged_by_rules: str | None = None


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
    """The figures of a run and everything that was missed. ``interrupted`` says that not all could be read."""

    method: str
    conversations: int = 0
    pairs: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: {"temperature": [], "risk": []})
    flags: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in FLAGS})
    slots: dict[str, Tally] = field(default_factory=lambda: {name.value: Tally() for name in FactName})
    turn_ms: list[float] = field(default_factory=list[float])
    misses: list[Miss] = field(default_factory=list[Miss])
    usd: Decimal | None = Decimal(0)
    charges: list[Charge] = field(default_factory=list[Charge])
    fallbacks: Counter[str] = field(default_factory=Counter[str])
    judged_by_rules: Counter[str] = field(default_factory=Counter[str])
    interrupted: bool = False

    def add(self, conversation: Conversation, predicted: Prediction) -> None:
        """Count one conversation."""
        gold = conversation.gold.model_dump(mode="json")
        self.conversations += 1
        self.turn_ms.extend(predicted.turn_ms)
        self.usd = None if self.usd is None or predicted.usd is None else self.usd + predicted.usd
        self.charges.extend(predicted.charges)
        self.fallbacks.update(predicted.fallbacks)
        self.judged_by_rules.update([predicted.judged_by_rules] if predicted.judged_by_rules else [])
        for what in ("temperature", "risk"):
            guess = str(getattr(predicted, what))
            self.pairs[what].append((gold[what], guess))
            if gold[what] != guess:
                self.misses.append(Miss(conversation.id, what, gold[what], guess))
        for flag in FLAGS:
            answer = Miss(conversation.id, flag, gold[flag] or None, getattr(predicted, flag) or None)
            self._count(self.flags[flag], answer)
        for slot in FactName:
            answer = Miss(conversation.id, slot.value, gold["slots"][slot.value], predicted.slots.get(slot.value))
            self._count(self.slots[slot.value], answer)

    def _count(self, tally: Tally, answer: Miss) -> None:
        if answer.gold is None and answer.predicted is None:
            return
        if None not in (answer.gold, answer.predicted) and matches(answer.what, answer.gold, answer.predicted):
            tally.right += 1
            return
        tally.wrong += answer.predicted is not None
        tally.left_out += answer.gold is not None
        self.misses.append(answer)

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
            "cost_usd": None if self.usd is None else float(self.usd),
            "latency_ms": latency(self.turn_ms),
            **self._fallback(),
            **({"interrupted": True} if self.interrupted else {}),
        }

    def _fallback(self) -> dict[str, Any]:
        """How often the rules stood in for the model; nothing where no model was asked."""
        if self.method == "rules":
            return {}
        read, judged = self._shares
        spent = [{"model": it.model, "usd": float(it.usd), "unpriced_calls": it.unpriced} for it in bills(self.charges)]
        return {
            "fallback": {"share": read, "reasons": dict(self.fallbacks)},
            "judged_by_rules": {"share": judged, "reasons": dict(self.judged_by_rules)},
            "spent": spent,
            **({"mixed": True} if self.is_mixed else {}),
        }

    @property
    def is_mixed(self) -> bool:
        """Whether the rules stood in so often that the figures are no longer those of a model."""
        return max(self._shares) > MOST_BY_RULES

    @property
    def _shares(self) -> tuple[float, float]:
        """Of the turns, and of the ratings, those that the rules made instead of the model."""
        read, judged = sum(self.fallbacks.values()), sum(self.judged_by_rules.values())
        return _share(read, len(self.turn_ms)), _share(judged, self.conversations)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


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
    kept = "".join(letter if letter.isalnum() or letter in _ENDS else " " for letter in fold(text)).split()
    # A mark inside an address counts, one around a word does not.
    return [word for each in kept if (word := each.strip("._+-"))]


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


def latency(milliseconds: Iterable[float]) -> dict[str, float]:
    """Mean, p50, p95, p99 and maximum of times in milliseconds; zeros without any."""
    ordered = sorted(milliseconds)
    if not ordered:
        return dict.fromkeys(("mean", "p50", "p95", "p99", "max"), 0.0)
    at = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    picked = {name: round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) for name, share in at.items()}
    return {"mean": round(statistics.fmean(ordered), 2), **picked, "max": round(ordered[-1], 2)}
