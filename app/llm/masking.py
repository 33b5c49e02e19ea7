"""What a model need not know of a person: addresses and numbers leave the house as placeholders and come back whole.

Sums, dates and times stay, for the model has to read them. Where a number may be either, it is hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST_SUM = 12
"""Digits; what has more is no price."""
SHORTEST_PHONE = 9
"""Digits from which a number that is no sum, date or time is hidden, whatever it is."""
SHORTEST_LOCAL = 7
"""Digits from which it is hidden where it can hardly be anything else."""

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PLACEHOLDER = re.compile(r"\[(?:email|phone|number) \d+\]")
_DOCUMENT = re.compile(
    r"\b\d{3}\.?\d{3}\.?\d{3}-\d{2}\b"  # CPF
    r"|\b\d{2}\.?\d{3}\.?\d{3}/\d{4}-\d{2}\b"  # CNPJ
    r"|\b\d{1,2}\.\d{3}\.\d{3}-[\dkK]\b|\b\d{7,8}-[\dkK]\b"  # RUT
    r"|\b\d{8}-? ?[A-HJ-NP-TV-Z]\b|\b[XYZ]-?\d{7}-?[A-Z]\b"  # DNI, NIE
    r"|\b[A-Z]{4}\d{6}[A-Z0-9]{3,8}\b"  # RFC, CURP
    r"|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?\b"  # IBAN
    r"|\b[A-Z]{1,3}\d{6,9}\b",  # passports
)
_DATE_OR_TIME = re.compile(
    r"(?<![\d.,/+-])(?:(?:19|20)\d{2}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:(?:19|20)\d{2}|\d{2}))"
    r"(?:T?\d{1,2}:\d{2})?(?![.,/-]?\d)"
    r"|(?<![\d.,:])\d{1,2}(?::\d{2}(?::\d{2})?|[hH]\d{2})(?!\d)"
    r"|(?<![\d.,/+-])(?:19|20)\d{2} ?[-/] ?(?:19|20)\d{2}(?![.,/-]?\d)"
)
_AMOUNT = r"(?:\d{1,3}(?:[., ]\d{3}){1,4}(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?)(?!\d)"
_CODES = r"usd|eur|gbp|brl|mxn|cop|ars|clp|pen|uyu"
# Neither "k" nor "mil" is among the units: what they may stand behind is too short to be taken for anything else, and
# "612345678 mi teléfono" and "612345678 mil gracias" are no sums.
_UNITS = rf"reais|euros?|pesos?|soles|d[oó]lares|dollars?|bucks|libras|pounds|{_CODES}"
_SUM = re.compile(
    rf"(?:[$€£]|\b(?:{_CODES})) ?{_AMOUNT}|(?<![\d.,+]){_AMOUNT} ?(?:[$€£%]|(?:{_UNITS})\b)",
    re.IGNORECASE,
)
_RUN = re.compile(r"(?<!\d)(?<!\d[.,])(?:\+ ?|\()?\d(?:(?:[ .\-/]|\) ?-?| ?\()?\d)*")
_APART = re.compile(r"(?:\+\d{1,3} )?\d{2,4}(?: [-/] \d{2,5}){2,}")
_HALVES = re.compile(r"(\d{4})[ -](\d{4})")
_PHONE = r"(?:tel|tlf|telef\w*|telem\w*|fone|phone|cel|cell|celular|mobile|m[oó]vil|whats\w*|wpp|zap)"
_NUMBER = r"n(?:umber|[uú]mero)"
_TOLD = re.compile(rf"(?:\b{_PHONE}\b|\b(?:my|meu|mi) {_NUMBER}\b|\b(?:call|text) me\b)[^\d|]{{0,20}}$", re.IGNORECASE)
_TOLD_AFTER = re.compile(
    rf"[^\w\n|]{{0,3}}(?:(?:es|is|é|e|eh) )?(?:o |el |the )?(?:my|meu|mi) (?:{_PHONE}|{_NUMBER})\b", re.IGNORECASE
)
_ROUND = re.compile(r"[1-9]\d{0,2}0{6,}")
_THOUSANDS = re.compile(r"\d{1,3}(?:([. ])\d{3})(?:\1\d{3})*")
_ALIKE = str.maketrans(
    {**dict.fromkeys("\t\u00a0\u2007\u2009\u202f", " "), **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014", "-")}
)
"""Blanks and dashes that look like the usual ones; each has one letter, so that places stay the same."""
_NOT_A_DIGIT = re.compile(r"\D")


class Mask:
    """The placeholders of one call; the same words always get the same one."""

    def __init__(self) -> None:
        self._hidden: dict[str, str] = {}

    def hide(self, text: str) -> str:
        """The text with a placeholder for each e-mail address, phone number, and number of a document or card."""
        # Whoever writes a placeholder by hand shall not be taken for another.
        plain = _PLACEHOLDER.sub(lambda found: found.group().replace("[", "(").replace("]", ")"), text)
        plain = _EMAIL.sub(lambda found: self._instead("email", found.group()), plain)
        if sum(map(str.isdigit, plain)) < SHORTEST_LOCAL:
            return plain
        plain = _DOCUMENT.sub(lambda found: self._instead("number", found.group()), plain)
        kept, at = "", 0
        for start, end in _numbers(plain):
            kept += plain[at:start] + self._instead("phone", plain[start:end])
            at = end
        return kept + plain[at:]

    def show(self, text: str) -> str:
        """The text with each placeholder of this mask replaced by what it stands for."""
        known = {placeholder: words for words, placeholder in self._hidden.items()}
        return _PLACEHOLDER.sub(lambda found: known.get(found.group(), found.group()), text)

    def _instead(self, kind: str, words: str) -> str:
        return self._hidden.setdefault(words, f"[{kind} {len(self._hidden) + 1}]")


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where numbers of people stand, from the left."""
    text = text.translate(_ALIKE)
    spared = list(_spared(text))
    left = _without(text, spared)
    found = [run.span() for run in _APART.finditer(left) if _digits(run.group()) >= SHORTEST_PHONE]
    left = _without(left, found)
    found += [run.span() for run in _RUN.finditer(left) if _is_of_a_person(run, left)]
    yield from sorted(found)


