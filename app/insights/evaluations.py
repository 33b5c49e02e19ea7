"""How well each method judges the labelled conversations that Leadline ships, tried anew now and then.

It runs ``leadline evaluate`` as a process of its own, with the least claim on the processor: reading a hundred chats in
this one would make turns late.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
import structlog

from app.classification.service import note_trial
from app.clock import Clock
from app.database import reading, transaction
from app.leads import ledger
from app.llm.account import Bill
from app.llm.routes import is_configured
from app.registry import use
from app.settings import Settings
from app.vocabulary import Method

log = structlog.get_logger(__name__)

DATASET = "golden"
PATIENCE_SECONDS = 3600.0
"""A model is asked no faster than its limits allow; the shipped chats take about a million tokens."""
LAST_WORDS_SECONDS = 30.0
LOOK_SECONDS = 30.0
AGAIN_AFTER = timedelta(hours=6)
"""From a trial whose figures were not kept to the next one."""
LEAST_CLAIM = 19
_INTERRUPTED = 130

_FRESH = sa.text("""
select method from evaluation where dataset = :dataset and at > :since
union select labels ->> 'method' from ledger where kind = 'evaluation_refused' and at > :lately
""")
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

    A language model is tried when one is configured. Figures that are not the method's own are not kept, and older ones
    stay; some hours later it is tried again. Raises EvaluationFailed.
    """
    settings = use(Settings)
    if settings.evaluate_days == 0:
        return 0
    now = use(Clock).now()
    values = {"since": now - timedelta(days=settings.evaluate_days), "lately": now - AGAIN_AFTER}
    async with reading() as db:
        fresh = {row.method for row in await db.execute(_FRESH, {"dataset": DATASET, **values})}
    due = [method for method in _methods(settings) if method not in fresh]
    for method in due:
        await _try(method)
    return len(due)


class Trials:
    """Trials beside the other duties: one that takes long does not make its duty look dead."""

    def __init__(self) -> None:
        self._running: asyncio.Task[int] | None = None

    async def look(self) -> None:
        """Begin a trial when one is due, and hear how it ends, now or at a later look. Raises EvaluationFailed."""
        self._running = self._running or asyncio.create_task(refresh(), name="evaluation")
        done, _ = await asyncio.wait({self._running}, timeout=LOOK_SECONDS)
        if done:
            ended, self._running = self._running, None
            ended.result()

    def stop(self) -> None:
        """Give up what is under way."""
        if self._running is not None:
            self._running.cancel()


async def _try(method: Method) -> None:
    try:
        reports = await _evaluated(method)
    except EvaluationFailed:
        await _refuse(method, [])
        raise
    if any(report.get("mixed") or report.get("interrupted") for report in reports):
        log.warning("evaluation_not_kept", method=method, by_rules=[report.get("fallback") for report in reports])
        await _refuse(method, reports)
    else:
        await keep(method, reports)


async def _refuse(method: str, reports: Sequence[Mapping[str, Any]]) -> None:
    """Note a trial whose figures are not kept, and what it cost all the same."""
    async with transaction() as db:
        ledger.record(db, ledger.Kind.EVALUATION_REFUSED, lead_id=None, at=use(Clock).now(), method=method)
        note_trial(db, _bills(reports))


def _bills(reports: Sequence[Mapping[str, Any]]) -> list[Bill]:
    spent = [one for report in reports for one in report.get("spent", [])]
    return [Bill(one["model"], Decimal(str(one["usd"])), int(one["unpriced_calls"])) for one in spent]


def _methods(settings: Settings) -> tuple[Method, ...]:
    return (Method.RULES, Method.LLM) if is_configured(settings) else (Method.RULES,)


async def keep(method: str, reports: Sequence[Mapping[str, Any]]) -> None:
    """Store what ``leadline evaluate --json`` said about the temperatures of a method: the mean of the sets by size."""
    samples = sum(int(report["conversations"]) for report in reports)
    values = {name: _mean(reports, name, samples) for name in ("accuracy", "macro_f1", "kappa")}
    kept = {"dataset": DATASET, "method": method, "samples": samples, "now": use(Clock).now()}
    async with transaction() as db:
        await db.execute(_KEEP, {**kept, **values})
        note_trial(db, _bills(reports))
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
        said = await _told(child)
    except BaseException:
        if child.returncode is None:
            child.kill()
        raise
    if child.returncode not in {0, _INTERRUPTED}:
        raise EvaluationFailed(method)
    return [json.loads(line) for line in said.splitlines() if line.strip()]


async def _told(child: asyncio.subprocess.Process) -> bytes:
    """What a trial says; one that takes too long is interrupted, and still tells what it cost."""
    talking = asyncio.create_task(child.communicate())
    try:
        done, _ = await asyncio.wait({talking}, timeout=PATIENCE_SECONDS)
        if not done:
            child.send_signal(signal.SIGINT)
        async with asyncio.timeout(LAST_WORDS_SECONDS):
            return (await talking)[0]
    finally:
        talking.cancel()
