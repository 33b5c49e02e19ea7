"""How likely a message makes a wish, learnt from labelled sentences: a second opinion beside the spelt-out concepts.

People ask to be left alone, or for a person, in more ways than a lexicon holds. Two logistic regressions over words,
runs of words and pieces of words were fitted to some thousand invented sentences (``scripts/wishes``, by
``scripts/learn_wishes.py``). What is shipped are their weights; a chance is a sum over what occurs in the message.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources

from app.qualification.extraction.text import fold

WEIGHTS = "learnt_wishes.json"
LONGEST = 400
"""Letters of a message that are looked at."""
_WORD = re.compile(r"[^\W\d_]+|\d+|[?!.,:;()]")
_LONGEST_RUN = 3
_PIECES = range(3, 6)


class Wish(StrEnum):
    """What a message may ask for."""

    OPT_OUT = "opt_out"
    WANTS_HUMAN = "wants_human"


@dataclass(frozen=True, slots=True)
class Learnt:
    """Weights of the features for each wish, in the order of ``Wish``; ``sentences`` is the digest of what they were
    learnt from.
    """

    sentences: str
    start: tuple[float, ...]
    weights: Mapping[str, Sequence[float]]


def chance(message: str, wish: Wish) -> float:
    """How likely a message makes a wish, from 0 to 1."""
    return _chances(message)[wish]


@lru_cache(maxsize=512)
def _chances(message: str) -> Mapping[Wish, float]:
    """All at once: taking a message apart is most of the work."""
    learnt = _learnt()
    known = [weights for feature in features(message) if (weights := learnt.weights.get(feature)) is not None]
    sums = (sum(column) for column in zip(learnt.start, *known, strict=True))
    return {wish: 1 / (1 + math.exp(-score)) for wish, score in zip(Wish, sums, strict=True)}


def features(message: str) -> frozenset[str]:
    """What is weighed of a message: its words, two and three in a row, two with a gap between, and pieces of each."""
    words = ["<", *_WORD.findall(re.sub(r"\d+", "0", fold(message[:LONGEST]))), ">"]
    return frozenset((*_runs(words), *_gaps(words), *_pieces(words)))


def _runs(words: Sequence[str]) -> Iterator[str]:
    for length in range(1, _LONGEST_RUN + 1):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


def _gaps(words: Sequence[str]) -> Iterator[str]:
    for first, second in zip(words, words[2:], strict=False):
        yield f"{first} _ {second}"


def _pieces(words: Sequence[str]) -> Iterator[str]:
    for word in set(words):
        whole = f"#{word}#"
        for length in _PIECES:
            for start in range(len(whole) - length + 1):
                yield f"~{whole[start : start + length]}"


@cache
def _learnt() -> Learnt:
    held = json.loads((resources.files("app.qualification.extraction") / "lexicon" / WEIGHTS).read_text("utf-8"))
    return Learnt(held["sentences"], tuple(held["start"]), held["weights"])
