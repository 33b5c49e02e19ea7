"""The figures that the leading worker shows are those of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from app.clock import Clock, SystemClock
from app.database import Database, transaction
from app.insights.collector import Figures
from app.leads import ledger
from app.registry import override
from metrics.registry import REGISTRY

pytestmark = pytest.mark.usefixtures("database", "settings", "system_clock")


@pytest.fixture
def system_clock() -> Iterator[None]:
    """The queries count from now, and so do the rows of these tests."""
    with override(Clock, SystemClock()):
        yield


def shown(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def execute(statement: str, **values: object) -> None:
    async with transaction() as db:
        await db.execute(sa.text(statement), values)


async def add_lead(stage: str = "new") -> int:
    async with transaction() as db:
        row = await db.execute(sa.text("insert into lead (stage) values (:stage) returning id"), {"stage": stage})
        return int(row.scalar_one())


async def add_consultant(email: str) -> int:
    async with transaction() as db:
        row = await db.execute(
            sa.text("insert into team_user (email, name) values (:email, 'Somebody') returning id"), {"email": email}
        )
        return int(row.scalar_one())


async def test_ledger_rows_are_totalled_by_their_labels():
    async with transaction() as db:
        for source in ("whatsapp", "whatsapp", "form"):
            ledger.record(db, ledger.Kind.LEAD_CREATED, lead_id=None, source=source)
        ledger.record(db, ledger.Kind.FACTS_COLLECTED, lead_id=None, amount=5, engagement="high")
    figures = Figures()
    async with figures.shown():
        await figures.refresh()
        assert shown("leadline_leads_created_total", source="whatsapp") == 2
        assert shown("leadline_leads_created_total", source="form") == 1
        assert shown("leadline_leads_created_total", source="import") == 0
        assert shown("leadline_lead_fields_collected_total", engagement="high") == 5


async def test_the_figures_are_read_when_every_connection_is_taken(database: Database):
    await add_lead()
    figures = Figures()
    async with figures.shown(), AsyncExitStack() as taken:
        for _ in range(8):
            await taken.enter_async_context(database.engine.connect())
        await figures.refresh()
        assert shown("leadline_leads", stage="new") == 1


async def test_what_cannot_be_read_holds_up_no_other_figure():
    await execute("alter table lead rename to elsewhere")
    read = partial(shown, "leadline_collector_last_success_timestamp_seconds", collector="queue")
    before = read() or 0.0
    figures = Figures()
    async with figures.shown():
        with pytest.raises(ProgrammingError):
            await figures.refresh()
        assert (read() or 0.0) > before


async def test_a_person_who_was_erased_stays_counted():
    lead_id = await add_lead()
    async with transaction() as db:
        ledger.record(db, ledger.Kind.LEAD_CREATED, lead_id=lead_id, source="whatsapp")
    await execute("update ledger set lead_id = null")
    figures = Figures()
    async with figures.shown():
        await figures.refresh()
        assert shown("leadline_leads_created_total", source="whatsapp") == 1


async def test_leads_consultants_and_their_assignments_are_counted_as_they_stand():
    first, second = await add_consultant("a@example.com"), await add_consultant("b@example.com")
    for days, consultant in ((0, first), (3, first), (30, first)):
        await execute(
            "insert into assignment (lead_id, consultant_id, reason, assigned_at)"
            " values (:lead, :consultant, 'round_robin', now() - make_interval(days => :days))",
            lead=await add_lead("qualified"),
            consultant=consultant,
            days=days,
        )
    figures = Figures()
    async with figures.shown():
        await figures.refresh()
        assert shown("leadline_leads", stage="qualified") == 3
        assert shown("leadline_leads", stage="won") == 0
        assert shown("leadline_consultants_active") == 2
        assigned = "leadline_consultant_assigned_leads"
        assert shown(assigned, consultant=str(first), window="24h") == 1
        assert shown(assigned, consultant=str(first), window="7d") == 2
        assert shown(assigned, consultant=str(second), window="7d") == 0


async def test_jobs_are_counted_by_state_and_the_oldest_is_dated():
    await execute(
        "insert into procrastinate_jobs (queue_name, task_name, status, attempts)"
        " values ('default', 't', 'todo', 0), ('default', 't', 'todo', 2), ('default', 't', 'failed', 9)"
    )
    await execute("update procrastinate_events set at = now() - interval '1 minute'")
    figures = Figures()
    async with figures.shown():
        await figures.refresh()
        depth = "leadline_job_queue_depth"
        assert shown(depth, queue="default", state="ready") == 1
        assert shown(depth, queue="default", state="retry") == 1
        assert shown(depth, queue="default", state="dead") == 1
        assert (shown("leadline_job_oldest_pending_seconds", queue="default") or 0) >= 60


async def test_nothing_is_shown_once_another_worker_leads(database: Database):
    figures = Figures()
    async with figures.shown():
        await figures.refresh()
        assert shown("leadline_leads", stage="new") == 0
    assert shown("leadline_leads", stage="new") is None
