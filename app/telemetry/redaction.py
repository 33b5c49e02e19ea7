"""What must never leave the process in a log or a span: texts, phone numbers, e-mail addresses, tokens.

Two nets: fields whose name says that they hold such a thing are dropped, and the shape of such things is
masked in every string that is left (error messages quote their input).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import cast

FORBIDDEN = frozenset(
    {
        "address",
        "answer",
        "api_key",
        "authorization",
        "body",
        "chat_id",
        "content",
        "cookie",
        "db.query.parameter",
        "email",
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "hmac",
        "parameters",
        "password",
        "payload",
        "phone",
        "preview",
        "prompt",
        "qr",
        "query_string",
        "quote",
        "reply",
        "secret",
        "text",
        "token",
        "url.query",
    }
)
"""Names of fields that are dropped, in any case, also as the last part of a dotted or underscored name."""

UNTOUCHED = frozenset(
    {
        "level",
        "logger",
        "network.peer.address",
        "request_id",
        "server.address",
        "span_id",
        "timestamp",
        "trace_id",
    }
)
"""Fields that hold no phone numbers and no address of a person, whatever their name and digits suggest."""

REDACTED = "[redacted]"
SHORT = 120
"""Letters of a text that is worth remembering once it was cleaned."""

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\[parameters: .*", re.DOTALL), "[parameters]"),
    (re.compile(r"input_value=.*?(?=, input_type=|\]|$)", re.DOTALL), "input_value=[redacted]"),
    (re.compile(r"(\w+://)[^/\s@]+@"), r"\1[credentials]@"),
    (re.compile(r"\?[^\s'\"<>]*=[^\s'\"<>]*"), "?[query]"),
    (re.compile(r"[\w.+-]+(@|%40)(c\.us|g\.us|lid|s\.whatsapp\.net)\b"), "[address]"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "[email]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), r"\1 [token]"),
    (re.compile(r"\b(?:gsk|sk|ll)_[\w-]{8,}"), "[token]"),
    (re.compile(r"\bleadline_[\w-]{43}(?![\w-])"), "[token]"),
    (re.compile(r"\+\d[\d\s().-]{6,}\d"), "[phone]"),
    (re.compile(r"(?<!\d)\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}(?!\d)"), "[phone]"),
    (re.compile(r"(?<![\da-fA-F-])\d{10,15}(?![\da-fA-F-])"), "[phone]"),
)
# Cheap test before the patterns: none of them can match a string without one of these.
_SUSPICIOUS = re.compile(r"[@?+\[]|\d{3}|%40|input_value|earer|asic|(?:gsk|sk|ll|leadline)_")


def clean_text(text: str) -> str:
    """The text with everything masked that looks like a number, an address, a token or quoted input."""
    if not _SUSPICIOUS.search(text):
        return text
    return _masked(text) if len(text) > SHORT else _masked_before(text)


def _masked(text: str) -> str:
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


# Spans say the same addresses and names again and again.
_masked_before = lru_cache(maxsize=1024)(_masked)


@lru_cache(maxsize=1024)
def forbidden(name: str) -> bool:
    """Whether a field of this name may not leave the process at all."""
    lower = name.lower()
    return lower in FORBIDDEN or re.split(r"[._]", lower)[-1] in FORBIDDEN


def clean(value: object) -> object:
    """The same value without anything forbidden; mappings and sequences are cleaned through and through."""
    match value:
        case str():
            return clean_text(value)
        case bool() | int() | float() | None:
            return value
        case Mapping():
            return clean_fields(cast("Mapping[str, object]", value))
        case list() | tuple() | set() | frozenset():
            return [clean(item) for item in cast("Iterable[object]", value)]
        case bytes():
            return REDACTED
        case _:
            return clean_text(str(value))


def clean_fields(fields: Mapping[str, object]) -> dict[str, object]:
    """The fields that may leave, cleaned; forbidden ones show that they were there, not what they held."""
    return {name: _field(str(name), value) for name, value in fields.items()}


def _field(name: str, value: object) -> object:
    if name in UNTOUCHED:
        return value
    return REDACTED if forbidden(name) else clean(value)
