"""The composition root: the only place that picks who plays which role, and fills the registry."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import procrastinate
import structlog

import app.conversations.tasks
import app.messages.tasks
import app.studio.tasks
from app import migrations, telemetry
from app.classification.llm import Judge, LlmJudge
from app.clock import Clock, SystemClock
from app.conversations.brief_llm import BriefWriter, LlmBriefWriter
from app.conversations.intake import SessionWatch
from app.database import Database
from app.errors import Misconfigured
from app.jobs.due import Sweep, sweep_for_ever
from app.jobs.queue import Queue
from app.llm.assembly import budget_of, chain_of, clients_of, providers_of, tell_missing, transcriber_of
from app.llm.routes import GROQ, is_configured
from app.llm.transcription import Transcriber
from app.qualification import published
from app.qualification.interpreter import Interpreter, RuleInterpreter
from app.qualification.llm import FallbackInterpreter, LlmInterpreter
from app.qualification.playbook import Playbook, load_playbook
from app.registry import provide, use
from app.sessions.service import Watch
from app.settings import DEMO_PASSWORD, Settings, load_settings
from app.team import service as team
from app.team.auth import Scope
from app.team.service import NewMember
from app.team.viewer import OPERATOR
from app.vocabulary import Role
from app.whatsapp.breaker import Breaker, BreakerState
from app.whatsapp.gateway import Gateway
from app.whatsapp.waha import WahaGateway

log = structlog.get_logger(__name__)

GATEWAY_CONNECTIONS = 20
JOB_CONNECTIONS = 4

FOLLOW_PLAYBOOK = Sweep("playbook", 1.0, published.sweep)
"""What keeps a process with the published playbook also while it takes no turns."""

DEMO_TEAM = (
    ("Mara Lindqvist", "mara@leadline.demo", Role.MANAGER),
    ("Ana Ribeiro", "ana@leadline.demo", Role.CONSULTANT),
    ("Bruno Costa", "bruno@leadline.demo", Role.CONSULTANT),
    ("Carla Núñez", "carla@leadline.demo", Role.CONSULTANT),
)


def blueprints() -> tuple[procrastinate.Blueprint, ...]:
    """The tasks of every feature."""
    return (app.messages.tasks.blueprint(), app.conversations.tasks.blueprint(), app.studio.tasks.blueprint())


@asynccontextmanager
async def core(settings: Settings | None = None, *, job_connections: int = JOB_CONNECTIONS) -> AsyncIterator[Settings]:
    """What web and worker share: settings, clock, database, queue, gateway, the agent's rules."""
    settings = settings or load_settings()
    provide(Settings, settings)
    provide(Clock, SystemClock())
    database = Database(settings.database_url.get_secret_value(), pool_size=settings.database_pool)
    provide(Database, database)
    telemetry.instrument_engine(database.engine)
    telemetry.instrument_engine(database.watched, pool=None)  # two connections that are meant to be busy
    provide(Queue, Queue.over(database.url, blueprints(), connections=job_connections))
    provide(SessionWatch, Watch())
    playbook = load_playbook(settings.playbook, settings.business_name)
    provide(Playbook, playbook)
    # Shorter than the gateway's own five seconds, so that no request goes out on a connection it is closing; and no
    # proxy of the shell may catch a gateway on loopback.
    limits = httpx.Limits(max_connections=GATEWAY_CONNECTIONS, keepalive_expiry=3.0)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as client, understanding(settings):
        provide(Gateway, gateway(settings, client))
        try:
            yield settings
        finally:
            await database.close()


def gateway(settings: Settings, client: httpx.AsyncClient) -> Gateway:
    """The WhatsApp gateway of these settings."""
    sessions = ("agent", "consultant")
    return WahaGateway(
        client,
        base_url=settings.gateway_url,
        api_key=settings.waha_api_key.get_secret_value(),
        hmac_keys={session: settings.hmac_key(session) for session in sessions},
        engine=settings.waha_engine,
    )


@asynccontextmanager
async def understanding(settings: Settings) -> AsyncIterator[None]:
    """Who reads what leads write and judges them: the rules; where a language model may be asked, that with the rules
    behind it. Voice notes are written down at Groq alone.
    """
    provide(Interpreter, RuleInterpreter())
    budget, deadline = budget_of(settings, use(Clock)), settings.llm_deadline_seconds
    async with clients_of(settings) as clients:
        if GROQ in clients:
            provide(Transcriber, transcriber_of(settings, clients[GROQ], budget, _fuse))
        if not is_configured(settings):
            yield
            return
        chain = chain_of(settings, providers := providers_of(clients), budget, _fuse)
        provide(Interpreter, FallbackInterpreter(LlmInterpreter(chain, deadline=deadline)))
        provide(Judge, LlmJudge(chain, deadline=deadline))
        provide(BriefWriter, LlmBriefWriter(chain, deadline=settings.brief_deadline_seconds))
        checking = asyncio.create_task(tell_missing(settings, providers))
        try:
            yield
        finally:
            checking.cancel()


def _fuse(model: str) -> Breaker:
    return Breaker(model, on_change=_tell_breaker)


def _tell_breaker(model: str, state: BreakerState) -> None:
    log.warning("breaker", model=model, state=state.value)


def settle_memory() -> None:
    """Take what the start has loaded out of the garbage collector's rounds, and let it go round less often.

    A full round over a whole application takes tens of milliseconds, which is what the slowest webhooks and board
      updates were.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@asynccontextmanager
async def web_context() -> AsyncIterator[Settings]:
    """Everything that the web process needs around its pages: roles, telemetry, metrics on the private port."""
    async with core() as settings:
        await asyncio.to_thread(migrations.wait_until_current, use(Database).url)
        await use(Database).stand_ready()
        running = telemetry.start("web", settings)
        provide(telemetry.Tracing, running.tracing)
        following = asyncio.create_task(sweep_for_ever((FOLLOW_PLAYBOOK,), asyncio.Event()), name="playbook")
        try:
            yield settings
        finally:
            following.cancel()
            await asyncio.to_thread(running.stop)


@asynccontextmanager
async def command_context() -> AsyncIterator[Settings]:
    """What a command needs: the roles, nothing that listens."""
    async with core(job_connections=1) as settings:
        yield settings


async def refuse_demo_team() -> None:
    """Raise Misconfigured when somebody of the demo could sign in. Call it inside ``command_context``."""
    emails = {email for _, email, _ in DEMO_TEAM}
    if any(member.active and member.email in emails for member in await team.members(OPERATOR)):
        raise Misconfigured(
            "This database holds the demo's team, whose password everybody knows; give production its own."
        )


async def seed_demo() -> None:
    """The demo's team and its API token; doing it twice changes nothing. Call it inside ``command_context``."""
    known = {member.email for member in await team.members(OPERATOR)}
    for name, email, role in DEMO_TEAM:
        if email not in known:
            await team.add_member(OPERATOR, NewMember(name=name, email=email, role=role, password=DEMO_PASSWORD))
    token = use(Settings).api_token.get_secret_value()
    if token:
        manager = await team.member_named(DEMO_TEAM[0][1])
        await team.keep_token(OPERATOR, token, acts_for=manager.id, name="demo", scope=Scope.WRITE)
