"""What survives a restart: one JSON file, replaced in one step."""

import json
import os
from pathlib import Path
from typing import Any, cast

from app.simulator.shapes import Json


class Store:
    """The simulator's state file; it holds webhook keys, so only its owner may read it."""

    def __init__(self, folder: Path) -> None:
        """Keep `whatsapp-simulator.json` in `folder`, which is made when missing."""
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "whatsapp-simulator.json"

    def read(self) -> Json:
        """What was last written, or an empty object."""
        try:
            state: Any = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError:
            # A torn file must not stop a demo: it is set aside and the sessions are made anew.
            self._path.replace(self._path.with_suffix(".broken"))
            return {}
        return cast("Json", state) if isinstance(state, dict) else {}

    def write(self, state: Json) -> None:
        """Replace the file, so that a crash leaves the old or the new one, never half."""
        beside = self._path.with_suffix(".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(state, file)
        beside.replace(self._path)
