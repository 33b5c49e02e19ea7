"""One Leadline for all of these tests; each plays leads of its own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.acceptance.whole_way.town import Town, town_of
from tests.support.leadline import RunningLeadline, start_leadline
from tests.support.ports import free_ports

QUIET = "0.5"
# Two runs of these tests at the same time begin to look for ports at different places.
PORTS = {"start": 43100 + os.getpid() % 23 * 4, "end": 43199}


@pytest.fixture(scope="session")
def impatient_leadline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLeadline]:
    """The real processes, with an agent that answers after half a second of silence."""
    ports = free_ports(4, **PORTS)
    folder = tmp_path_factory.mktemp("whole_way") / "data"
    with start_leadline(folder, ports=ports, LEADLINE_QUIET_SECONDS=QUIET) as leadline:
        yield leadline


@pytest.fixture
async def town(impatient_leadline: RunningLeadline) -> AsyncIterator[Town]:
    """The people around it. Whatever trouble a test ordered ends with the test."""
    async with town_of(impatient_leadline) as town:
        yield town
        await town.calm()
