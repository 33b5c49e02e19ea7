"""A house for one played day: the product's services on a PostgreSQL of its own, a twin of WhatsApp, a clock that is
moved, and the exposition that a Prometheus would scrape.
"""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from app import telemetry
from app.api import front_door
from app.bootstrap import blueprints
from app.clock import Clock, FixedClock, SystemClock
from app.conversations.intake import SessionWatch
from app.database import Database
from app.insights.collector import Figures
from app.jobs.queue import Queue
from app.jobs.running import logged
from app.qualification.interpreter import Interpreter, RuleInterpreter
from app.qualification.playbook import Playbook, load_playbook
from app.registry import override
from app.sessions.service import Watch
from app.settings import Settings, load_settings
from app.team.auth import forget_viewers
from app.team.viewer import Viewer
from app.telemetry import surroundings
from app.vocabulary import Role
from app.whatsapp.gateway import Gateway, SessionSpec
from app.whatsapp.twin import TwinGateway
from app.whatsapp.twin_payloads import Webhook
from tests.integration.conversations.world import AGENT, CONSULTANT, World
from tests.support.team import join

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Scrape:
    """The series of one scrape."""

    def __init__(self, series: Series) -> None:
        self._series = series

    def of(self, name: str, **labels: str) -> float:
        """The sum of all series of that name with these labels; 0 when there is none."""
        wanted = labels.items()
        return sum(v for (n, held), v in self._series.items() if n == name and wanted <= held)

    def has(self, name: str, **labels: str) -> bool:
        """Whether there is such a series."""
        return any(n == name and labels.items() <= held for n, held in self._series)

    def count(self, name: str) -> int:
        """How many series of that name there are."""
        return sum(1 for n, _ in self._series if n == name)

    @property
    def size(self) -> int:
        """How many series there are."""
        return len(self._series)


def parsed(text: str) -> Scrape:
    """What a scrape says."""
    families = text_string_to_metric_families(text)
    return Scrape({(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples})


@dataclass
class House:
    """What a day is played with."""

    world: World
    clock: FixedClock
    database: Database
    web: httpx.AsyncClient
    figures: Figures
    scrape_url: str
    mara: Viewer
    ana: Viewer

    async def scrape(self) -> Scrape:
        """Read the database anew, and everything that a Prometheus would get."""
        for _ in range(4):
            await self.figures.refresh()
        return parsed(await asyncio.to_thread(get, self.scrape_url))


def get(url: str) -> str:
    """What a scrape is answered."""
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode()


@asynccontextmanager
async def opened(database_url: str, folder: Path, scrape_url: str) -> AsyncIterator[House]:
    """A house in which nothing has happened yet: two consultants, a manager, both sessions working."""
    settings = load_settings(
        data_dir=folder,
        waha_api_key="test-waha-api-key",
        waha_hmac_key_agent="test-hmac-key-of-the-agent",
        waha_hmac_key_consultant="test-hmac-key-of-the-consultant",
        review_share=1.0,
    )
    clock, database = FixedClock(SystemClock().now()), Database(database_url, pool_size=8)
    queue = Queue.over(database.url, blueprints(), connections=4)
    keys = {name: settings.hmac_key(name) for name in ("agent", "consultant")}

    async def receive(webhook: Webhook) -> None:
        await world.take_in(webhook)

    gateway = TwinGateway(clock, hmac_keys=keys, receiver=receive)
    # As the worker runs and measures them.
    world = World(gateway, clock, queue, around=(telemetry.measured_job, logged))
    forget_viewers()
    telemetry.instrument_engine(database.engine)
    surroundings.tell(settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        for role, player in (
            (Settings, settings),
            (Clock, clock),
            (Database, database),
            (Queue, queue),
            (Gateway, gateway),
            (SessionWatch, Watch()),
            (Playbook, load_playbook("school")),
            (Interpreter, RuleInterpreter()),
        ):
            stack.enter_context(override(role, player))  # pyright: ignore[reportArgumentType]
        for session in (AGENT, CONSULTANT):
            await gateway.ensure_session(session, SessionSpec("http://127.0.0.1:1/webhooks"))
            gateway.pair(session)
        await gateway.deliver()
        figures = await _shown(stack)
        web = await stack.enter_async_context(_browser())
        mara, ana = await join("Mara Lindqvist", Role.MANAGER), await join("Ana Ribeiro", Role.CONSULTANT)
        await join("Bruno Costa", Role.CONSULTANT)
        yield House(world, clock, database, web, figures, scrape_url, mara, ana)


async def _shown(stack: AsyncExitStack) -> Figures:
    figures = Figures()
    await stack.enter_async_context(figures.shown())
    return figures


@asynccontextmanager
async def _browser() -> AsyncIterator[httpx.AsyncClient]:
    async def pages(scope: object, receive: object, send: object) -> None:
        request = Request(scope, receive)  # type: ignore[arg-type]
        if request.url.path == "/broken":
            raise RuntimeError
        await PlainTextResponse("a page")(scope, receive, send)  # type: ignore[arg-type]

    transport = httpx.ASGITransport(front_door()(pages), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3000") as client:
        yield client
