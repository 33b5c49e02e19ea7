"""Reading other people's JSON: every accessor takes anything and gives a clean value or nothing.

WAHA's fields may be null, missing or of another type from one engine and version to the next, so nothing
here raises.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TypeAlias, cast

Json: TypeAlias = Mapping[str, object]

NOTHING: Json = MappingProxyType({})
_MILLISECONDS_FROM = 100_000_000_000  # as seconds this would be the year 5138
_LATEST = 4_102_444_800  # the year 2100
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def decode(raw: bytes) -> object:
    """The value of a JSON text, None when it is not one."""
    try:
        return cast("object", json.loads(raw))
    except (ValueError, RecursionError):
        return None


def table(value: object) -> Json:
    """The value if it is an object, an empty one otherwise."""
    return cast("Json", value) if isinstance(value, Mapping) else NOTHING


def rows(value: object) -> Sequence[object]:
    """The value if it is a list, an empty one otherwise."""
    return cast("Sequence[object]", value) if isinstance(value, list) else ()


def inside(value: object, *path: str) -> object:
    """What lies at the end of a path of keys, None when a step is missing."""
    for key in path:
        value = table(value).get(key)
    return value


def text(value: object) -> str:
    """The value if it is a string, without what PostgreSQL and UTF-8 refuse; an empty one otherwise."""
    return _UNSTORABLE.sub("\ufffd", value) if isinstance(value, str) else ""


def texts(values: Iterable[object]) -> tuple[str, ...]:
    """Those of the values that are strings with something in them."""
    return tuple(said for said in map(text, values) if said)


def first_text(*values: object) -> str | None:
    """The first of the values that is a string with something in it."""
    return next(iter(texts(values)), None)


def number(value: object) -> float | None:
    """The value as a finite number, also from digits in a string; True and False are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        parsed = float(value)
    except (ValueError, OverflowError):
        return None
    return parsed if math.isfinite(parsed) else None


def instant(value: object) -> datetime | None:
    """A moment given in seconds or milliseconds since 1970; None when it is not plausible."""
    moment = number(value)
    if moment is None:
        return None
    seconds = moment / 1000 if moment >= _MILLISECONDS_FROM else moment
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _LATEST else None


def header(headers: Mapping[str, str], name: str) -> str:
    """A header by its lower-case name, however it is spelled; empty when it is missing."""
    return next((value for key, value in headers.items() if key.lower() == name), "")
