"""What people say in three languages, and what must be understood of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.classification.scoring import matches
from app.qualification.extraction import ReadingContext, read
from app.qualification.facts import FactName, value_to_json

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HERE = Path(__file__).parent
SAYINGS: list[dict[str, Any]] = [
    saying for file in sorted(HERE.glob("utterances_*.yaml")) for saying in yaml.safe_load(file.read_text("utf-8"))
]


def _wanted(name: FactName, value: Any) -> Any:
    if name is FactName.BUDGET and value is not None:
        return dict(zip(("amount", "currency", "period"), value, strict=True))
    return value


@pytest.mark.parametrize("saying", SAYINGS, ids=lambda saying: " / ".join(saying["say"])[:60])
def test_a_saying_is_understood(saying):
    context = ReadingContext(business=saying["business"], agent_said=saying.get("agent", ""))

    reading = read(saying["say"], context, NOW)

    for key, value in saying.get("facts", {}).items():
        name = FactName(key)
        wanted, fact = _wanted(name, value), reading.fact(name)
        found = None if fact is None else value_to_json(fact.value)
        assert found == wanted or (found and wanted and matches(name.value, wanted, found)), (name, wanted, found)
    seen = {signal.value for signal in reading.signals} | {intent.value for intent in reading.intents}
    assert seen >= {*saying.get("signals", []), *saying.get("intents", [])}
    assert seen.isdisjoint(saying.get("never", []))
