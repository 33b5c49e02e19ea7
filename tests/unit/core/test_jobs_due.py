"""Sweeps go on in their rhythm, whatever happens to one of them."""

from __future__ import annotations

import asyncio

import pytest
import structlog.testing
from procrastinate.exceptions import ConnectorException

from app.errors import RetryLater
from app.jobs import due
from app.jobs.due import Sweep, each, sweep_for_ever


async def test_a_full_batch_is_swept_again_at_once_and_stop_ends_it() -> None:
    stop, seen = asyncio.Event(), 0

    async def run() -> int:
        nonlocal seen
        seen += 1
        if seen == 3:
            stop.set()
        return 10

    await sweep_for_ever([Sweep("full", 3600, run, batch=10)], stop)
    assert seen == 3


async def test_an_outage_is_told_once_however_many_sweeps_meet_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "OUTAGE_PAUSE", 0.0)
    stop, tries = asyncio.Event(), 0

    async def meets_it() -> int:
        nonlocal tries
        tries += 1
        if tries < 9:
            raise OSError
        stop.set()
        return 0

    sweeps = [Sweep(name, 0.0, meets_it) for name in ("one", "other", "third")]
    with structlog.testing.capture_logs() as told:
        await sweep_for_ever(sweeps, stop)
    assert [line["event"] for line in told] == ["database_away", "over"]


@pytest.mark.parametrize("error", [RetryLater(), ValueError("a stored value"), ConnectorException()])
async def test_a_failing_sweep_does_not_end_the_others(error: Exception) -> None:
    stop = asyncio.Event()

    async def fails() -> int:
        raise error

    async def works() -> int:
        stop.set()
        return 0

    await sweep_for_ever([Sweep("fails", 0.01, fails), Sweep("works", 0.01, works)], stop)


async def test_one_lead_that_cannot_be_handled_holds_up_none_behind_it() -> None:
    done: list[int] = []

    async def act(lead_id: int) -> None:
        if lead_id == 1:
            raise ValueError
        done.append(lead_id)

    with structlog.testing.capture_logs() as told:
        await each([1, 2, 3], act, failed="acting_failed")
    assert done == [2, 3]
    assert [(line["event"], line["lead_id"], line["error"]) for line in told] == [("acting_failed", 1, "ValueError")]


async def test_an_outage_in_the_middle_of_a_batch_is_left_to_the_sweep() -> None:
    async def act(_: int) -> None:
        raise ConnectorException

    with pytest.raises(ConnectorException):
        await each([1], act, failed="acting_failed")
