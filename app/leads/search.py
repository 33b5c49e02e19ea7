"""How people search for a lead: words without case and accents, and the last digits of a number."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORDS = re.compile(r"[^\w@.+-]+")


def fold(text: str) -> str:
    """``text`` without case, accents and punctuation, for comparing what people type with what is stored."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _NOT_WORDS.sub(" ", plain).strip()


def searchable(*parts: str | None) -> str:
    """One folded line of everything a lead can be found by."""
    return " ".join(fold(part) for part in parts if part)
