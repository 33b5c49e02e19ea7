"""The text of a playbook: YAML without its dangers, read with the line of each part, and written so that people like
to read it.

All values are text, so that ``no`` stays a word and ``2`` may be a version. Aliases, anchors and tags are refused: no
playbook needs them, and a few lines of them can stand for gigabytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import yaml

LARGEST = 256 * 1024
"""Bytes of a playbook."""
DEEPEST = 8
"""Levels inside each other; a playbook has five."""

Path = tuple[str | int, ...]


class BadText(ValueError):
    """The text cannot be read; ``line`` is where, from 1, None where no line can be named."""

    def __init__(self, message: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(message)


@dataclass(frozen=True)
class Document:
    """What a text says, and on which line (from 1) each part of it begins."""

    data: Any
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int | None:
        """The line of a part, or of the nearest part around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def read(text: str) -> Document:
    """What the text says. Raises BadText."""
    if len(text) > LARGEST or len(text.encode(errors="replace")) > LARGEST:
        raise BadText(f"is larger than {LARGEST // 1024} kB")
    if not is_storable(text):
        raise BadText("has a character that no text may have")
    building = _Building()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            building.take(event)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise BadText("has a character that no text may have", line) from error
    except yaml.MarkedYAMLError as error:
        line = min(_line(error.problem_mark) or 1, text.rstrip().count("\n") + 1)
        raise BadText(f"is not valid YAML: {error.problem or error}", line) from error
    if not building.begun:
        raise BadText("is empty")
    return Document(building.data, building.lines)


def is_storable(text: str) -> bool:
    """Whether a database takes the text: no NUL, no half of a pair of surrogates."""
    return "\0" not in text and not _SURROGATE.search(text)


_SURROGATE = re.compile("[\ud800-\udfff]")
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _line(mark: Any) -> int | None:
    return None if mark is None else mark.line + 1


@dataclass
class _Level:
    """A list or a group that is being filled; ``key`` waits for its value."""

    value: Any
    path: Path
    key: str | None = None


@dataclass
class _Building:
    data: Any = None
    begun: bool = False
    lines: dict[Path, int] = field(default_factory=dict[Path, int])
    levels: list[_Level] = field(default_factory=list[_Level])

    def take(self, event: Any) -> None:
        line = _line(event.start_mark)
        _refuse_tricks(event, line)
        match event:
            case yaml.DocumentStartEvent() if self.begun:
                raise BadText("has more than one document", line)
            case yaml.MappingStartEvent():
                self._open({}, line)
            case yaml.SequenceStartEvent():
                self._open([], line)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.levels.pop()
            case yaml.ScalarEvent():
                self._scalar(event.value, line)
            case _:
                pass

    def _open(self, value: Any, line: int | None) -> None:
        if len(self.levels) >= DEEPEST:
            raise BadText(f"is nested more than {DEEPEST} levels deep", line)
        if self.levels and isinstance(self.levels[-1].value, dict) and self.levels[-1].key is None:
            raise BadText("has a list or group where a name has to stand", line)
        self.levels.append(_Level(value, self._put(value, line)))

    def _scalar(self, value: str, line: int | None) -> None:
        level = self.levels[-1] if self.levels else None
        if level is None or level.key is not None or isinstance(level.value, list):
            self._put(value, line)
            return
        if value in level.value:
            raise BadText(f"has {'.'.join(map(str, (*level.path, value)))} twice", line)
        level.key = value
        self.lines[(*level.path, value)] = line or 1

    def _put(self, value: Any, line: int | None) -> Path:
        """Where the value now stands."""
        if not self.levels:
            self.data, self.begun = value, True
            self.lines[()] = line or 1
            return ()
        level = self.levels[-1]
        if isinstance(level.value, list):
            items = cast("list[Any]", level.value)
            path: Path = (*level.path, len(items))
            items.append(value)
            self.lines[path] = line or 1
            return path
        key, level.key = level.key or "", None
        level.value[key] = value
        return (*level.path, key)


def _refuse_tricks(event: Any, line: int | None) -> None:
    if isinstance(event, yaml.AliasEvent):
        raise BadText("uses an alias (*); write the text out", line)
    if getattr(event, "anchor", None) is not None:
        raise BadText("uses an anchor (&); leave it out", line)
    if getattr(event, "tag", None) is not None:
        raise BadText("uses a tag (!); leave it out", line)


def write(data: Mapping[str, Any]) -> str:
    """The text of a playbook's data: short lists on one line, nothing folded, letters as they are."""
    return yaml.dump(dict(data), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000_000)


class _Dumper(yaml.SafeDumper):
    """Writes a list of texts on one line, and a text of several lines in quotes."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the library's signature
        """The same text twice is written twice."""
        return True

    def list_of(self, data: list[Any]) -> yaml.Node:
        plain = all(isinstance(each, str) for each in data)
        return self.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=plain)

    def text(self, data: str) -> yaml.Node:
        kind = "bool" if data in {"true", "false"} else "str"
        return yaml.ScalarNode(f"tag:yaml.org,2002:{kind}", data, style='"' if "\n" in data else None)


_Dumper.add_representer(list, _Dumper.list_of)
_Dumper.add_representer(str, _Dumper.text)
