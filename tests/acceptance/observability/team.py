"""What happens around a Leadline beside its leads: deploys, restarts, and people who judge ratings."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import ExitStack

import httpx
import sqlalchemy as sa

import app.schema  # noqa: F401 - services write rows that refer to each other's tables
from app.classification import verdicts
from app.clock import Clock, SystemClock
from app.database import Database, reading
from app.insights import evaluations
from app.registry import override
from app.settings import Settings, load_settings
from app.team.viewer import Viewer
from app.vocabulary import Method, Risk, Role, SessionName, Temperature
from tests.acceptance.whole_way.town import until
from tests.support.leadline import RunningLeadline

JUDGE_EVERY = 2.0
RESTART_AFTER = 5.0
TRIAL = {"conversations": 100, "temperature": {"accuracy": 0.93, "macro_f1": 0.9, "kappa": 0.88}}
"""As `leadline evaluate` says it. A real one takes longer than these tests may."""
_UNJUDGED = sa.text("select id, owner_id from lead where blind and owner_id is not null order by id limit 3")
_READY = sa.text("select bool_and(status = 'ready') from session_state")


async def deploy(leadline: RunningLeadline) -> None:
    """Stop the worker in order, as a deploy does, and wait until both sessions are looked after again."""
    pid = leadline.now.processes["worker"]
    os.kill(pid, signal.SIGTERM)
    while leadline.now.processes["worker"] == pid:
        await asyncio.sleep(0.1)
    database = Database(leadline.database_url, pool_size=2)
    try:
        with _in_the_name_of_leadline(database):
            await until(_all_ready, within=60)
            for method in (Method.RULES, Method.LLM):
                await evaluations.keep(method, [TRIAL])
    finally:
        await database.close()


async def restart_session(leadline: RunningLeadline) -> None:
    """Somebody restarts a session by hand, once Leadline is being watched."""
    await asyncio.sleep(RESTART_AFTER)
    key = json.loads((leadline.folder / "secrets.json").read_text())["WAHA_API_KEY"]
    async with httpx.AsyncClient(base_url=leadline.simulator, headers={"X-Api-Key": key}) as client:
        (await client.post(f"/api/sessions/{SessionName.CONSULTANT}/restart")).raise_for_status()


async def judge(leadline: RunningLeadline) -> None:
    """Consultants judge the leads they were given, without knowing how the machine rated them."""
    while True:
        database = Database(leadline.database_url, pool_size=2)
        try:
            with _in_the_name_of_leadline(database):
                await _judge_some()
        except (sa.exc.DBAPIError, sa.exc.TimeoutError, OSError):  # the database is just being broken
            await asyncio.sleep(JUDGE_EVERY)
        finally:
            await database.close()
        await asyncio.sleep(JUDGE_EVERY)


async def _judge_some() -> None:
    async with reading() as db:
        leads = list(await db.execute(_UNJUDGED))
    for lead_id, owner_id in leads:
        owner = Viewer(owner_id, "Somebody", "S", Role.CONSULTANT, "somebody@example.com")
        await verdicts.give(owner, lead_id, verdicts.Opinion(Temperature.HOT, Risk.LOW))


async def _all_ready() -> bool:
    async with reading() as db:
        return bool((await db.execute(_READY)).scalar())


def _in_the_name_of_leadline(database: Database) -> ExitStack:
    """The roles that a service asks for, played as the running processes play them."""
    stack = ExitStack()
    stack.enter_context(override(Database, database))
    stack.enter_context(override(Clock, SystemClock()))
    stack.enter_context(override(Settings, load_settings()))
    return stack
