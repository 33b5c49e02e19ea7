"""The recorded and documented bodies of WAHA, as a server would send them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "fixtures" / "waha"
KEY = "hook-secret"


def read(name: str) -> Any:
    """A fixture file, by its name below the folder and without its ending."""
    return json.loads((FOLDER / f"{name}.json").read_text())


def raw(body: object) -> bytes:
    """The bytes of a body, as WAHA signs them."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def webhooks() -> list[str]:
    """The names of all fixtures that are one webhook."""
    found = [*FOLDER.glob("webhooks/*.json"), *FOLDER.glob("recorded/*message*.json")]
    return sorted(str(path.relative_to(FOLDER).with_suffix("")) for path in found)
