"""A chain of models as the settings ask for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal

import structlog
from groq import AsyncGroq

import metrics.llm
from app.clock import Clock
from app.llm.account import FallbackReason, parse_prices
from app.llm.budget import Budget, Limits
from app.llm.chain import Fuse, Link, ModelChain
from app.llm.errors import ChatFailed
from app.llm.groq import GroqProvider, groq_client
from app.llm.provider import Provider
from app.llm.routes import GROQ, routes_of, services_of
from app.llm.transcription import GroqTranscriber, Transcriber
from app.settings import Settings

log = structlog.get_logger(__name__)

SHARE_OF_MINUTE = 4
"""A run that can wait, a replay or a trial, takes one such part of the tokens of a minute."""


@asynccontextmanager
async def clients_of(settings: Settings) -> AsyncIterator[Mapping[str, AsyncGroq]]:
    """A client for each service that may be asked, by its name. Raises Misconfigured."""
    async with AsyncExitStack() as opened:
        clients: dict[str, AsyncGroq] = {}
        for service in services_of(settings).values():
            if service.is_usable:
                client = groq_client(service.key.get_secret_value(), service.base_url)
                clients[service.name] = await opened.enter_async_context(client)
        yield clients


def providers_of(clients: Mapping[str, AsyncGroq]) -> Mapping[str, Provider]:
    """Whoever runs models at each service."""
    return {name: GroqProvider(client, name) for name, client in clients.items()}


def chain_of(
    settings: Settings, providers: Mapping[str, Provider], budget: Budget, fuse: Callable[[str], Fuse]
) -> ModelChain:
    """The models that can be asked, in their order, each at its service and behind a breaker that ``fuse`` makes.

    Raises Misconfigured.
    """
    routes = routes_of(settings)
    metrics.llm.announce((route.name, route.service.name) for route in routes)
    return ModelChain(
        [Link(route, providers[route.service.name], fuse(route.name)) for route in routes],
        budget=budget,
        prices=parse_prices(settings.llm_prices),
        try_seconds=settings.llm_try_seconds,
    )


def transcriber_of(settings: Settings, client: AsyncGroq, budget: Budget, fuse: Callable[[str], Fuse]) -> Transcriber:
    """The configured model for voice notes."""
    model = settings.transcription_model
    return GroqTranscriber(
        client,
        model,
        budget=budget,
        fuse=fuse(model),
        usd_per_hour=Decimal(str(settings.transcription_usd_per_hour)) or None,
        deadline=settings.transcription_deadline_seconds,
    )


def budget_of(settings: Settings, clock: Clock) -> Budget:
    """The account that all models share."""
    return Budget(limits_of(settings), clock)


def limits_of(settings: Settings) -> Limits:
    """The configured limits; 0 stands for none."""
    usd_per_day, usd_per_lead = Decimal(str(settings.llm_usd_per_day)), Decimal(str(settings.llm_usd_per_lead))
    return Limits(
        tokens_per_minute=settings.llm_tokens_per_minute or None,
        tokens_per_lead=settings.llm_tokens_per_lead or None,
        usd_per_day=usd_per_day or None,
        usd_per_lead=usd_per_lead or None,
    )


def patient_limits_of(settings: Settings) -> Limits:
    """The limits of a run that can wait: a part of the minute's tokens, so that the leads' calls find the rest."""
    limits = limits_of(settings)
    tokens = limits.tokens_per_minute
    return replace(limits, tokens_per_minute=None if tokens is None else max(1, tokens // SHARE_OF_MINUTE))


@dataclass(frozen=True, slots=True)
class LookUp:
    """Configured models that do not exist, and the services that could not tell, each with the reason."""

    missing: tuple[str, ...]
    untold: Mapping[str, FallbackReason]


async def look_up(settings: Settings, providers: Mapping[str, Provider]) -> LookUp:
    """Ask each service whether it has the models that are to be asked there."""
    routes = routes_of(settings)
    wanted = {name: {route.name: route.model for route in routes if route.service.name == name} for name in providers}
    if GROQ in wanted:
        wanted[GROQ][settings.transcription_model] = settings.transcription_model
    asked = [name for name, models in wanted.items() if models]
    there = dict(zip(asked, await asyncio.gather(*(_models_of(providers[name]) for name in asked)), strict=True))
    missing = [
        entry
        for name, known in there.items()
        if not isinstance(known, ChatFailed)
        for entry, model in wanted[name].items()
        if model not in known
    ]
    untold = {name: known.reason for name, known in there.items() if isinstance(known, ChatFailed)}
    return LookUp(tuple(missing), untold)


async def _models_of(provider: Provider) -> frozenset[str] | ChatFailed:
    try:
        return await provider.models()
    except ChatFailed as error:
        return error


async def tell_missing(settings: Settings, providers: Mapping[str, Provider]) -> None:
    """Log which configured models do not exist, so that nobody wonders why the rules answer."""
    found = await look_up(settings, providers)
    for service, reason in found.untold.items():
        log.warning("models_not_checked", service=service, reason=reason)
    if found.missing:
        log.error("models_missing", models=list(found.missing))
    elif not found.untold:
        log.info("models_ready")
