"""A Leadline that sends its traces to a sink, with a language model, and the people around it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.acceptance.observability.backstage import Backstage
from tests.acceptance.whole_way.town import Town, town_of
from tests.support.groq_standin import Standin, standing_in
from tests.support.leadline import RunningLeadline, start_leadline
from tests.support.otlp_sink import OtlpSink, otlp_sink
from tests.support.ports import free_ports

SETTINGS = {
    # Long enough for a browser on a busy machine to open the drawer before the agent answers.
    "LEADLINE_QUIET_SECONDS": "6",
    "LEADLINE_LOG_FORMAT": "json",
    # A busy machine makes a stand-in slow; that is no failure of the model.
    "LEADLINE_LLM_TRY_SECONDS": "10",
    "LEADLINE_LLM_DEADLINE_SECONDS": "20",
    "OTEL_BSP_SCHEDULE_DELAY": "100",
}


@dataclass(frozen=True)
class Traced:
    """The program, and where its spans arrive. ``secrets`` are what it must keep to itself."""

    leadline: RunningLeadline
    sink: OtlpSink
    secrets: tuple[str, ...]

    def logs(self) -> str:
        """Everything that every process wrote down."""
        return "".join(path.read_text() for path in sorted((self.leadline.folder / "logs").glob("*.log")))


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    """The real processes, with the sink as their receiver."""
    standin = Standin()
    with ExitStack() as stack:
        backstage = Backstage()
        stack.callback(backstage.close)
        model = standing_in(standin)
        groq = backstage.do(model.__aenter__())
        stack.callback(lambda: backstage.do(model.__aexit__(None, None, None)))
        sink = stack.enter_context(otlp_sink())
        settings = {**SETTINGS, "GROQ_API_KEY": standin.key, "GROQ_BASE_URL": groq}
        folder = tmp_path_factory.mktemp("traces") / "data"
        leadline = stack.enter_context(
            start_leadline(
                folder,
                ports=free_ports(4, start=43500, end=43549),
                OTEL_EXPORTER_OTLP_ENDPOINT=sink.url,
                **settings,
            )
        )
        now = leadline.now
        yield Traced(leadline, sink, (standin.key, now.api_token, now.simulator_token))


@pytest.fixture
async def town(traced: Traced) -> AsyncIterator[Town]:
    """The people around it."""
    async with town_of(traced.leadline) as town:
        yield town
