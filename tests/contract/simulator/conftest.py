from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.simulator.world import World, world


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncIterator[World]:
    """A simulator whose sessions pair at once."""
    async with world(tmp_path) as made:
        yield made
