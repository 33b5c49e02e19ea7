"""What managers' tables read from the database, and what their role cannot reach."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from app.database import Database, transaction

ROOT = Path(__file__).resolve().parents[3]
GRANTS = (ROOT / "deploy" / "postgres" / "reporting.sql").read_text()


def statements() -> list[str]:
    bare = re.sub(r"--.*", "", GRANTS)
    return [part.strip() for part in bare.split(";") if part.strip() not in {"", "begin", "commit"}]


@pytest.fixture
async def views(database: Database) -> AsyncIterator[None]:
    """The views of the migrations, given away twice: again changes nothing. Roles belong to the whole server."""
    async with transaction() as db:
        if not (await db.execute(sa.text("select 1 from pg_roles where rolname = 'grafana_reader'"))).scalar():
            await db.execute(sa.text("create role grafana_reader"))
    for _ in range(2):
        async with transaction() as db:
            for statement in statements():
                await db.execute(sa.text(statement))
    yield
    async with transaction() as db:
        await db.execute(sa.text("drop owned by grafana_reader"))
        await db.execute(sa.text("drop role grafana_reader"))


@pytest.fixture
async def week(views: None) -> None:
    """Ana got two leads within the week, answered one after ten minutes and won it; Bruno got nothing."""
    async with transaction() as db:
        await db.execute(
            sa.text("insert into team_user (id, email, name) values (901, 'a@x', 'Ana'), (902, 'b@x', 'Bruno')")
        )
        await db.execute(
            sa.text(
                "insert into lead (id, stage, owner_id, first_inbound_at, first_contact_at, qualified_at) values"
                " (901, 'won', 901, now() - interval '1 hour', now() - interval '59 minutes',"
                " now() - interval '50 minutes'),"
                " (902, 'working', 901, null, null, null)"
            )
        )
        await db.execute(
            sa.text(
                "insert into assignment (lead_id, consultant_id, reason, assigned_at, first_contact_at) values"
                " (901, 901, 'turn', now() - interval '49 minutes', now() - interval '39 minutes'),"
                " (902, 901, 'turn', now() - interval '2 days', null)"
            )
        )
        await db.execute(sa.text("insert into stage_change (lead_id, after) values (901, 'won')"))


async def rows(query: str) -> list[dict[str, object]]:
    async with transaction() as db:
        await db.execute(sa.text("set local role grafana_reader"))
        return [{**row} for row in (await db.execute(sa.text(query))).mappings()]


@pytest.mark.usefixtures("week")
async def test_a_consultants_week_is_told_by_name():
    ana, bruno = await rows("select * from reporting.consultant_week order by consultant")
    assert (ana["consultant"], ana["leads_7d"], ana["leads_24h"], ana["open_leads"], ana["won_7d"]) == (
        "Ana",
        2,
        1,
        1,
        1,
    )
    assert round(float(str(ana["median_response_minutes"]))) == 10
    assert (bruno["leads_7d"], bruno["median_response_minutes"]) == (0, None)


@pytest.mark.usefixtures("week")
async def test_a_leads_journey_is_told_in_seconds_and_minutes():
    journey = (await rows("select * from reporting.lead_journey where lead_id = 901"))[0]
    assert round(float(str(journey["first_contact_seconds"]))) == 60
    assert round(float(str(journey["minutes_to_qualified"]))) == 10
    assert round(float(str(journey["assignment_seconds"]))) == 60
    assert round(float(str(journey["minutes_to_consultant"]))) == 10


@pytest.mark.usefixtures("views")
@pytest.mark.parametrize("table", ["lead", "message", "lead_identity", "team_user", "raw_event", "api_token"])
async def test_the_reader_sees_no_table(table: str):
    with pytest.raises(ProgrammingError, match="permission denied"):
        await rows(f"select * from {table}")


@pytest.mark.usefixtures("week")
async def test_tables_of_the_dashboards_can_be_read():
    asked = [
        target["rawSql"]
        for path in (ROOT / "grafana" / "dashboards").glob("*.json")
        for panel in json.loads(path.read_text())["panels"]
        for target in panel["targets"]
        if "rawSql" in target
    ]
    assert len(asked) == 2
    assert all([await rows(query) for query in asked])
