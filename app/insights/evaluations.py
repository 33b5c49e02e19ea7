"""How well each method judges the labelled conversations that Leadline ships, tried anew now and then.

It runs ``leadline evaluate`` as a process of its own, with the least claim on the processor: reading a hundred chats in
this one would make turns late.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from app.clock import Clock
from app.database import reading, transaction
from app.llm.routes import is_configured
from app.registry import use
from app.settings import Settings
from app.vocabulary import Method

log = structlog.get_logger(__name__)

DATASET = "golden"
PATIENCE_SECONDS = 900.0
LEAST_CLAIM = 19

_FRESH = sa.text("select method from evaluation where dataset = :dataset and at > :since")
_KEEP = sa.text("""
insert into evaluation (dataset, method, accuracy, macro_f1, cohen_kappa, samples, at)
values (:dataset, :method, :accuracy, :macro_f1, :kappa, :samples, :now)
on conflict (dataset, method) do update set accuracy = excluded.accuracy, macro_f1 = excluded.macro_f1,
  cohen_kappa = excluded.cohen_kappa, samples = excluded.samples, at = excluded.at
""")


class EvaluationFailed(RuntimeError):
    """`leadline evaluate` did not end well."""


async def refresh() -> int:
    """Try each method whose figures are older than ``LEADLINE_EVALUATE_DAYS``; returns how many were tried.

    The language model is asked when there is a key for it. Raises EvaluationFailed; older figures then stay.
    """
    settings = use(Settings)
    if settings.evaluate_days == 0:
        return 0
    since = use(Clock).now() - timedelta(days=settings.evaluate_days)
    async with reading() as db:
        fresh = {row.method for row in await db.execute(_FRESH, {"dataset": DATASET, "since": since})}
    due = [method for method in _methods(settings) if method not in fresh]
    for method in due:
        await keep(method, await _evaluated(method))
    return len(due)


def _methods(settings: Settings) -> tuple[Method, ...]:
    return (Method.RULES, Method.LLM) if is_configured(settings) else (Method.RULES,)


async def keep(method: str, reports: Sequence[Mapping[str, Any]]) -> None:
    """Store what ``leadline evaluate --json`` said about the temperatures of a method: the mean of the sets by size."""
    samples = sum(int(report["conversations"]) for report in reports)
    values = {name: _mean(reports, name, samples) for name in ("accuracy", "macro_f1", "kappa")}
    kept = {"dataset": DATASET, "method": method, "samples": samples, "now": use(Clock).now()}
    async with transaction() as db:
        await db.execute(_KEEP, {**kept, **values})
    log.info("evaluated", method=method, accuracy=values["accuracy"], samples=samples)


def _mean(reports: Sequence[Mapping[str, Any]], name: str, samples: int) -> float:
    return sum(float(report["temperature"][name]) * int(report["conversations"]) for report in reports) / samples


async def _evaluated(method: str) -> list[dict[str, Any]]:
    command = (sys.executable, "-m", "app.cli", "evaluate", "--method", method, "--json")
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        preexec_fn=lambda: os.nice(LEAST_CLAIM),
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            said, _ = await child.communicate()
    except BaseException:
        child.kill()
        raise
    if child.returncode != 0:
        raise EvaluationFailed(method)
    return [json.loads(line) for line in said.splitlines() if line.strip()]
