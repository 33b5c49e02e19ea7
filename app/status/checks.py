"""All checks in their order, each within its time: for the Status page and for ``leadline doctor``."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from app import migrations
from app.clock import Clock
from app.database import Database
from app.errors import Misconfigured, NotAllowed
from app.llm.account import parse_prices
from app.llm.assembly import clients_of, look_up, providers_of
from app.llm.routes import GROQ, routes_of
from app.registry import use
from app.settings import Settings
from app.status import machine, measures, model, work
from app.status.finding import Finding, fail, warn
from app.status.outside import Outside
from app.team.viewer import Viewer

WITHIN_SECONDS = 3.0
AWAY = "Not known while the database is away."
TROUBLE = (SQLAlchemyError, psycopg.Error, OSError, migrations.DatabaseUnreachable)

MODELS_EVERY = timedelta(minutes=5)
_asked: dict[Settings, tuple[tuple[tuple[str, ...], str], datetime]] = {}

Look = Callable[[], Awaitable[list[Finding]]]


@dataclass(frozen=True)
class Check:
    """Something to look at; ``title`` stands for its findings when it could not look."""

    title: str
    look: Look


@dataclass(frozen=True)
class Checks:
    """The checks of one installation. ``web`` is where its web process listens; empty: that is not asked."""

    settings: Settings
    outside: Outside
    web: str = ""

    async def all(self) -> list[Finding]:
        """Look at everything; a check that cannot look says so, and the others go on."""
        settings = self.settings
        first = machine.configuration(demo=settings.demo, host=settings.host, public_url=settings.url)
        database, elsewhere = await asyncio.gather(self._database(), _every(self._elsewhere()))
        return [first, *database, *elsewhere]

    async def _database(self) -> list[Finding]:
        """The database, and what is read from it: one after the other, for the pool serves others as well."""
        try:
            async with asyncio.timeout(WITHIN_SECONDS):
                state = await measures.database_state()
        except (*TROUBLE, TimeoutError) as error:
            away = [warn(check.title, AWAY, advice="Mend the database first.") for check in self._inside()]
            return [machine.no_database(_reason(error)), *away]
        found = [machine.database(state), machine.connections(state)]
        for check in self._inside():
            found += await _bounded(check)
        return found

    def _inside(self) -> Sequence[Check]:
        return (
            Check("Schema", _schema),
            Check("Workers", _workers),
            Check("Queue", _queue),
            Check("Restarts", _restarts),
            Check("WhatsApp sessions", _sessions),
            Check("Webhooks", _webhooks),
            Check("Clocks", self._clocks),
            Check("Language model", self._model),
        )

    def _elsewhere(self) -> Sequence[Check]:
        asked = [Check("Disk", self._disk)]
        if self.web:
            asked.append(Check("Web", self._web))
        if self.settings.prometheus_url:
            asked.append(Check("Alerts", self._alerts))
        return asked

    async def _clocks(self) -> list[Finding]:
        there = await self.outside.time_at(self.settings.gateway_url)
        now = use(Clock).now()
        return [
            machine.clock(await measures.database_ahead(), None if there is None else (there - now).total_seconds())
        ]

    async def _model(self) -> list[Finding]:
        settings = self.settings
        try:
            names = tuple(route.name for route in routes_of(settings))
        except Misconfigured as error:
            advice = "Correct it and start again; the worker does not start with it."
            return [fail(model.TITLE, str(error), advice=advice)]
        if not names:
            return [model.model(model.ModelState(configured=False))]
        missing, unreachable = await _known_missing(settings)
        used = await measures.model_use()
        state = model.ModelState(
            configured=True,
            missing=missing,
            unreachable=unreachable,
            spent=used.spent,
            limit=settings.llm_usd_per_day,
            paused=used.paused,
            stepped_in=used.stepped_in,
            unpriced=_unpriced(settings, names),
        )
        return [model.model(state)]

    async def _disk(self) -> list[Finding]:
        usage = shutil.disk_usage(_existing(self.settings.data_dir))
        return [machine.disk(usage.free, usage.total)]

    async def _web(self) -> list[Finding]:
        return [machine.web(await self.outside.readiness(self.web))]

    async def _alerts(self) -> list[Finding]:
        firing = await self.outside.firing(self.settings.prometheus_url)
        if firing is None:
            advice = "Is LEADLINE_PROMETHEUS_URL right, and does Prometheus run?"
            return [warn("Alerts", "Prometheus does not answer.", advice=advice, runbook="LeadlineTargetDown")]
        return [model.alerts(firing)]


async def overview(viewer: Viewer, checks: Checks) -> tuple[datetime, list[Finding]]:
    """When all was looked at, and what was found; for those who lead the team. Raises NotAllowed."""
    if not viewer.leads_team:
        raise NotAllowed("The status is for managers.")
    found = await checks.all()
    return use(Clock).now(), found


async def _every(checks: Sequence[Check]) -> list[Finding]:
    found = await asyncio.gather(*map(_bounded, checks))
    return [one for some in found for one in some]


async def _bounded(check: Check) -> list[Finding]:
    try:
        async with asyncio.timeout(WITHIN_SECONDS):
            return await check.look()
    except TimeoutError:
        return [fail(check.title, f"No answer within {WITHIN_SECONDS:.0f} s.", advice="Look again; then at its log.")]
    except TROUBLE as error:
        return [
            fail(check.title, f"It could not be looked at: {_reason(error)}", advice="Look again; then at its log.")
        ]


def _reason(error: BaseException) -> str:
    """The last line of what was said, without what may name a password."""
    if isinstance(error, TimeoutError):
        return f"no answer within {WITHIN_SECONDS:.0f} s."
    cause = error.__cause__ or error
    return f"{type(cause).__name__}."


async def _schema() -> list[Finding]:
    try:
        return [machine.schema(await asyncio.to_thread(migrations.pending, use(Database).url))]
    except migrations.NotMigrated:
        return [machine.schema((), newer=True)]


async def _workers() -> list[Finding]:
    return [work.workers(*await measures.workers_and_leaders())]


async def _queue() -> list[Finding]:
    return [work.queue(await measures.queue_state())]


async def _restarts() -> list[Finding]:
    return [machine.crashes(await measures.bad_ends())]


async def _sessions() -> list[Finding]:
    now, seen = use(Clock).now(), await measures.sessions()
    return [*(work.session(one, now) for one in seen), work.history(seen, now)]


async def _webhooks() -> list[Finding]:
    newest, failed = await measures.newest_event()
    return [work.webhooks(newest, failed, use(Clock).now())]


async def _known_missing(settings: Settings) -> tuple[tuple[str, ...], str]:
    """As ``_missing_models``, asked anew after some minutes: the page looks often, and models rarely go."""
    now = use(Clock).now()
    said, until = _asked.get(settings, (((), ""), now))
    if now >= until:
        said = await _missing_models(settings)
        _asked.clear()
        _asked[settings] = said, now + MODELS_EVERY
    return said


async def _missing_models(settings: Settings) -> tuple[tuple[str, ...], str]:
    """The configured models that do not exist, and which services cannot tell, with the reason."""
    async with clients_of(settings) as clients:
        found = await look_up(settings, providers_of(clients))
    away = (str(why) if service == GROQ else f"{service}, {why}" for service, why in found.untold.items())
    return found.missing, "; ".join(away)


def _unpriced(settings: Settings, names: Sequence[str]) -> tuple[str, ...]:
    try:
        prices = parse_prices(settings.llm_prices)
    except Misconfigured:
        return tuple(names)
    return tuple(name for name in names if name not in prices)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(one for one in (folder.resolve(), *folder.resolve().parents) if one.exists())
