"""A chain of models as the settings ask for it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import structlog
from groq import AsyncGroq

import metrics.llm
from app.clock import Clock
from app.llm.account import parse_prices
from app.llm.budget import Budget, Limits
from app.llm.chain import Fuse, ModelChain
from app.llm.errors import ChatFailed
from app.llm.provider import Provider
from app.llm.transcription import GroqTranscriber, Transcriber
from app.settings import Settings

log = structlog.get_logger(__name__)


def chain_of(settings: Settings, provider: Provider, budget: Budget, fuse: Callable[[str], Fuse]) -> ModelChain:
    """The configured models in their order, each behind a breaker that ``fuse`` makes. Raises Misconfigured."""
    metrics.llm.announce(settings.models)
    return ModelChain(
        provider,
        {model: fuse(model) for model in settings.models},
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


async def tell_missing(settings: Settings, chain: ModelChain) -> None:
    """Log which configured models do not exist, so that nobody wonders why the rules answer."""
    try:
        missing = await chain.missing([settings.transcription_model])
    except ChatFailed as error:
        log.warning("models_not_checked", reason=error.reason, facts=error.facts)
        return
    if missing:
        log.error("models_missing", models=list(missing))
    else:
        log.info("models_ready")
