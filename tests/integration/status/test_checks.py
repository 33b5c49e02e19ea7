"""The checks look at a real database, and at one that is away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import Clock, FixedClock, SystemClock
from app.database import Database, transaction
from app.errors import NotAllowed
from app.jobs.leader import LOCK
from app.llm.errors import ModelDown
from app.registry import override
from app.settings import Settings, load_settings
from app.status import checks as module
from app.status import doctor
from app.status.checks import AWAY, Checks, overview
from app.status.finding import Finding, Verdict, ok
from app.status.measures import model_use
from app.team.viewer import OPERATOR, Viewer
from app.vocabulary import Role

CONSULTANT = Viewer(2, "Ana", "A", Role.CONSULTANT, "ana@example.com")


@dataclass
class World:
    """Others, as the checks find them."""

    ahead: float | None = 0.0
    status: str = "ready"
    alerts: list[tuple[str, str]] | None = field(default_factory=list[tuple[str, str]])

    async def time_at(self, url: str) -> datetime | None:
        return None if self.ahead is None else datetime.now(UTC) + timedelta(seconds=self.ahead)

    async def readiness(self, url: str) -> str:
        return self.status

    async def firing(self, prometheus: str) -> list[tuple[str, str]] | None:
        return self.alerts


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "not" / "made" / "yet")


@pytest.fixture(autouse=True)
def real_time() -> Any:
    with override(Clock, SystemClock()):
        yield


async def run(statement: str) -> None:
    async with transaction() as db:
        await db.execute(sa.text(statement))


@pytest.fixture
async def working(database: Database) -> AsyncIterator[None]:
    """A worker beats and leads, and both sessions are well."""
    await run("insert into procrastinate_workers (last_heartbeat) values (now())")
    await run(
        "insert into session_state (name, status, checked_at, reconciled_at)"
        " values ('agent', 'ready', now(), now()), ('consultant', 'ready', now(), now())"
    )
    await run("insert into raw_event (provider, session, sha256, body) values ('waha', 'agent', '\\x00', '\\x00')")
    async with database.engine.connect() as leader:
        await leader.execute(sa.text(f"select pg_advisory_lock({LOCK})"))
        yield


async def found(settings: Settings, world: World | None = None, **options: Any) -> dict[str, Finding]:
    return {one.title: one for one in await Checks(settings, world or World(), **options).all()}


@pytest.mark.usefixtures("working")
async def test_a_house_in_order_is_well(settings: Settings):
    seen = await found(settings, web="http://127.0.0.1:1")
    assert {title: one.sentence for title, one in seen.items() if one.verdict is not Verdict.OK} == {}
    assert set(seen) == {
        "Configuration",
        "Database",
        "Connections",
        "Schema",
        "Workers",
        "Queue",
        "Restarts",
        "The agent’s session",
        "The consultants’ session",
        "Comparison with the chats",
        "Webhooks",
        "Clocks",
        "Language model",
        "Disk",
        "Web",
    }


@pytest.mark.usefixtures("database")
async def test_an_empty_house_says_what_is_missing(settings: Settings):
    seen = await found(settings)
    assert seen["Workers"].verdict is Verdict.FAIL
    assert seen["The agent’s session"].sentence == "It has not been seen yet."
    assert seen["Webhooks"].sentence == "No event came from the gateway."
    assert "Alerts" not in seen


@pytest.mark.usefixtures("working")
async def test_trouble_in_the_rows_is_found(settings: Settings):
    await run("insert into procrastinate_jobs (task_name, status, queue_name) values ('leadline:turn', 'failed', 'q')")
    await run("insert into process_run (role, outcome, stopped_at) values ('worker', 'crash', now())")
    await run("update raw_event set error = 'not understood'")
    await run("update session_state set status = 'failed', missing = 3 where name = 'consultant'")
    seen = await found(settings, World(ahead=-9.0))
    assert seen["Queue"].measured.endswith("1 given up")
    assert seen["Restarts"].measured == "worker 1 in 24 hours"
    assert seen["Webhooks"].verdict is Verdict.WARN
    assert seen["The consultants’ session"].verdict is Verdict.FAIL
    assert seen["Comparison with the chats"].verdict is Verdict.WARN
    assert seen["Clocks"].verdict is Verdict.WARN


@pytest.mark.usefixtures("working")
async def test_trials_of_a_model_are_not_held_against_the_budget_of_the_leads():
    for usd, purpose in ((0.25, "reply"), (9.0, "evaluate")):
        await run(
            f"insert into ledger (kind, amount, at, labels) values ('llm_cost', {usd}, now(),"
            f" jsonb_build_object('gen_ai_prompt_name', '{purpose}'))"
        )
    assert (await model_use()).spent == pytest.approx(0.25)


@pytest.mark.usefixtures("working")
async def test_jobs_that_wait_and_turns_that_are_overdue_are_found(settings: Settings):
    await run(
        "with job as (insert into procrastinate_jobs (task_name, status, queue_name)"
        " values ('leadline:send', 'todo', 'q') returning id)"
        " insert into procrastinate_events (job_id, type, at)"
        " select id, 'deferred', now() - interval '1 minute' from job"
    )
    late = (await found(settings))["Queue"]
    assert (late.verdict, late.sentence) == (Verdict.WARN, "Jobs begin late.")
    await run("insert into lead (turn_due_at) values (now() - interval '5 minutes')")
    assert (await found(settings))["Queue"].verdict is Verdict.FAIL


@pytest.mark.usefixtures("database")
async def test_a_missing_migration_is_found(settings: Settings):
    await run("update alembic_version set version_num = '0001'")
    assert (await found(settings))["Schema"].verdict is Verdict.FAIL
    await run("update alembic_version set version_num = 'from_the_future'")
    assert (await found(settings))["Schema"].sentence == "The database is newer than this version of Leadline."


@pytest.mark.usefixtures("database")
async def test_alerts_are_shown_where_a_prometheus_is_named(settings: Settings):
    watched = settings.model_copy(update={"prometheus_url": "http://prometheus"})
    firing = await found(watched, World(alerts=[("LeadlineDiskFull", "critical")]))
    assert firing["Alerts"].runbook == "LeadlineDiskFull"
    assert (await found(watched, World(alerts=None)))["Alerts"].sentence == "Prometheus does not answer."


@pytest.mark.usefixtures("database")
async def test_a_model_that_does_not_exist_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    async def none_there(_provider: object) -> frozenset[str]:
        return frozenset({"whisper-large-v3-turbo"})

    monkeypatch.setattr("app.llm.groq.GroqProvider.models", none_there)
    keyed = load_settings(data_dir=settings.data_dir, groq_api_key="gsk_0123456789")
    assert (await found(keyed))["Language model"].sentence == "It does not exist: openai/gpt-oss-20b."


@pytest.mark.usefixtures("database")
async def test_a_model_that_cannot_be_reached_is_asked_again_after_some_minutes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    asked: list[int] = []

    async def away(_provider: object) -> frozenset[str]:
        asked.append(1)
        raise ModelDown

    monkeypatch.setattr("app.llm.groq.GroqProvider.models", away)
    keyed = load_settings(data_dir=settings.data_dir, groq_api_key="gsk_9876543210", llm_prices="nonsense")
    for _ in range(2):
        seen = (await found(keyed))["Language model"]
        assert (seen.verdict, seen.sentence) == (Verdict.WARN, "It cannot be reached: http_5xx.")
    with override(Clock, FixedClock(datetime.now(UTC) + module.MODELS_EVERY)):
        await found(keyed)
    assert len(asked) == 2


@pytest.mark.usefixtures("database")
async def test_a_check_that_fails_does_not_stop_the_others(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    def unreadable(_folder: object) -> None:
        raise PermissionError

    monkeypatch.setattr("shutil.disk_usage", unreadable)
    seen = await found(settings, web="http://web")
    assert seen["Disk"].sentence == "It could not be looked at: PermissionError."
    assert seen["Web"].verdict is Verdict.OK


class Sleepy(World):
    async def readiness(self, url: str) -> str:
        await asyncio.Event().wait()
        return ""


@pytest.mark.usefixtures("database")
async def test_a_service_that_never_answers_is_given_up(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "WITHIN_SECONDS", 0.2)
    seen = await found(settings, Sleepy(), web="http://web")
    assert seen["Web"].sentence == "No answer within 0 s."


async def test_without_a_database_the_rest_is_looked_at(settings: Settings, tmp_path: Path):
    away = Database(f"postgresql://postgres@/leadline?host={tmp_path}")
    with override(Database, away):
        seen = await found(settings)
    await away.close()
    assert seen["Database"].verdict is Verdict.FAIL
    assert seen["Workers"].sentence == AWAY
    assert seen["Disk"].measured


@pytest.mark.usefixtures("database")
async def test_a_check_that_hangs_is_given_up(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "WITHIN_SECONDS", 0.0)
    seen = await found(settings)
    assert seen["Database"].sentence == "PostgreSQL does not answer: no answer within 0 s."


@pytest.mark.usefixtures("database")
async def test_the_overview_is_for_managers(settings: Settings):
    with pytest.raises(NotAllowed):
        await overview(CONSULTANT, Checks(settings, World()))
    looked_at, seen = await overview(OPERATOR, Checks(settings, World()))
    assert looked_at <= datetime.now(UTC)
    assert seen


def test_the_doctor_says_that_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("LEADLINE_DATA_DIR", str(tmp_path))
    assert doctor.main([]) == 2
    assert "Nothing runs in" in capsys.readouterr().out


def test_the_doctor_says_which_settings_are_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("LEADLINE_MODE", "production")
    assert doctor.main(["--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "fail"
    assert "DATABASE_URL is not set" in told["checks"][0]["sentence"]


def test_the_doctor_looks_at_the_database_that_is_named(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    production = {
        "LEADLINE_MODE": "production",
        "LEADLINE_DATA_DIR": str(tmp_path),
        "LEADLINE_PUBLIC_URL": "https://leads.example",
        "DATABASE_URL": database_url,
        "WAHA_URL": "http://127.0.0.1:1",
        **dict.fromkeys(("WAHA_API_KEY", "WAHA_HMAC_KEY_AGENT", "WAHA_HMAC_KEY_CONSULTANT"), "0123456789abcdefgh"),
    }
    for name, value in production.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("app.status.outside.OverHttp.readiness", _nobody)
    assert doctor.main([]) == 2
    said = capsys.readouterr().out
    assert "No worker runs" in said
    assert "docs/runbooks/LeadlineQueueStuck.md" in said
    assert "The schema is that of this version." in said


async def _nobody(_self: object, _url: str) -> str:
    return ""


def test_all_is_well_ends_with_0(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    async def well() -> list[Finding]:
        return [ok("Database", "PostgreSQL answers.", "2 ms")]

    monkeypatch.setattr(doctor, "examine", well)
    assert doctor.main([]) == 0
    assert capsys.readouterr().out.endswith("All is well.\n")
