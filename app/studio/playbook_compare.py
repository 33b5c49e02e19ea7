"""What differs between two playbooks, field by field, in the words that changed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypedDict, cast

from app.qualification.playbook import check_playbook, usual_manners
from app.qualification.playbook_problems import name_of
from app.qualification.playbook_text import Path

MOST = 200
"""Differences that are shown."""
MOST_LINES = 3_000
"""Lines of a text that cannot be read which are looked at."""
LONGEST = 4_000
"""Letters of two texts that are compared word by word; longer ones stand one after the other."""
ALIKE = 0.6
"""Likeness, 0 to 1, from which two texts are shown as one with words changed."""
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


class Part(TypedDict):
    """A piece of a text; ``kind`` is same, gone or new."""

    kind: str
    text: str


class Change(TypedDict):
    """A field that differs: its name, and its words with what is gone and what is new."""

    name: str
    parts: list[Part]


def compare(before: str, after: str) -> list[Change]:
    """The changes from one text to another; line by line where one of them cannot be read."""
    old, new = check_playbook(before).data, check_playbook(after).data
    if old is None or new is None:
        return _by_line(before, after)
    was, now = dict(_fields(old)), dict(_fields(new))
    names = [*was, *(name for name in now if name not in was)]
    changed = [name for name in names if was.get(name) != now.get(name)]
    return [Change(name=name, parts=_parts(was.get(name, ""), now.get(name, ""))) for name in changed[:MOST]]


def _fields(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each text of a playbook under its name, and the order of what has one."""
    own: Any = data.get("manners")
    manners = {**usual_manners(), **cast("dict[str, Any]", own)} if isinstance(own, dict) else usual_manners()
    whole = {key: value for key, value in data.items() if key != "version"} | {"manners": manners}
    for name, of in (("questions", "fact"), ("fact_sheet", "about")):
        items: Any = whole.get(name)
        if isinstance(items, list):
            called = [str(item.get(of)) for item in cast("list[dict[str, Any]]", items) if isinstance(item, dict)]
            yield f"order of {name.replace('_', ' ')}", ", ".join(called)
    yield from _leaves(whole, (), whole)


def _leaves(here: Any, path: Path, data: Any) -> Iterator[tuple[str, str]]:
    if isinstance(here, dict):
        for key, value in cast("dict[str, Any]", here).items():
            yield from _leaves(value, (*path, key), data)
    elif isinstance(here, list) and path and path[-2:-1] == ("keywords",):
        yield name_of(path, data), ", ".join(map(str, cast("list[Any]", here)))
    elif isinstance(here, list):
        for index, value in enumerate(cast("list[Any]", here)):
            yield from _leaves(value, (*path, index), data)
    else:
        yield name_of(path, data), str(here)


def _parts(before: str, after: str) -> list[Part]:
    if len(before) + len(after) > LONGEST:
        return [Part(kind="gone", text=before[:LONGEST]), Part(kind="new", text=after[:LONGEST])]
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    if matcher.ratio() < ALIKE:
        return [Part(kind=kind, text=text) for kind, text in (("gone", before), ("new", after)) if text]
    parts: list[Part] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            parts.append(Part(kind="same", text="".join(old[a:b])))
            continue
        parts += [Part(kind="gone", text="".join(old[a:b]))] if b > a else []
        parts += [Part(kind="new", text="".join(new[c:d]))] if d > c else []
    return parts


def _by_line(before: str, after: str) -> list[Change]:
    kinds = {" ": "same", "-": "gone", "+": "new"}
    old, new = before.splitlines()[:MOST_LINES], after.splitlines()[:MOST_LINES]
    lines = difflib.unified_diff(old, new, lineterm="", n=1)
    shown = [line for line in lines if not line.startswith(("---", "+++"))]
    changes: list[Change] = []
    for line in shown[:MOST]:
        if line.startswith("@@"):
            changes.append(Change(name=f"lines {line.split()[2].lstrip('+')}", parts=[]))
        elif changes:
            changes[-1]["parts"].append(Part(kind=kinds[line[0]], text=line[1:] + "\n"))
    return changes
