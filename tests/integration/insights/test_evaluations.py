"""The judges are tried on the labelled chats now and then, and the last result is what is shown."""

from __future__ import annotations

from typing import Any

import pytest

from app.clock import FixedClock
from app.insights import evaluations
from app.insights.collector import windows
from app.registry import override
from app.settings import Settings, load_settings

pytestmark = pytest.mark.usefixtures("database", "clock", "settings")

REPORT = [
    {"conversations": 75, "temperature": {"accuracy": 0.9, "macro_f1": 0.88, "kappa": 0.8}},
    {"conversations": 25, "temperature": {"accuracy": 0.5, "macro_f1": 0.48, "kappa": 0.4}},
]


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []

    async def evaluated(method: str) -> list[dict[str, Any]]:
        asked.append(method)
        return REPORT

    monkeypatch.setattr(evaluations, "_evaluated", evaluated)
    return asked


async def shown() -> dict[tuple[str, ...], float]:
    found = [s for s in await windows() if "eval" in s.name]
    return {(s.name.rsplit("_", 1)[1], *sorted(s.labels.values())): s.value for s in found}


async def test_the_rules_are_tried_when_their_figures_are_old(tried: list[str], clock: FixedClock):
    assert await evaluations.refresh() == 1
    assert await evaluations.refresh() == 0
    clock.move(days=8)
    assert await evaluations.refresh() == 1
    assert tried == ["rules", "rules"]
    assert await shown() == pytest.approx(
        {
            ("ratio", "accuracy", "golden", "rules"): 0.8,
            ("ratio", "golden", "macro_f1", "rules"): 0.78,
            ("ratio", "cohen_kappa", "golden", "rules"): 0.7,
            ("samples", "golden", "rules"): 100,
        }
    )


async def test_with_a_key_the_model_is_tried_too(tried: list[str]):
    with override(Settings, load_settings(groq_api_key="gsk_for_a_test")):
        assert await evaluations.refresh() == 2
    assert tried == ["rules", "llm"]


async def test_an_operator_can_switch_it_off(tried: list[str]):
    with override(Settings, load_settings(evaluate_days=0)):
        assert await evaluations.refresh() == 0
    assert tried == []


async def test_a_trial_that_fails_keeps_the_older_figures(monkeypatch: pytest.MonkeyPatch, clock: FixedClock):
    await evaluations.keep("rules", REPORT)
    clock.move(days=8)
    monkeypatch.setattr(evaluations.sys, "executable", "/bin/false")
    with pytest.raises(evaluations.EvaluationFailed):
        await evaluations.refresh()
    assert (await shown())["ratio", "accuracy", "golden", "rules"] == pytest.approx(0.8)
