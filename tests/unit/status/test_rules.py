"""What measured values mean: ok, worth a look, or broken, each with its sentence and what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.status import machine, model, work
from app.status.finding import Finding, Verdict, ok, worst
from app.status.machine import DatabaseState
from app.status.model import ModelState
from app.status.words import ago, size, span
from app.status.work import QueueState, SessionState

RUNBOOKS = Path(__file__).resolve().parents[3] / "docs" / "runbooks"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
OK, WARN, FAIL = Verdict
WELL = DatabaseState(0.002, "17.6", 412_000_000, 14, 100, 0.2)
AGENT = SessionState("agent", "ready", NOW - timedelta(days=2), NOW, NOW - timedelta(minutes=3), 0)


def changed(state: Any, **values: Any) -> Any:
    return type(state)(**{**{name: getattr(state, name) for name in state.__dataclass_fields__}, **values})


def agent(**values: Any) -> SessionState:
    return changed(AGENT, **values)


def database(**values: Any) -> DatabaseState:
    return changed(WELL, **values)


def using(**values: Any) -> ModelState:
    return ModelState(**{"configured": True, "limit": 5.0, **values})


CASES: list[tuple[Verdict, Finding]] = [
    (OK, machine.configuration(demo=True, host="127.0.0.1", public_url="http://127.0.0.1:3000")),
    (FAIL, machine.configuration(demo=True, host="0.0.0.0", public_url="http://127.0.0.1:3000")),
    (WARN, machine.configuration(demo=False, host="0.0.0.0", public_url="http://localhost:3000")),
    (OK, machine.configuration(demo=False, host="0.0.0.0", public_url="https://leads.example")),
    (FAIL, machine.misconfigured("production mode refuses to start: DATABASE_URL is not set")),
    (OK, machine.database(WELL)),
    (WARN, machine.database(database(answer_seconds=0.3))),
    (FAIL, machine.no_database("OperationalError.")),
    (OK, machine.connections(WELL)),
    (WARN, machine.connections(database(connections=82))),
    (FAIL, machine.connections(database(connections=96))),
    (WARN, machine.connections(database(oldest_transaction=90.0))),
    (FAIL, machine.connections(database(oldest_transaction=1200.0))),
    (OK, machine.schema(())),
    (FAIL, machine.schema(("0009",))),
    (FAIL, machine.schema((), newer=True)),
    (OK, machine.web("ready")),
    (OK, machine.web("degraded")),
    (FAIL, machine.web("unready")),
    (FAIL, machine.web("")),
    (OK, machine.disk(500, 1000)),
    (WARN, machine.disk(100, 1000)),
    (FAIL, machine.disk(30, 1000)),
    (OK, machine.clock(0.2, -0.8)),
    (OK, machine.clock(0.2, None)),
    (WARN, machine.clock(0.1, -4.0)),
    (FAIL, machine.clock(-75.0, 0.0)),
    (OK, machine.crashes({})),
    (WARN, machine.crashes({"worker": 2})),
    (OK, work.workers(2, 1)),
    (FAIL, work.workers(0, 0)),
    (FAIL, work.workers(1, 0)),
    (OK, work.queue(QueueState(2, 1.0, 0, 0))),
    (WARN, work.queue(QueueState(40, 45.0, 0, 0))),
    (WARN, work.queue(QueueState(2, 1.0, 3, 0))),
    (FAIL, work.queue(QueueState(40, 400.0, 0, 0))),
    (FAIL, work.queue(QueueState(0, 0.0, 0, 1))),
    (OK, work.session(AGENT, NOW)),
    (WARN, work.session(agent(seen_at=NOW - timedelta(minutes=9)), NOW)),
    (WARN, work.session(agent(status="starting"), NOW)),
    (WARN, work.session(agent(status="unknown", seen_at=None), NOW)),
    (FAIL, work.session(agent(status="auth_required"), NOW)),
    (FAIL, work.session(agent(status="failed"), NOW)),
    (OK, work.webhooks(NOW - timedelta(hours=1), 0, NOW)),
    (WARN, work.webhooks(None, 0, NOW)),
    (WARN, work.webhooks(NOW - timedelta(days=2), 0, NOW)),
    (WARN, work.webhooks(NOW, 3, NOW)),
    (OK, work.history([AGENT, AGENT], NOW)),
    (WARN, work.history([AGENT, agent(compared_at=None)], NOW)),
    (WARN, work.history([agent(compared_at=NOW - timedelta(hours=3))], NOW)),
    (WARN, work.history([agent(compared_at=NOW - timedelta(minutes=40))], NOW)),
    (WARN, work.history([agent(missing=2)], NOW)),
    (WARN, work.history([agent(compared_at=None)], NOW)),
    (OK, model.model(ModelState(configured=False))),
    (OK, model.model(using(spent=1.0, stepped_in=2))),
    (FAIL, model.model(using(missing=("gpt-none",)))),
    (WARN, model.model(using(unreachable="http_5xx"))),
    (WARN, model.model(using(paused=4, stepped_in=9))),
    (WARN, model.model(using(spent=5.0))),
    (OK, model.model(using(spent=50.0, limit=0.0))),
    (WARN, model.model(using(unpriced=("own/model",)))),
    (OK, model.alerts([("LeadlineWatchdog", "info")])),
    (WARN, model.alerts([("LeadlineSlowQueries", "warning")])),
    (FAIL, model.alerts([("LeadlineSlowQueries", "warning"), ("LeadlineDiskFull", "critical")])),
]


@pytest.mark.parametrize(("verdict", "found"), CASES, ids=[f"{found.title}: {found.sentence}" for _, found in CASES])
def test_a_measurement_has_its_verdict(verdict: Verdict, found: Finding):
    assert found.verdict is verdict
    assert found.sentence.endswith(".") or found.title == "Configuration"


@pytest.mark.parametrize("found", [found for _, found in CASES], ids=[found.sentence for _, found in CASES])
def test_what_is_not_well_says_what_to_do_and_what_is_well_says_nothing_more(found: Finding):
    assert bool(found.advice) is (found.verdict is not OK)
    assert not found.runbook or (RUNBOOKS / f"{found.runbook}.md").exists()
    assert not (found.verdict is OK and found.runbook)


def test_measured_values_are_told():
    assert machine.database(WELL).measured == "PostgreSQL 17.6, 2 ms, 412 MB"
    assert machine.clock(0.2, -4.0).measured == "database +0.2 s, gateway -4.0 s"
    assert machine.clock(-0.04, 0.04).measured == "database +0.0 s, gateway +0.0 s"
    assert work.session(agent(status="auth_required"), NOW).measured == "auth required, seen 0 s ago"
    assert model.model(using(spent=1.5)).measured == "US$ 1.50 of US$ 5.00 today"
    assert work.history([AGENT], NOW).measured == "3 min ago, 0 found later"


def test_the_gravest_verdict_counts():
    assert worst([]) is OK
    assert worst([ok("a", "b."), machine.crashes({"web": 1})]) is WARN
    assert worst([machine.crashes({"web": 1}), machine.web(""), ok("a", "b.")]) is FAIL


@pytest.mark.parametrize(
    ("seconds", "said"), [(-1, "0 s"), (45, "45 s"), (720, "12 min"), (10_800, "3 h"), (200_000, "2 days")]
)
def test_spans_in_words(seconds: float, said: str):
    assert span(seconds) == said


def test_sizes_and_moments_in_words():
    assert [size(one) for one in (0, 999, 1500, 412_000_000, 3_200_000_000_000)] == [
        "0 bytes",
        "999 bytes",
        "1.5 kB",
        "412 MB",
        "3.2 TB",
    ]
    assert ago(None, NOW) == "never"
    assert ago(NOW - timedelta(minutes=5), NOW) == "5 min ago"
