"""JSON as Python sees it."""

from typing import Any

Json = dict[str, Any]


def objects(value: Any) -> list[Json]:
    """A JSON array of objects, empty for null."""
    return value or []


def nested(value: Json, name: str) -> Json:
    """An object inside an object, empty for null."""
    return value.get(name) or {}
