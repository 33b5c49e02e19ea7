"""The judges are tried on the labelled chats now and then, and the last result is what is shown."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import FixedClock
from app.database import reading
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


async def spent() -> list[tuple[str, float, dict[str, str]]]:
    async with reading() as db:
        rows = await db.execute(sa.text("select kind, amount, labels from ledger where kind like 'llm%' order by id"))
        return [(row.kind, row.amount, row.labels) for row in rows]


SPENT = {"spent": [{"model": "small", "usd": 0.25, "unpriced_calls": 2}]}
TRIED = {"gen_ai_request_model": "small", "gen_ai_prompt_name": "evaluate"}


@pytest.mark.parametrize("why", ["mixed", "interrupted"])
async def test_figures_that_are_not_the_models_are_not_kept_and_tried_again_hours_later(
    why: str, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
):
    reports, asked = [{**REPORT[0], **SPENT, why: True}, REPORT[1]], list[str]()

    async def evaluated(method: str) -> list[dict[str, Any]]:
        asked.append(method)
        return reports if method == "llm" else REPORT

    monkeypatch.setattr(evaluations, "_evaluated", evaluated)
    with override(Settings, load_settings(groq_api_key="gsk_for_a_test")):
        await evaluations.refresh()
        assert ("ratio", "accuracy", "golden", "llm") not in await shown()
        assert await spent() == [("llm_cost", 0.25, TRIED), ("llm_unpriced", 2.0, TRIED)]
        assert await evaluations.refresh() == 0
        clock.move(hours=7)
        reports = [{**REPORT[0], **SPENT}, REPORT[1]]
        assert await evaluations.refresh() == 1
    assert (await shown())["ratio", "accuracy", "golden", "llm"] == pytest.approx(0.8)
    assert asked == ["rules", "llm", "llm"]
    assert len(await spent()) == 4


async def test_a_trial_that_fails_is_not_repeated_at_once(monkeypatch: pytest.MonkeyPatch, clock: FixedClock):
    monkeypatch.setattr(evaluations.sys, "executable", "/bin/false")
    with pytest.raises(evaluations.EvaluationFailed):
        await evaluations.refresh()
    assert await evaluations.refresh() == 0
    clock.move(hours=7)
    with pytest.raises(evaluations.EvaluationFailed):
        await evaluations.refresh()


async def test_a_long_trial_does_not_hold_up_its_duty(monkeypatch: pytest.MonkeyPatch):
    goes_on = asyncio.Event()

    async def long() -> int:
        await goes_on.wait()
        raise evaluations.EvaluationFailed

    monkeypatch.setattr(evaluations, "refresh", long)
    monkeypatch.setattr(evaluations, "LOOK_SECONDS", 0.01)
    trials = evaluations.Trials()
    await trials.look()
    await trials.look()
    goes_on.set()
    monkeypatch.setattr(evaluations, "LOOK_SECONDS", 30.0)
    with pytest.raises(evaluations.EvaluationFailed):
        await trials.look()


class Endless:
    """A trial that ends when it is interrupted."""

    def __init__(self) -> None:
        self.interrupted = asyncio.Event()
        self.returncode: int | None = None

    def send_signal(self, number: int) -> None:
        assert number == signal.SIGINT
        self.interrupted.set()

    async def communicate(self) -> tuple[bytes, None]:
        await self.interrupted.wait()
        self.returncode = 130
        return json.dumps({**REPORT[0], **SPENT, "interrupted": True}).encode(), None


async def test_a_trial_that_takes_too_long_is_interrupted_and_tells_what_it_cost(monkeypatch: pytest.MonkeyPatch):
    async def begun(*_: object, **__: object) -> Endless:
        return Endless()

    monkeypatch.setattr(asyncio, "create_subprocess_exec", begun)
    monkeypatch.setattr(evaluations, "PATIENCE_SECONDS", 0.0)
    assert await evaluations.refresh() == 1
    assert [kind for kind, *_ in await spent()] == ["llm_cost", "llm_unpriced"]


async def test_a_trial_that_fails_keeps_the_older_figures(monkeypatch: pytest.MonkeyPatch, clock: FixedClock):
    await evaluations.keep("rules", REPORT)
    clock.move(days=8)
    monkeypatch.setattr(evaluations.sys, "executable", "/bin/false")
    with pytest.raises(evaluations.EvaluationFailed):
        await evaluations.refresh()
    assert (await shown())["ratio", "accuracy", "golden", "rules"] == pytest.approx(0.8)
