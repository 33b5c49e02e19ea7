"""Which value plays which role: filled once by the composition root, overridden by tests.

A role is a type (a class or a Protocol); whoever needs it asks ``use(Clock)`` at the moment of need.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

T = TypeVar("T")

_values: dict[type[Any], Any] = {}


class NothingProvided(LookupError):
    """Nobody provided this role: the composition root in app/bootstrap.py fills the registry."""


def provide(role: type[T], value: T) -> None:
    """Let ``value`` play ``role`` from now on."""
    _values[role] = value


def use(role: type[T]) -> T:
    """Whoever plays ``role``; raises NothingProvided when nobody does."""
    try:
        return cast("T", _values[role])
    except KeyError:
        raise NothingProvided(role.__name__) from None


def provided(role: type[Any]) -> bool:
    """Whether somebody plays ``role``."""
    return role in _values


@contextmanager
def override(role: type[T], twin: T) -> Iterator[T]:
    """Let ``twin`` play ``role`` inside the block, and whoever did before it afterwards."""
    before = _values.get(role)
    had = role in _values
    _values[role] = twin
    try:
        yield twin
    finally:
        if had:
            _values[role] = before
        else:
            _values.pop(role, None)
