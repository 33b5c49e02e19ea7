"""Scoring a language model on labelled conversations, through the real client and a stand-in for its service."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from app.classification.conversations import shipped
from app.classification.evaluation import main
from tests.support.groq_standin import Fault, Standin, standing_in


@pytest.fixture
def some(tmp_path: Path) -> Path:
    """A few of the shipped conversations."""
    path = tmp_path / "some.jsonl"
    path.write_text("\n".join(shipped()[0].read_text("utf-8").split("\n")[:6]), "utf-8")
    return path


def _point_at(url: str, standin: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", standin.key)
    monkeypatch.setenv("GROQ_BASE_URL", url)
    # A busy machine must not look like a slow model.
    monkeypatch.setenv("LEADLINE_LLM_DEADLINE_SECONDS", "30")
    monkeypatch.setenv("LEADLINE_LLM_TRY_SECONDS", "10")


async def _figures(file: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert await asyncio.to_thread(main, [str(file), "--method", "llm", "--json"]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


async def test_the_model_is_scored_with_what_it_costs_and_how_long_it_takes(some, capsys, monkeypatch) -> None:
    standin = Standin()
    async with standing_in(standin) as url:
        _point_at(url, standin, monkeypatch)
        figures = await _figures(some, capsys)

    assert figures["method"] == "llm"
    assert figures["conversations"] == 6
    assert 0 < figures["cost_usd"] < 6 * 0.002
    assert figures["fallback"] == {"share": 0.0, "reasons": {}}
    assert figures["latency_ms"].keys() >= {"mean", "p50", "p95", "p99"}
    assert standin.met["answered"] > 6


async def test_where_the_model_fails_the_rules_are_scored_and_the_share_is_told(some, capsys, monkeypatch) -> None:
    standin = Standin(rates={Fault.SERVER_ERROR: 1.0})
    async with standing_in(standin) as url:
        _point_at(url, standin, monkeypatch)
        figures = await _figures(some, capsys)

    assert figures["fallback"]["share"] > 0.9
    assert set(figures["fallback"]["reasons"]) <= {"http_5xx", "circuit_open"}
    assert figures["judged_by_rules"]["share"] == 1.0
    assert figures["mixed"] is True
    assert figures["cost_usd"] is None
    assert figures["temperature"]["accuracy"] == 1.0


async def test_a_service_that_is_busy_is_waited_for_so_that_the_model_is_what_is_scored(
    some, capsys, monkeypatch
) -> None:
    standin = Standin(script=[Fault.THROTTLED] * 14)
    async with standing_in(standin) as url:
        _point_at(url, standin, monkeypatch)
        figures = await _figures(some, capsys)

    assert standin.met["throttled"] == 14
    assert figures["fallback"]["share"] == figures["judged_by_rules"]["share"] == 0.0
    assert "mixed" not in figures
    assert figures["spent"] == [
        {"model": "openai/gpt-oss-20b", "usd": pytest.approx(figures["cost_usd"]), "unpriced_calls": 0}
    ]


async def test_a_model_of_unknown_price_costs_nobody_knows_what(some, capsys, monkeypatch) -> None:
    standin = Standin()
    monkeypatch.setenv("LEADLINE_LLM_PRICES", "another/model=1/1")
    async with standing_in(standin) as url:
        _point_at(url, standin, monkeypatch)
        figures = await _figures(some, capsys)

    assert figures["cost_usd"] is None
    assert figures["spent"][0]["unpriced_calls"] == standin.met["answered"]


async def test_a_spent_budget_leaves_the_rest_to_the_rules(some, capsys, monkeypatch) -> None:
    standin = Standin()
    monkeypatch.setenv("LEADLINE_LLM_USD_PER_DAY", "0.0001")
    async with standing_in(standin) as url:
        _point_at(url, standin, monkeypatch)
        figures = await _figures(some, capsys)

    assert figures["fallback"]["reasons"].keys() == {"budget"}
    assert figures["cost_usd"] is not None


async def test_ctrl_c_prints_what_was_done_so_far() -> None:
    standin = Standin(mean_seconds=0.05)
    async with standing_in(standin) as url:
        environment = os.environ | {"GROQ_API_KEY": standin.key, "GROQ_BASE_URL": url}
        command = (sys.executable, "-m", "app.cli", "evaluate", str(shipped()[0]), "--method", "llm", "--json")
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
        async with asyncio.timeout(60):
            while len(standin.asked) < 40:
                await asyncio.sleep(0.02)
            process.send_signal(signal.SIGINT)
            out, _ = await process.communicate()

    figures = json.loads(out)
    assert process.returncode == 130
    assert figures["interrupted"] is True
    assert 0 < figures["conversations"] < 100
