"""A cast of leads is played through the simulator against a stand-in for Leadline."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app.simulator import drive
from app.simulator.clients import LeadlineClient, PartMissing, SimulatorClient
from app.simulator.drive import Drive, SimulateOptions, simulate
from app.simulator.exchange import Exchange
from app.simulator.options import Pace, SimulatorOptions
from app.simulator.personas import Kind
from app.simulator.server import create_app
from app.simulator.sessions import Status
from tests.integration.simulator.stand_in import StandIn

API_KEY = {"X-Api-Key": "key"}
OPTIONS = SimulateOptions(
    web="http://leadline",
    simulator="http://simulator",
    api_token="api",
    simulator_token="token",
    leads=4,
    per_hour=3_600_000,
    quiet_seconds=0.0,
    abandon_after_seconds=1.0,
)
QUICK = Pace(starting=0.0, sent=0.0, delivered=0.0, read=0.0)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drive, "BETWEEN_MESSAGES", 0.0)
    monkeypatch.setattr(drive, "POLL", 0.0)
    monkeypatch.setattr(drive, "GRACE", 0.5)


@pytest.fixture(autouse=True)
def patient_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.simulator.personas.SHARES", {Kind.EAGER: 1, Kind.TERSE: 1})


@asynccontextmanager
async def stage(folder: Path, leadline: StandIn) -> AsyncIterator[tuple[SimulatorClient, LeadlineClient]]:
    """The simulator with a working session, and callers to both sides."""
    options = SimulatorOptions(
        folder, token="token", api_key="key", auto_pair=True, webhook_base="http://leadline", pace=QUICK
    )
    app = create_app(options, post=leadline.post)
    exchange: Exchange = app.state.exchange
    exchange.open()
    inside = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=inside, base_url="http://simulator", headers=API_KEY) as gateway:

        async def answer(chat: str, text: str) -> None:
            await gateway.post("/api/sendText", json={"session": "agent", "chatId": chat, "text": text})

        leadline.answer = answer
        await gateway.post("/api/sessions", json={"name": "agent"})
        await exchange.sessions.expect(exchange.sessions.named("agent"), Status.WORKING)
        simulator = SimulatorClient("http://simulator", "token", inside)
        rest = LeadlineClient("http://leadline", "api", httpx.ASGITransport(leadline.rest))
        async with simulator, rest:
            yield simulator, rest
    await exchange.close()


async def test_every_lead_is_played_to_the_end_and_counted(tmp_path: Path):
    leadline = StandIn()
    said: list[str] = []
    async with stage(tmp_path, leadline) as (simulator, rest):
        result = await Drive(OPTIONS, simulator, rest).run(said.append)
    assert (result.leads, result.completed) == (4, 4)
    assert result.messages["lost"] == 0
    assert result.messages["duplicated"] == 0
    assert result.messages["out"] >= 16
    assert result.assigned == {"Ana": 4}
    assert result.facts_collected >= 8
    assert result.turn_seconds["p50"] is not None
    assert said == []


async def test_what_leadline_never_stored_is_counted_as_lost(tmp_path: Path):
    async with stage(tmp_path, StandIn(forgets=True)) as (simulator, rest):
        result = await Drive(OPTIONS, simulator, rest).run(lambda _sentence: None)
    assert result.messages["lost"] == 4


async def test_interviews_that_never_end_do_not_hold_the_run_up(tmp_path: Path):
    said: list[str] = []
    async with stage(tmp_path, StandIn(never_ends=True)) as (simulator, rest):
        result = await Drive(OPTIONS, simulator, rest).run(said.append)
    assert result.completed == 0
    assert "fell silent" in said[0]


async def test_a_run_ends_at_its_longest_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(SimulateOptions, "longest_seconds", lambda _self: 0.3)
    said: list[str] = []
    async with stage(tmp_path, StandIn(never_ends=True)) as (simulator, rest):
        await Drive(OPTIONS, simulator, rest).run(said.append)
    assert "longest time" in said[0]


async def test_leads_may_take_their_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.simulator.personas.Persona.pause", lambda _self: 0.01)
    async with stage(tmp_path, StandIn()) as (simulator, rest):
        result = await Drive(replace(OPTIONS, leads=2, human_pace=True), simulator, rest).run(lambda _sentence: None)
    assert (result.completed, result.pacing) == (2, "human")


async def test_a_simulator_that_does_not_run_is_named():
    options = replace(OPTIONS, simulator="http://127.0.0.1:43198", web="http://127.0.0.1:43199")
    with pytest.raises(PartMissing, match="43198"):
        await simulate(options)


async def test_a_wrong_token_is_named(tmp_path: Path):
    async with stage(tmp_path, StandIn()) as (simulator, rest):
        del simulator._http.headers["X-Sim-Token"]
        with pytest.raises(PartMissing, match="401"):
            await Drive(OPTIONS, simulator, rest).run(lambda _sentence: None)
