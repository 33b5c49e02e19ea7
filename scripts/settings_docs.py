"""Write what ``app/settings_fields.py`` says about each setting into ``.env.example`` and docs/operations.md.

``--check`` changes nothing and fails when one of them is out of date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import AliasChoices, SecretStr

from app.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / ".env.example"
OPERATIONS = ROOT / "docs" / "operations.md"
BEGIN, END = "<!-- settings: begin -->", "<!-- settings: end -->"
HEADER = """\
# Every setting of Leadline, with its default. None is needed for the demo (`make run`).
# For production copy this file, fill it in, and export it: set -a; . ./.env; set +a; leadline run
# Written by scripts/settings_docs.py from app/settings_fields.py.
"""


@dataclass(frozen=True)
class Setting:
    """One line of the documentation."""

    name: str
    default: str
    description: str


def settings() -> Iterator[Setting]:
    """Every setting in the order of the class."""
    for field in Settings.model_fields.values():
        alias = field.validation_alias
        name = alias.choices[0] if isinstance(alias, AliasChoices) else alias
        yield Setting(str(name), _shown(field.default), str(field.description))


def example() -> str:
    """The text of ``.env.example``."""
    return HEADER + "".join(f"\n# {it.description}\n#{it.name}={it.default}\n" for it in settings())


def operations(text: str) -> str:
    """``text`` of docs/operations.md with the table of settings made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    rows = [f"| `{it.name}` | {f'`{it.default}`' if it.default else ''} | {it.description} |" for it in settings()]
    table = "\n".join(["| setting | default | what it does |", "|---|---|---|", *rows])
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def out_of_date() -> list[Path]:
    """The files that no longer say what the class says."""
    wrong = {EXAMPLE: example(), OPERATIONS: operations(OPERATIONS.read_text())}
    return [path for path, text in wrong.items() if path.read_text() != text]


def main() -> int:
    """Write, or check."""
    if "--check" in sys.argv:
        stale = [path.name for path in out_of_date()]
        if stale:
            print(f"{', '.join(stale)}: out of date, run python scripts/settings_docs.py")
        return int(bool(stale))
    EXAMPLE.write_text(example())
    OPERATIONS.write_text(operations(OPERATIONS.read_text()))
    return 0


def _shown(default: object) -> str:
    value = default.get_secret_value() if isinstance(default, SecretStr) else default
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    raise SystemExit(main())
