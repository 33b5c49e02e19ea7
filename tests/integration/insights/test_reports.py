"""The figures of the Insights page are those that a person would count by hand."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import Clock, FixedClock
from app.database import Database, transaction
from app.errors import NotAllowed
from app.insights import report_queries, reports
from app.insights.figures import Report
from app.insights.period import Reach
from app.insights.reports import Wish
from app.registry import override
from app.team.viewer import OPERATOR, Viewer
from app.vocabulary import Role, Source

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime.now(UTC)
"""The views count from the clock of the database, and so do the rows of these tests."""
ANA, BRUNO = 901, 902
CONSULTANT = Viewer(ANA, "Ana", "A", Role.CONSULTANT, "ana@example.com")


@pytest.fixture(autouse=True)
async def stocked(database: Database) -> AsyncIterator[None]:
    """Two consultants, five leads of the last hours, and two of three weeks ago."""
    with override(Clock, FixedClock(NOW)):
        await _stock()
        yield


async def run(statement: str, **values: Any) -> None:
    async with transaction() as db:
        await db.execute(sa.text(statement), values)


async def rows(statement: str, **values: Any) -> list[dict[str, Any]]:
    async with transaction() as db:
        return [{**row} for row in (await db.execute(sa.text(statement), values)).mappings()]


async def _stock() -> None:
    await run("insert into team_user (id, email, name) values (901, 'a@x', 'Ana'), (902, 'b@x', 'Bruno')")
    leads = (
        Came(1, "won", ANA, "whatsapp", 5, 4, 6),
        Came(2, "working", BRUNO, "whatsapp", 5, 8, 8),
        Came(3, "qualified", ANA, "form", 4, 5, 10),
        Came(4, "qualifying", None, "whatsapp", 3, 6, None),
        Came(5, "lost", ANA, "whatsapp", 2, 5, 12),
        Came(6, "qualified", ANA, "whatsapp", 24 * 16, 5, 20),
        Came(7, "new", None, "whatsapp", 24 * 16, None, None),
    )
    for lead in leads:
        await _lead(lead)
    await run("update lead set human_contact_at = first_contact_at where id = 2")
    await run("insert into stage_change (lead_id, before, after) values (5, 'qualified', 'lost')")


@dataclass(frozen=True)
class Came:
    """A lead: how many hours ago it came, seconds to its first answer, minutes until it was qualified."""

    number: int
    stage: str
    owner: int | None
    source: str
    hours: float
    answer: float | None
    minutes: float | None


async def _lead(lead: Came) -> None:
    came = NOW - timedelta(hours=lead.hours)
    contact = came + timedelta(seconds=lead.answer) if lead.answer else None
    qualified = came + timedelta(minutes=lead.minutes) if lead.minutes else None
    await run(
        "insert into lead (id, stage, owner_id, source, created_at, first_inbound_at, first_contact_at, qualified_at)"
        " values (:id, :stage, :owner, :source, :came, :came, :contact, :qualified)",
        id=lead.number, stage=lead.stage, owner=lead.owner, source=lead.source,
        came=came, contact=contact, qualified=qualified,
    )  # fmt: skip
    if lead.stage == "new":
        return
    await run(
        "insert into qualification (lead_id, playbook, playbook_version, status, started_at, finished_at)"
        " values (:id, 'school', '1', :status, :came, :qualified)",
        id=lead.number, status="completed" if qualified else "active", came=came, qualified=qualified,
    )  # fmt: skip
    if lead.owner is not None and qualified is not None:
        await _assign(lead.number, lead.owner, qualified)


async def _assign(lead: int, owner: int, at: datetime) -> None:
    """By turn: two consultants of equal weight, so that half a lead is due to each."""
    considered = [{"user_id": one, "name": "x", "got": 0, "due": 0.5, "skip": None} for one in (ANA, BRUNO)]
    await run(
        "insert into assignment (lead_id, consultant_id, reason, why, qualified_at, assigned_at, first_contact_at)"
        " values (:lead, :owner, 'round_robin', cast(:why as jsonb), :at, :at, :contact)",
        lead=lead, owner=owner, why=json.dumps({"considered": considered}), at=at,
        contact=at + timedelta(minutes=4) if lead < 3 else None,
    )  # fmt: skip


async def note(kind: str, amount: float = 1, lead: int | None = 1, **labels: str) -> None:
    await run(
        "insert into ledger (kind, labels, lead_id, amount, at) values (:kind, cast(:labels as jsonb), :lead, :n, :at)",
        kind=kind, labels=json.dumps(labels), lead=lead, n=amount, at=NOW - timedelta(hours=1),
    )  # fmt: skip


async def report(**wish: Any) -> Report:
    return await reports.read(OPERATOR, Wish(**wish))


async def test_leads_of_the_period_are_counted_by_how_far_they_came():
    cohort = (await report()).now.cohort
    assert cohort.stages == (5, 5, 4, 2, 1), "a lost lead came as far as it stood before it was lost"
    assert cohort.qualified_share == pytest.approx(4 / 5)
    assert cohort.won_share == pytest.approx(1 / 4)


async def test_the_period_before_is_counted_apart():
    before = (await report()).before
    assert before.cohort.stages == (2, 1, 1, 0, 0)
    assert before.interviews.minutes == pytest.approx(20)


async def test_first_answers_are_those_of_the_agent():
    p95 = (await report()).now.cohort.first_answer_p95
    by_hand = await rows(
        "select percentile_cont(0.95) within group (order by s) as p95 from unnest(array[4, 5, 6, 5]) as s"
    )
    assert p95 == pytest.approx(by_hand[0]["p95"])


async def test_minutes_are_those_of_completed_interviews():
    made = await report(reach=Reach.WEEK)
    assert made.now.interviews.completed == 4
    assert made.now.interviews.minutes == pytest.approx((6 + 8 + 10 + 12) / 4)
    known = [step for step in made.minutes if step.completed]
    assert sum(step.completed for step in known) == 4
    assert min(step.fastest or 99 for step in known) == pytest.approx(6)


async def test_hours_of_the_last_day_are_told_apart():
    made = await report(reach=Reach.DAY)
    assert len(made.minutes) == 24
    assert {step.completed for step in made.minutes} >= {0, 1}


async def test_what_consultants_got_is_held_against_what_was_due():
    shared = (await report()).entitlement
    assert [(line.consultant, line.got, line.due) for line in shared.lines] == [("Ana", 3, 2.0), ("Bruno", 1, 2.0)]
    assert shared.jain == pytest.approx((1.5 + 0.5) ** 2 / (2 * (1.5**2 + 0.5**2)))


async def test_answers_of_consultants_fall_into_classes():
    seen = (await report()).responses
    assert seen.classes == (0, 2, 0, 0, 0, 0, 0, 0, 0)
    assert seen.median == pytest.approx(240)
    assert (seen.unanswered, seen.within_an_hour) == (2, 1.0)


async def test_the_choice_of_a_consultant_or_a_source_narrows_the_leads():
    assert (await report(consultant=ANA)).now.cohort.stages == (3, 3, 3, 1, 1)
    assert (await report(source=Source.FORM)).now.cohort.stages == (1, 1, 1, 0, 0)
    assert (await report(source=Source.FORM)).entitlement.lines[0].got == 1
    assert (await report(consultant=BRUNO, source=Source.FORM)).empty


async def test_collected_facts_are_a_share_of_those_asked_for():
    for engagement, known, asked in (("high", 6, 7), ("high", 7, 7), ("low", 1, 7)):
        await note("facts_collected", known, engagement=engagement)
        await note("facts_expected", asked, engagement=engagement)
    shares = {one.engagement: one.share for one in (await report()).collected}
    assert shares == {"high": pytest.approx(13 / 14), "medium": None, "low": pytest.approx(1 / 7)}


async def test_ratings_and_costs_come_from_the_ledger():
    for method in ("llm", "llm", "rules"):
        await note("classified", method=method, temperature="HOT")
    await note("classification_fallback", reason="timeout")
    await note("llm_cost", 0.004, gen_ai_request_model="m", gen_ai_prompt_name="extract")
    await note("llm_unpriced", 2, gen_ai_request_model="n", gen_ai_prompt_name="extract")
    await note("llm_cost", 7.5, gen_ai_request_model="m", gen_ai_prompt_name="evaluate")
    await note("llm_unpriced", 40, gen_ai_request_model="n", gen_ai_prompt_name="evaluate")
    made = await report()
    assert made.judged.by_method == {"llm": 2, "rules": 1}
    assert made.judged.stepped_in == {"timeout": 1}
    assert made.now.usd == pytest.approx(0.004)
    assert made.now.unpriced == 2
    assert made.now.trials == pytest.approx(7.5)
    assert made.now.usd_each == pytest.approx(0.001)
    assert sum(step.usd for step in made.costs) == pytest.approx(0.004)


async def test_messages_and_working_time_are_told_by_session():
    await run(
        "insert into message (lead_id, session, direction, author, status, created_at, accepted_at, delivered_at)"
        " values"
        " (1, 'agent', 'in', 'lead', 'received', :early, null, null),"
        " (1, 'agent', 'out', 'agent', 'delivered', :early, :early, :early),"
        " (1, 'agent', 'out', 'agent', 'accepted', :early, :early, null),"
        " (1, 'agent', 'out', 'agent', 'accepted', :late, :late, null),"
        " (1, 'agent', 'out', 'agent', 'failed', :early, null, null)",
        early=NOW - timedelta(hours=2), late=NOW - timedelta(minutes=1),
    )  # fmt: skip
    await run(
        "insert into session_event (session, status, at) values ('agent', 'ready', :first), ('agent', 'failed', :then)",
        first=NOW - timedelta(hours=4), then=NOW - timedelta(hours=1),
    )  # fmt: skip
    await note("message_recovered", 2, session="agent", direction="in")
    (line,) = (await report()).lines
    assert (line.received, line.settled, line.delivered, line.failed, line.found_later) == (1, 2, 1, 1, 2)
    assert line.delivered_share == 0.5
    assert line.up == pytest.approx(0.75, abs=0.001)


async def test_consultants_are_told_with_whether_they_got_a_lead():
    made = await report()
    assert [(one.name, one.lead_in_24h) for one in made.consultants] == [("Ana", True), ("Bruno", True)]
    await run("update assignment set assigned_at = assigned_at - interval '2 days' where consultant_id = 902")
    assert (await report()).served == 1


async def test_an_empty_house_has_an_empty_report():
    await run("truncate lead, assignment, ledger, session_event cascade")
    made = await report()
    assert made.empty
    assert made.now.cohort.qualified_share is None


async def test_days_are_those_of_the_readers_zone():
    made = await report(reach=Reach.WEEK, zone="Pacific/Kiritimati")
    assert made.period.zone.key == "Pacific/Kiritimati"
    assert sum(step.completed for step in made.minutes) == 4


async def test_a_consultant_gets_nothing():
    with pytest.raises(NotAllowed):
        await reports.read(CONSULTANT, Wish())


def test_the_page_and_grafana_read_the_same_views():
    ours = " ".join(value for value in vars(report_queries).values() if isinstance(value, str) and "select" in value)
    theirs = " ".join(
        target["rawSql"]
        for path in (ROOT / "grafana" / "dashboards").glob("*.json")
        for panel in json.loads(path.read_text())["panels"]
        for target in panel["targets"]
        if "rawSql" in target
    )
    for sql in (ours, theirs):
        read = set(re.findall(r"\b(?:from|join)\s+([a-z_.]+)", re.sub(r"extract\(\w+ from", "", sql)))
        assert read
        assert all(name.startswith("reporting.") for name in read), read
    assert "reporting.lead_journey" in ours
    assert "reporting.lead_journey" in theirs
