"""Every test in this folder runs in both worlds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.clock import FixedClock
from tests.contract.gateway.worlds import TwinWorld, World, simulator_world


@pytest.fixture(params=["twin", "waha"])
async def world(request: pytest.FixtureRequest, clock: FixedClock, tmp_path: Path) -> AsyncIterator[World]:
    if request.param == "twin":
        yield TwinWorld(clock)
        return
    async with simulator_world(clock, tmp_path) as simulated:
        yield simulated