def _spared(text: str) -> Iterator[tuple[int, int]]:
    """Where sums, dates and times stand."""
    dialled = [run.span() for run in _RUN.finditer(text) if run.group().startswith("+")]
    for found in _SUM.finditer(text):
        is_part = any(start < found.end() and found.start() < end for start, end in dialled)
        if _digits(found.group()) <= LONGEST_SUM and not is_part:
            yield found.span()
    for found in _DATE_OR_TIME.finditer(text):
        yield found.span()
    for found in _PLACEHOLDER.finditer(text):
        yield found.span()


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with a mark in the place of each letter of these, so that nothing is joined over them."""
    for start, end in spans:
        text = f"{text[:start]}{'|' * (end - start)}{text[end:]}"
    return text


def _is_of_a_person(run: re.Match[str], text: str) -> bool:
    words, digits = run.group(), _digits(run.group())
    if digits < SHORTEST_LOCAL:
        return False
    if words.startswith("+") or _is_told(run, text):
        return True
    return not _is_sum(words, text[run.end() :]) if digits >= SHORTEST_PHONE else _are_halves(words)


def _is_told(run: re.Match[str], text: str) -> bool:
    """Whether the words beside a number say that it is somebody's."""
    before = _TOLD.search(text, max(run.start() - 40, 0), run.start())
    return before is not None or _TOLD_AFTER.match(text, run.end()) is not None


def _are_halves(words: str) -> bool:
    """Whether a number is written as eight digits are dialled; two years or two prices are not."""
    found = _HALVES.fullmatch(words)
    if found is None:
        return False
    are_years = all(half[:2] in {"19", "20"} for half in found.groups())
    return not are_years and not all(half.endswith("00") for half in found.groups())


def _is_sum(words: str, after: str) -> bool:
    """Whether a long number without a currency is a sum all the same: round, or with cents behind its thousands."""
    if _digits(words) > LONGEST_SUM:
        return False
    if words.isdigit():
        return _ROUND.fullmatch(words) is not None
    groups = re.split(r"[. ]", words)
    if _THOUSANDS.fullmatch(words) is None:
        return False
    if "." in words:
        return groups[-1] == "000" or re.match(r",\d{1,2}(?!\d)", after) is not None
    return groups[-2:] == ["000", "000"]


def _digits(words: str) -> int:
    return len(_NOT_A_DIGIT.sub("", words))
