"""Numbers as people type them: digits with either decimal mark, words, and multipliers from ``k`` to ``lakh``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from app.qualification.extraction.phrases import lexicon

_DIGITS = r"\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,3}(?: \d{3})+(?![\d.,]\d)|\d+[.,]\d{1,2}(?!\d)|\d+"
_LETTERS = "(?:[nrqlp]|rs|rm|ksh|kes|usd|eur|gbp|aed|inr|ngn|ghs|zar|php|brl|mxn|cop|clp|ars|pen|kz)"
_HUNDRED = 100
_LONGEST = 12
"""Digits in the longest number taken for a quantity; longer ones are phones and documents."""


@dataclass(frozen=True, slots=True)
class Number:
    """A quantity and where it stands.

    ``scaled`` says that a multiplier was written, ``letter`` is a currency glued to the front, as in ``R1100``.
    """

    value: Decimal
    start: int
    end: int
    scaled: bool = False
    worded: bool = False
    last_scale: Decimal = Decimal(1)
    letter: str = ""
    scale: str = ""


def numbers(folded: str) -> list[Number]:
    """Every number of a folded text, compound ones ("2 millones 450", "mil e duzentos") as one."""
    found: list[Number] = []
    for part in _parts(folded):
        if found and (joined := _join(folded, found[-1], part)) is not None:
            found[-1] = joined
        else:
            found.append(part)
    return [_with_half(folded, number) for number in found]


def digits_value(written: str) -> Decimal:
    """The value of digits with separators: ``7.000,00``, ``1,200`` and ``4,2`` are read as their writers mean them."""
    compact = written.replace(" ", "")
    marks = [letter for letter in compact if letter in ".,"]
    if len(set(marks)) == 2:
        thousands, decimal = marks[0], marks[-1]
        return Decimal(compact.replace(thousands, "").replace(decimal, "."))
    if marks and len(compact.rsplit(marks[-1], 1)[1]) == 3:
        return Decimal(compact.replace(marks[0], ""))
    return Decimal(compact.replace(",", "."))


def _parts(folded: str) -> Iterator[Number]:
    for found in _part_pattern().finditer(folded):
        part = _part(found)
        if part is not None:
            yield part


def _part(found: re.Match[str]) -> Number | None:
    units, scales = _units(), _words("scales")
    digits, word, weak = found["digits"], found["word"], found["weak"]
    scale = found["scale_1"] or found["scale_2"] or found["scale_3"] or found["scale_4"] or found["alone"]
    if digits and sum(c.isdigit() for c in digits) > _LONGEST:
        return None
    base = digits_value(digits) if digits else units.get(word or "", _words("weak_units").get(weak or "", Decimal(1)))
    factor = scales[scale] if scale else Decimal(1)
    base += Decimal("0.5") if scale and (found["half_1"] or found["half_2"]) else 0
    return Number(
        base * factor, found.start(), found.end(), bool(scale), not digits, factor, found["letter"] or "", scale or ""
    )


def _join(folded: str, left: Number, right: Number) -> Number | None:
    """Two neighbours that are one number in words, as "duzentos e cinquenta" or "3 mil 500"."""
    between = folded[left.end : right.start]
    if not re.fullmatch(r" (?:e |y |and )?| ?-? ?", between) or (not between and not right.worded):
        return None
    plain_digits = not left.worded and not left.scaled
    if plain_digits:
        return None
    if _hundreds_of_thousands_left_out(between, left, right):
        value = left.value * 1000 + right.value
        return Number(value, left.start, right.end, True, True, Decimal(_HUNDRED))
    if _scales_both(left, right):
        value = (left.value + right.value / right.last_scale) * right.last_scale
        return Number(value, left.start, right.end, True, True, right.last_scale)
    if right.value >= _room(left):
        return None
    value = right.value * 1000 if _thousands_left_out(left, right) else right.value
    return Number(left.value + value, left.start, right.end, left.scaled or right.scaled, left.worded, right.last_scale)


def _scales_both(left: Number, right: Number) -> bool:
    """Whether a multiplier stands for both words: "trezentos e cinquenta mil", "three hundred and fifty thousand"."""
    base = right.value / right.last_scale
    grows = right.scaled and right.worded and left.worded and right.last_scale > left.value
    return grows and base < (Decimal(100) if left.last_scale == _HUNDRED else _room(left))


def _room(left: Number) -> Decimal:
    """What may still be added: less than the last round step, tens under "twenty", hundreds under "mil"."""
    if left.scaled:
        return left.last_scale
    return next((step for step in (Decimal(100), Decimal(10)) if left.value % step == 0 and left.value), Decimal(0))


def _thousands_left_out(left: Number, right: Number) -> bool:
    return left.last_scale == 1_000_000 and not right.scaled and 100 <= right.value < 1000


def _hundreds_of_thousands_left_out(between: str, left: Number, right: Number) -> bool:
    """Whether "três e duzentos" is said for "três mil e duzentos"."""
    words = between == " e " and left.worded and right.worded and not (left.scaled or right.scaled)
    return words and 1 < left.value < 10 and right.value % _HUNDRED == 0 and right.value < 1000


def _with_half(folded: str, number: Number) -> Number:
    if number.scaled and (half := _half_pattern().match(folded, number.end)):
        return Number(number.value + number.last_scale / 2, number.start, half.end(), True, number.worded)
    return number


@cache
def _words(section: str) -> Mapping[str, Decimal]:
    return {word: Decimal(value) for word, value in lexicon("money")[section].items()}


@cache
def _units() -> Mapping[str, Decimal]:
    """Numbers in words, with the endearing forms of Portuguese: "trezentinhos", "cinquentão", "quinhentim"."""
    endings = lexicon("money")["endearing"]
    stems = {stem: Decimal(value) for stem, value in lexicon("money")["stems"].items()}
    return {**_words("units"), **{stem + ending: value for stem, value in stems.items() for ending in endings}}


@cache
def _part_pattern() -> re.Pattern[str]:
    units = "|".join(sorted(_units(), key=len, reverse=True))
    scales = "|".join(word for word in sorted(_words("scales"), key=len, reverse=True) if word != "l")  # a litre
    long = "|".join(word for word in sorted(_words("scales"), key=len, reverse=True) if len(word) > 2)  # not "a mi"
    hundreds = "|".join(word for word, value in _units().items() if _HUNDRED <= value < 1000)
    alone = rf"mil|(?:millon|milhao|palo)(?= (?:{'|'.join(lexicon('money')['halves'])}|(?:{hundreds})(?!\w)))"
    weak, halves = "|".join(_words("weak_units")), "|".join(lexicon("money")["halves"])
    return re.compile(
        rf"(?<![\w.,])(?:(?P<letter>{_LETTERS}(?=\d))?(?P<digits>{_DIGITS})(?:tao|tinhos?|zinhos?)?"
        rf"(?: ?(?P<half_1>{halves})(?= ))?(?: ?(?P<scale_1>{scales})(?!\w)|(?P<scale_4>l)(?!\w))?(?!\w*@)"
        rf"|(?P<word>{units})(?!\w)(?: (?P<half_2>{halves})(?= ))?(?: (?P<scale_2>{long})(?!\w))?"
        rf"|(?P<weak>{weak}) (?P<scale_3>{long})(?!\w)|(?P<alone>{alone})(?!\w))"
    )


@cache
def _half_pattern() -> re.Pattern[str]:
    return re.compile(rf" (?:{'|'.join(lexicon('money')['halves'])})(?!\w)")
