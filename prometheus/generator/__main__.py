"""``python -m prometheus.generator`` writes the rules of the objectives."""

from __future__ import annotations

from pathlib import Path

from prometheus.generator.rules import document

OBJECTIVES_FILE = Path(__file__).resolve().parent.parent / "rules" / "objectives.yml"

if __name__ == "__main__":
    OBJECTIVES_FILE.write_text(document())
