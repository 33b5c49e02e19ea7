"""The benches, in small, before the program as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bench import board, webhook
from app.bench.target import Target, target_of_our_own
from tests.support.leadline import RunningLeadline


@pytest.fixture
def target(running_leadline: RunningLeadline) -> Target:
    return Target(running_leadline.now, Path(running_leadline.folder))


async def test_every_webhook_that_is_answered_is_stored(target: Target):
    figures = await webhook.measure(target, rate=20, seconds=1)
    assert (figures["sent"], figures["stored"]) == (20, 20)


async def test_every_browser_sees_every_change(target: Target):
    figures = await board.measure(target, clients=4, rate=10, seconds=1)
    assert (figures["clients"], figures["delivered"]) == (4, 1.0)
    assert list(figures) == ["clients", "delivered", "p50_ms", "p95_ms", "p99_ms", "floor", "ratio_p99"]
    assert None not in figures.values()


def test_the_leadline_that_runs_is_taken_before_one_is_started(target: Target, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LEADLINE_DATA_DIR", str(target.folder))
    with target_of_our_own() as found:
        assert found.running.pid == target.running.pid


def test_without_one_a_demo_is_started_and_stopped_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LEADLINE_DATA_DIR", str(tmp_path))
    with target_of_our_own() as found:
        folder = found.folder
        assert found.running.simulator
    assert not folder.exists()
