"""What was measured of the language model, what Prometheus says, and what it means. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.status.finding import Finding, Verdict, fail, ok, warn

TITLE = "Language model"


@dataclass(frozen=True)
class ModelState:
    """The language model: configured ones that do not exist, why nobody could tell, and what was spent and refused.

    ``spent`` are US dollars for leads this UTC day, of all workers, ``limit`` those that one worker may spend (0: any);
    ``paused`` and ``stepped_in`` count answers of the rules in the last 15 minutes, behind an open breaker and in all.
    """

    configured: bool
    missing: tuple[str, ...] = ()
    unreachable: str = ""
    spent: float = 0.0
    limit: float = 0.0
    paused: int = 0
    stepped_in: int = 0
    unpriced: tuple[str, ...] = ()


def model(seen: ModelState) -> Finding:
    """Whether the model can be asked."""
    if not seen.configured:
        return ok(TITLE, "None is in use: the rules answer.", "not in use")
    limit = f" of US$ {seen.limit:,.2f}" if seen.limit else ""
    told = _trouble(seen) or Finding(TITLE, Verdict.OK, _answers(seen))
    return replace(told, measured=f"US$ {seen.spent:,.2f}{limit} today")


def _answers(seen: ModelState) -> str:
    often = f"; the rules stepped in {seen.stepped_in} times in 15 minutes" if seen.stepped_in else ""
    return f"It answers{often}."


def _trouble(seen: ModelState) -> Finding | None:
    runbook = "LeadlineLlmFallbackHigh"
    if seen.missing:
        advice = "Correct LEADLINE_LLM_MODELS; the rules answer meanwhile."
        return fail(TITLE, f"It does not exist: {', '.join(seen.missing)}.", advice=advice, runbook=runbook)
    if seen.unreachable or seen.paused:
        what = f"It cannot be reached: {seen.unreachable}." if seen.unreachable else "It is paused after failures."
        return warn(TITLE, what, advice="The rules answer meanwhile; it is tried again by itself.", runbook=runbook)
    if seen.limit and seen.spent >= seen.limit:
        advice = "The rules answer until midnight UTC, or raise LEADLINE_LLM_USD_PER_DAY."
        return warn(TITLE, "Its budget of today may be spent.", advice=advice, runbook="LeadlineLlmCostHigh")
    if seen.unpriced:
        advice = "Add it to LEADLINE_LLM_PRICES: what has no price counts as tokens alone."
        return warn(TITLE, f"Nobody told what {', '.join(seen.unpriced)} costs.", advice=advice)
    return None


def alerts(firing: Sequence[tuple[str, str]]) -> Finding:
    """What Prometheus complains about: names and severities."""
    title = "Alerts"
    loud = sorted({name for name, severity in firing if severity == "critical"})
    quiet = sorted({name for name, severity in firing if severity == "warning"} - set(loud))
    if loud:
        return fail(
            title, f"Critical: {', '.join(loud)}.", f"{len(loud)} critical", advice="See its runbook.", runbook=loud[0]
        )
    if quiet:
        return warn(
            title,
            f"Warning: {', '.join(quiet)}.",
            f"{len(quiet)} warnings",
            advice="See its runbook.",
            runbook=quiet[0],
        )
    return ok(title, "Prometheus has no complaint.", "none firing")
