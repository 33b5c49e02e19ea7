"""One Leadline for all of these tests; each plays leads of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from app.simulator.clients import LeadlineClient, SimulatorClient
from tests.acceptance.whole_way.town import Town
from tests.support.leadline import RunningLeadline, start_leadline
from tests.support.ports import free_ports

QUIET = "0.5"


@pytest.fixture(scope="session")
def impatient_leadline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLeadline]:
    """The real processes, with an agent that answers after half a second of silence."""
    ports = free_ports(4, start=43100, end=43199)
    folder = tmp_path_factory.mktemp("whole_way") / "data"
    with start_leadline(folder, ports=ports, LEADLINE_QUIET_SECONDS=QUIET) as leadline:
        yield leadline


@pytest.fixture
async def town(impatient_leadline: RunningLeadline) -> AsyncIterator[Town]:
    """The people around it. Whatever trouble a test ordered ends with the test."""
    now = impatient_leadline.now
    simulator = SimulatorClient(now.simulator, now.simulator_token)
    api = LeadlineClient(now.web, now.api_token)
    async with simulator, api:
        yield (town := Town(impatient_leadline, simulator, api))
        await town.calm()
