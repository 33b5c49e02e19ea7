import httpx
import pytest
import sqlalchemy as sa

from app.api import front_door
from app.database import Database, transaction
from app.registry import override
from tests.integration.api.conftest import pages


async def run(*statements):
    async with transaction() as db:
        for statement in statements:
            await db.execute(sa.text(statement))


WORKER = "insert into procrastinate_workers default values"
WORKING = (
    "insert into session_state (name, status, raw_status) values"
    " ('agent', 'ready', 'WORKING'), ('consultant', 'ready', 'WORKING')"
)


async def test_the_process_is_alive_without_any_database(settings):
    transport = httpx.ASGITransport(front_door()(pages))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_everything_there_is_ready(browser):
    await run(WORKER, WORKING)
    answer = await browser.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "database": "ok",
        "migrations": "ok",
        "worker": "ok",
        "sessions": {"agent": "ready", "consultant": "ready"},
    }


async def test_a_missing_worker_is_degraded_and_still_served(browser):
    await run(WORKING)
    answer = await browser.get("/readyz")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["worker"]) == ("degraded", "missing")


async def test_a_worker_that_fell_silent_is_missing(browser):
    await run(WORKER, WORKING, "update procrastinate_workers set last_heartbeat = now() - interval '31 seconds'")
    assert (await browser.get("/readyz")).json()["worker"] == "missing"


@pytest.mark.parametrize("status", ["failed", "auth_required", "starting"])
async def test_a_session_that_does_not_work_is_degraded_and_still_served(browser, status):
    await run(WORKER, WORKING, f"update session_state set status = '{status}' where name = 'agent'")
    answer = await browser.get("/readyz")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["sessions"]["agent"]) == ("degraded", status)


async def test_a_database_that_is_away_is_unready(browser):
    away = Database("postgresql://nobody@127.0.0.1:9/nothing")
    with override(Database, away):
        answer = await browser.get("/readyz")
    await away.close()
    assert answer.status_code == 503
    assert (answer.json()["status"], answer.json()["database"]) == ("unready", "unreachable")


async def test_a_database_that_goes_away_later_is_unready_too(browser, database, postgres, database_url):
    assert (await browser.get("/readyz")).status_code == 200
    await database.close()
    name = database_url.rpartition("/")[2].partition("?")[0]
    postgres.drop(name)
    assert (await browser.get("/readyz")).status_code == 503
    postgres.create(name)


async def test_a_schema_that_was_never_made_is_unready(browser, postgres):
    postgres.create("empty")
    empty = Database(postgres.url("empty"))
    with override(Database, empty):
        answer = await browser.get("/readyz")
    await empty.close()
    postgres.drop("empty")
    assert answer.status_code == 503
    assert (answer.json()["database"], answer.json()["migrations"]) == ("ok", "pending")


async def test_a_schema_of_a_newer_version_is_unready(browser):
    await run("update alembic_version set version_num = 'from_the_future'")
    answer = await browser.get("/readyz")
    assert (answer.status_code, answer.json()["migrations"]) == (503, "newer")
