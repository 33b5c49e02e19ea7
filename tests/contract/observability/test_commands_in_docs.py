"""Whatever the documents tell somebody to type exists in the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from app.cli import cli

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "prometheus" / "rules").glob("*.yml"),
        ROOT / "docker-compose.yml",
        ROOT / "deploy" / "compose.env.example",
        ROOT / ".env.example",
    ]
)
# In prose between backticks; in a block at the start of a line, after a prompt, or after what sets it up.
TYPED = re.compile(
    r"`leadline ([a-z][^`]*)`|^(?:[^`\n]*(?:&& |\$ |worker |web ))?leadline ([a-z][^`\n]*)$", re.MULTILINE
)
PLACEHOLDER = {"...", "…"}


def typed() -> Iterator[tuple[str, str]]:
    """Each command line with the page that has it."""
    for page in PAGES:
        for found in TYPED.finditer(page.read_text()):
            yield str(page.relative_to(ROOT)), (found[1] or found[2]).split("#")[0].strip()


def stray(line: str) -> str:
    """The first word of a command line that the command does not know; empty when it knows all."""
    found: Any = get_command(cli)
    for word in line.split():
        if word.startswith("--"):
            return "" if _has_option(found, word) else word
        known = getattr(found, "commands", None)
        if known is None or word in PLACEHOLDER:
            return ""
        if word not in known:
            return word
        found = known[word]
    return ""


def _has_option(command: Any, word: str) -> bool:
    # `leadline bench`, `observe` and the like read their options themselves.
    if command.allow_extra_args or command.context_settings.get("allow_extra_args"):
        return True
    name = word.partition("=")[0].rstrip(",.")
    return any(name in (*option.opts, *option.secondary_opts) for option in command.params)


@pytest.mark.parametrize(("page", "line"), sorted(set(typed())))
def test_a_command_in_the_documents_exists(page: str, line: str):
    assert stray(line) == "", f"{page}: leadline {line}"


def test_there_is_something_to_check():
    lines = {line.split()[0] for _, line in typed()}
    assert {"run", "worker", "observe", "replay", "user"} <= lines


def test_what_does_not_exist_is_noticed():
    assert stray("dance") == "dance"
    assert stray("user dance") == "dance"
    assert stray("migrate --fast") == "--fast"
    assert stray("user add somebody@example.com --name") == ""
