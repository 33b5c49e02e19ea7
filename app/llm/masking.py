"""What a model need not know of a person: addresses and numbers leave the house as placeholders and come back whole."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(
    r"(?<![\w.,])(?:\+\d[\d\s().-]{6,17}\d|\(?\d{2,3}\)?[\s.-]?\d{3,5}[\s.-]\d{4}|\d{10,13})(?![\w.,]\d|\w)"
)
_PLACEHOLDER = re.compile(r"\[(?:email|phone) \d+\]")


class Mask:
    """The placeholders of one call; the same words always get the same one."""

    def __init__(self) -> None:
        self._hidden: dict[str, str] = {}

    def hide(self, text: str) -> str:
        """The text with a placeholder for each e-mail address and phone number."""
        # Whoever writes a placeholder by hand shall not be taken for another.
        plain = _PLACEHOLDER.sub(lambda found: found.group().replace("[", "(").replace("]", ")"), text)
        plain = _EMAIL.sub(lambda found: self._instead("email", found.group()), plain)
        return _PHONE.sub(lambda found: self._instead("phone", found.group()), plain)

    def show(self, text: str) -> str:
        """The text with each placeholder of this mask replaced by what it stands for."""
        known = {placeholder: words for words, placeholder in self._hidden.items()}
        return _PLACEHOLDER.sub(lambda found: known.get(found.group(), found.group()), text)

    def _instead(self, kind: str, words: str) -> str:
        return self._hidden.setdefault(words, f"[{kind} {len(self._hidden) + 1}]")
