"""The commands measure what they are asked for, within limits, and print the objects that others rely on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.bench import board, flow, main, target, webhook
from app.bench.figures import Object
from app.bench.target import NotThisMachine, Target
from app.errors import Misconfigured
from app.installation import NotRunning, Running, announce

Case = tuple[Any, list[str], dict[str, float]]
FLOW = b'some lines before\n{"leads": 2, "completed": 1}\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LEADLINE_DATA_DIR", str(tmp_path))
    return tmp_path


def start(folder: Path, web: str = "http://127.0.0.1:43490", simulator: str = "") -> None:
    here = {"web": os.getpid(), "worker": os.getpid()}
    announce(folder, Running(os.getpid(), "postgresql:///none", web, "", "", simulator, processes=here))


def standing_in(figures: Object, asked: dict[str, Any]) -> Callable[..., Any]:
    async def measure(target: Target, **options: Any) -> Object:
        asked.update(options)
        return figures

    return measure


@pytest.mark.parametrize(
    "case",
    [
        (webhook, ["webhook", "--rate", "50", "--seconds", "2"], {"rate": 50, "seconds": 2}),
        (board, ["board", "--clients", "9", "--rate", "5"], {"clients": 9, "rate": 5, "seconds": 15}),
        (flow, ["flow", "--per-hour", "60"], {"per_hour": 60, "minutes": 5}),
    ],
    ids=["webhook", "board", "flow"],
)
def test_a_command_prints_its_figures_as_one_object(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], case: Case
):
    module, arguments, asked = case
    start(folder)
    heard: dict[str, Any] = {}
    monkeypatch.setattr(module, "measure", standing_in({"p50_ms": 1.5}, heard))
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"p50_ms": 1.5}
    assert heard == asked


def test_without_json_a_person_can_read_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    start(folder)
    monkeypatch.setattr(webhook, "measure", standing_in({"p50_ms": 1.5}, {}))
    assert main(["webhook"]) == 0
    assert capsys.readouterr().out == "webhook\n  p50_ms         1.5\n"


def test_all_measures_everything_on_the_leadline_that_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    start(folder)
    for number, module in enumerate((webhook, board, flow)):
        monkeypatch.setattr(module, "measure", standing_in({"number": number}, {}))
    assert main(["all", "--json"]) == 0
    measured = {"flow": {"number": 2}, "webhook": {"number": 0}, "board": {"number": 1}}
    assert json.loads(capsys.readouterr().out) == measured
    assert main(["all"]) == 0
    assert "webhook\n  number" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["board", "--clients", "100000"],
        ["webhook", "--rate", "1e9"],
        ["flow", "--minutes", "600"],
        ["webhook", "--seconds", "soon"],
        ["nonsense"],
    ],
)
def test_more_than_the_limits_and_nonsense_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    assert main(arguments) == 2
    assert capsys.readouterr().err


def test_help_is_answered(capsys: pytest.CaptureFixture[str]):
    assert main(["board", "--help"]) == 0
    assert "--clients" in capsys.readouterr().out


def test_without_a_running_leadline_one_sentence_says_so(folder: Path):
    with pytest.raises(NotRunning, match="make run"):
        main(["webhook"])


def test_another_machine_is_never_loaded(folder: Path):
    start(folder, web="https://leads.example.com")
    with pytest.raises(NotThisMachine):
        main(["webhook"])


def test_the_key_of_the_demo_is_found_and_that_of_production_is_asked_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    start(folder, simulator="http://127.0.0.1:43491")
    assert len(target.running_target().webhook_key()) > 16
    start(folder)
    with pytest.raises(Misconfigured, match="WAHA_HMAC_KEY_AGENT"):
        target.running_target().webhook_key()
    monkeypatch.setenv("WAHA_HMAC_KEY_AGENT", "a-key-of-the-operator")
    assert target.running_target().webhook_key() == "a-key-of-the-operator"


def test_a_leadline_of_our_own_that_does_not_start_is_one_sentence_and_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(target.sys, "executable", "/bin/false")
    with pytest.raises(target.DidNotStart), target.target_of_our_own():
        pytest.fail("it cannot run")


def test_free_ports_are_a_row_that_nobody_uses():
    first = target.free_ports(4)
    assert all(target._free(first + offset) for offset in range(4))


def test_the_memory_of_a_process_counts_its_children_and_a_dead_one_is_nothing():
    assert flow.resident(os.getpid()) > 10_000_000
    assert flow.resident(2**22 + 1) == 0


def test_figures_are_found_after_whatever_was_printed_before():
    assert flow.figures_in(FLOW) == {"leads": 2, "completed": 1}
    for nothing in (b"", b"no figures", b"{broken"):
        with pytest.raises(flow.SimulationFailed):
            flow.figures_in(nothing)


async def test_the_flow_tells_what_the_simulation_found_and_the_memory_it_took(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    start(folder)
    program = folder / "python"
    program.write_text('#!/bin/sh\necho "{\\"asked\\": \\"$*\\"}"\n')
    program.chmod(0o755)
    monkeypatch.setattr(flow.sys, "executable", str(program))
    figures = await flow.measure(target.running_target(), per_hour=600, minutes=0.5)
    assert "simulate --leads 5 --per-hour 600 --seed 7 --json" in str(figures["asked"])
    memory = figures["memory"]
    assert isinstance(memory, dict)
    assert list(memory) == ["web", "worker"]
    assert figures["rss_mb"] == {name: told["peak"] for name, told in memory.items()}
    assert all(told["peak"] > 10 for told in memory.values())
    assert all(told["restarts"] == 0 for told in memory.values())


def test_memory_that_grows_is_seen_and_a_process_that_was_started_again_is_followed_and_told(
    monkeypatch: pytest.MonkeyPatch,
):
    sizes = {1: 100, 2: 40}
    running = {"web": 1}
    monkeypatch.setattr(flow, "resident", lambda pid: sizes.get(pid, 0) * flow.MEGABYTE)
    memory = flow.Memory(lambda: running)
    for second in range(100):
        memory.sample(second)
    running["web"] = 3  # gone, and not yet started again
    memory.sample(100)
    running["web"] = 2
    for second in range(101, 300):
        memory.sample(second)
    assert memory.told("web", "worker") == {
        "web": {"first_minute": 100.0, "last_minute": 40.0, "peak": 100.0, "restarts": 1}
    }
