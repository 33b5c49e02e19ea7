"""What a check found: a verdict, one sentence, what was measured, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How something is: as it should be, worth a look, or broken."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One line of the Status page. ``runbook`` names a page of ``docs/runbooks``; neither it nor advice when all is
    well.
    """

    title: str
    verdict: Verdict
    sentence: str
    measured: str = ""
    advice: str = ""
    runbook: str = ""


def ok(title: str, sentence: str, measured: str = "") -> Finding:
    """All is well."""
    return Finding(title, Verdict.OK, sentence, measured)


def warn(title: str, sentence: str, measured: str = "", *, advice: str, runbook: str = "") -> Finding:
    """Worth a look."""
    return Finding(title, Verdict.WARN, sentence, measured, advice, runbook)


def fail(title: str, sentence: str, measured: str = "", *, advice: str, runbook: str = "") -> Finding:
    """Broken."""
    return Finding(title, Verdict.FAIL, sentence, measured, advice, runbook)


def worst(findings: Iterable[Finding]) -> Verdict:
    """The gravest verdict; ok where there is none."""
    order = list(Verdict)
    return max((one.verdict for one in findings), key=order.index, default=Verdict.OK)
