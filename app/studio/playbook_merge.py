"""Two people's changes to one playbook put together, field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from app.qualification.playbook import check_playbook
from app.qualification.playbook_problems import name_of
from app.qualification.playbook_text import Path, write


class _Absent:
    """Nothing stands there."""


_ABSENT: Final = _Absent()
_NAMES = ("fact", "about")
"""What an item of a list goes by."""


@dataclass(frozen=True)
class Merged:
    """The text with both people's changes; ``clashes`` are fields that both changed, where mine stands."""

    text: str
    clashes: tuple[str, ...]


def merge(base: str, mine: str, theirs: str) -> Merged | None:
    """What ``mine`` and ``theirs`` made of ``base``, together; None where one of them cannot be read."""
    old, own, new = (check_playbook(text).data for text in (base, mine, theirs))
    if old is None or own is None or new is None:
        return None
    merging = _Merging(own)
    return Merged(write(merging.groups(old, own, new, ())), tuple(merging.clashes))


@dataclass
class _Merging:
    mine: Any
    clashes: list[str] = field(default_factory=list[str])

    def of(self, base: Any, mine: Any, theirs: Any, path: Path) -> Any:
        if theirs in (base, mine):
            return mine
        if mine == base:
            return theirs
        if isinstance(base, dict) and isinstance(mine, dict) and isinstance(theirs, dict):
            return self.groups(
                cast("dict[str, Any]", base), cast("dict[str, Any]", mine), cast("dict[str, Any]", theirs), path
            )
        old, own, new = _named(base), _named(mine), _named(theirs)
        if old is not None and own is not None and new is not None:
            return self._lists(old, own, new, path)
        self.clashes.append(name_of(path, self.mine))
        return cast("Any", mine)

    def groups(
        self, base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any], path: Path
    ) -> dict[str, Any]:
        merged = {
            key: self.of(base.get(key, _ABSENT), mine.get(key, _ABSENT), theirs.get(key, _ABSENT), (*path, key))
            for key in dict.fromkeys([*mine, *theirs])
        }
        return {key: value for key, value in merged.items() if value is not _ABSENT}

    def _lists(self, base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], path: Path) -> list[Any]:
        merged = self.groups(base, mine, theirs, path)
        order = theirs if list(mine) == list(base) else mine
        return [merged[key] for key in dict.fromkeys([*order, *mine, *theirs]) if key in merged]


def _named(value: Any) -> dict[str, Any] | None:
    """The items of a list by their names; None for a list whose items have none, or not each its own."""
    if not isinstance(value, list):
        return None
    items = cast("Sequence[Any]", value)
    found = {_name(item): item for item in items}
    return cast("dict[str, Any]", found) if len(found) == len(items) and None not in found else None


def _name(item: Any) -> str | None:
    if not isinstance(item, dict):
        return None
    known = cast("dict[str, Any]", item)
    return next((str(known[name]) for name in _NAMES if name in known), None)
