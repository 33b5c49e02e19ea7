"""How well two people, or a method and people, agree: accuracy, macro F1 and Cohen's kappa over pairs of labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """The figures of ``samples`` pairs; all between 0 and 1, kappa from -1."""

    samples: int
    accuracy: float
    macro_f1: float
    cohen_kappa: float


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Compare what was predicted with what was said; raises ValueError without a pair."""
    if not pairs:
        raise ValueError("agreement of nothing")
    right = Counter(one for one, other in pairs if one == other)
    predicted, said = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    scores = [2 * right[label] / (predicted[label] + said[label]) for label in predicted | said]
    accuracy = sum(right.values()) / len(pairs)
    chance = sum(predicted[label] * said[label] for label in predicted | said) / len(pairs) ** 2
    kappa = 1.0 if chance == 1 else (accuracy - chance) / (1 - chance)
    return Agreement(len(pairs), accuracy, sum(scores) / len(scores), kappa)
