"""``leadline doctor``: looks at the whole installation and says what is wrong and what to do.

Its exit code is 0 when all is well, 1 when something is worth a look, 2 when something is broken. It works while
nothing runs, and while the database is away: then it says so.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict

import typer

from app.clock import Clock, SystemClock
from app.database import Database
from app.errors import Misconfigured
from app.installation import EMBEDDED, NotRunning, Running, running_in
from app.registry import override
from app.settings import Settings, load_settings
from app.status.checks import Checks
from app.status.finding import Finding, Verdict, fail, worst
from app.status.machine import misconfigured
from app.status.outside import OverHttp, http_client

EXIT = {Verdict.OK: 0, Verdict.WARN: 1, Verdict.FAIL: 2}
MARKS = {Verdict.OK: "ok  ", Verdict.WARN: "warn", Verdict.FAIL: "FAIL"}
RUNBOOKS = "docs/runbooks"


def main(arguments: Sequence[str]) -> int:
    """Look, tell, and say by the exit code how it is."""
    parser = argparse.ArgumentParser(prog="leadline doctor", description="Look at the whole installation.")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of words")
    as_json = parser.parse_args(arguments).json
    found = asyncio.run(examine())
    verdict = worst(found)
    typer.echo(_json(verdict, found) if as_json else _words(verdict, found))
    return EXIT[verdict]


async def examine() -> list[Finding]:
    """What there is to say about this installation."""
    try:
        settings = load_settings()
    except Misconfigured as error:
        return [misconfigured(str(error))]
    running = _running(settings)
    url = _database_url(settings, running)
    if not url:
        return [_nothing_runs(settings)]
    database = Database(url, pool_size=2)
    with override(Clock, SystemClock()), override(Database, database):
        async with http_client() as client:
            web = running.web if running else settings.url
            found = await Checks(settings, OverHttp(client), web=web).all()
        await database.close()
    return found


def _running(settings: Settings) -> Running | None:
    try:
        return running_in(settings.data_dir)
    except NotRunning:
        return None


def _database_url(settings: Settings, running: Running | None) -> str:
    """The database that is meant; empty for one that is brought along and does not run."""
    given = settings.database_url.get_secret_value()
    if running is not None:
        return running.database_url
    return "" if settings.demo or given == EMBEDDED else given


def _nothing_runs(settings: Settings) -> Finding:
    return fail("Leadline", f"Nothing runs in {settings.data_dir}.", advice="Start it: make run, or leadline run")


def _json(verdict: Verdict, found: Sequence[Finding]) -> str:
    return json.dumps({"verdict": verdict, "checks": [asdict(one) for one in found]}, indent=2, ensure_ascii=False)


def _words(verdict: Verdict, found: Sequence[Finding]) -> str:
    width = max(len(one.title) for one in found)
    lines = [line for one in found for line in _told(one, width)]
    return "\n".join([*lines, "", _summary(verdict, found)])


def _told(one: Finding, width: int) -> list[str]:
    measured = f" ({one.measured})" if one.measured else ""
    told = [f"{MARKS[one.verdict]}  {one.title:<{width}}  {one.sentence}{measured}"]
    indent = " " * (width + 8)
    if one.advice:
        told.append(f"{indent}{one.advice}")
    if one.runbook:
        told.append(f"{indent}{RUNBOOKS}/{one.runbook}.md")
    return told


def _summary(verdict: Verdict, found: Sequence[Finding]) -> str:
    if verdict is Verdict.OK:
        return "All is well."
    broken = sum(one.verdict is Verdict.FAIL for one in found)
    doubtful = sum(one.verdict is Verdict.WARN for one in found)
    return f"{broken} broken, {doubtful} worth a look."
