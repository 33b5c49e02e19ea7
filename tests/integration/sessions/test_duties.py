"""The duties of a leader are missed from the moment it leads."""

from __future__ import annotations

from time import time
from typing import Any

import pytest

from app import worker
from metrics.registry import REGISTRY
from tests.integration.conversations.world import World


class Idle:
    """A scheduler that only takes down what it should do."""

    jobs: dict[str, Any]

    def __init__(self, **_: Any) -> None:
        Idle.jobs = {}

    def add_job(self, *_: Any, id: str, **when: Any) -> None:  # noqa: A002 - the scheduler's word
        self.jobs[id] = when

    def start(self) -> None: ...

    def shutdown(self, *, wait: bool) -> None: ...


async def test_a_duty_that_never_succeeds_is_noticed_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "AsyncIOScheduler", Idle)
    since = time()
    async with world.queue.app.open_async(), worker.duties():
        assert {"sessions", "history", "figures", "lives"} < set(Idle.jobs)
        for name in Idle.jobs:
            told = REGISTRY.get_sample_value("leadline_scheduler_last_success_timestamp_seconds", {"task": name})
            assert told is not None, name
            assert told >= since, name
    assert "next_run_time" in Idle.jobs["sessions"], "sessions are set up at once"
