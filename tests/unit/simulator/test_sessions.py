"""Sessions live, break, pair, and come back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.simulator.sessions import own_number
from app.simulator.store import Store
from tests.unit.simulator.world import API_KEY, World, breathe, world


async def status(sim: World, name: str = "agent") -> str:
    return (await sim.api("GET", f"/api/sessions/{name}")).json()["status"]


async def test_a_new_session_starts_and_works_when_pairing_is_automatic(sim: World):
    await sim.session()
    info = (await sim.api("GET", "/api/sessions/agent")).json()
    assert info["me"]["id"] == "15550100001@c.us"
    assert (await sim.api("GET", "/api/sessions/agent/me")).json()["id"] == "15550100001@c.us"


async def test_a_session_that_nobody_scans_shows_six_codes_and_fails(tmp_path: Path):
    async with world(tmp_path, auto_pair=False) as sim:
        hook = {"url": "http://x", "events": ["session.status"]}
        await sim.api("POST", "/api/sessions", {"name": "agent", "config": {"webhooks": [hook]}})
        await sim.pulse.advance(0.3)
        first = sim.exchange.sessions.named("agent").code
        await sim.pulse.advance(60)
        assert sim.exchange.sessions.named("agent").code != first
        await sim.pulse.advance(5 * 20)
        told = [payload["status"] for payload in sim.receiver.payloads("session.status")]
        assert told == ["STARTING", *["SCAN_QR_CODE"] * 6, "FAILED"]


async def test_scanning_the_code_makes_the_session_work(tmp_path: Path):
    async with world(tmp_path, auto_pair=False) as sim:
        await sim.api("POST", "/api/sessions", {"name": "agent"})
        await sim.pulse.advance(1)
        await sim.sim("POST", "/_sim/pair", {"session": "agent"})
        assert await status(sim) == "WORKING"
        await sim.pulse.advance(600)
        assert await status(sim) == "WORKING"


async def test_nothing_is_scanned_where_no_code_is_shown(sim: World):
    await sim.session()
    response = await sim.http.post("/_sim/pair", json={}, headers={"X-Sim-Token": "test-token"})
    assert response.status_code == 422


async def test_a_stopped_session_keeps_its_login_and_leaves_the_short_list(sim: World):
    await sim.session()
    await sim.api("POST", "/api/sessions/agent/stop")
    assert (await sim.api("GET", "/api/sessions")).json() == []
    assert len((await sim.api("GET", "/api/sessions?all=true")).json()) == 1
    await sim.api("POST", "/api/sessions/agent/start")
    await sim.pulse.advance(1)
    assert await status(sim) == "WORKING"


async def test_a_logout_asks_for_a_new_scan(sim: World):
    await sim.session()
    await sim.api("POST", "/api/sessions/agent/logout")
    await sim.pulse.advance(1)
    assert await status(sim) == "SCAN_QR_CODE"


async def test_a_stopped_session_stays_stopped_after_a_logout(sim: World):
    await sim.session()
    await sim.api("POST", "/api/sessions/agent/stop")
    await sim.api("POST", "/api/sessions/agent/logout")
    assert await status(sim) == "STOPPED"


async def test_a_new_configuration_restarts_a_running_session(sim: World):
    await sim.session()
    answer = await sim.api("PUT", "/api/sessions/agent", {"config": {"debug": True}})
    assert (answer.json()["status"], answer.json()["config"]) == ("STARTING", {"debug": True})


async def test_a_deleted_session_is_gone(sim: World):
    await sim.session()
    assert (await sim.api("DELETE", "/api/sessions/agent")).content == b""
    assert (await sim.api("GET", "/api/sessions/agent")).status_code == 404


async def test_a_failed_session_can_be_started_again(sim: World):
    await sim.session()
    await sim.sim("POST", "/_sim/sessions/agent/failed")
    assert await status(sim) == "FAILED"
    await sim.api("POST", "/api/sessions/agent/start")
    await sim.pulse.advance(1)
    assert await status(sim) == "WORKING"


async def test_sessions_that_ran_come_back_after_a_restart_of_the_gateway(tmp_path: Path):
    async with world(tmp_path) as sim:
        await sim.session("agent")
        await sim.session("consultant")
        await sim.api("POST", "/api/sessions/consultant/stop")
    async with world(tmp_path) as sim:
        assert await status(sim) == "STARTING"
        await sim.pulse.advance(1)
        assert await status(sim) == "WORKING"
        assert await status(sim, "consultant") == "STOPPED"


async def test_a_lost_login_stays_lost_after_a_restart(tmp_path: Path):
    async with world(tmp_path) as sim:
        await sim.session()
        await sim.sim("POST", "/_sim/sessions/agent/unpaired")
    async with world(tmp_path) as sim:
        await sim.pulse.advance(1)
        assert await status(sim) == "SCAN_QR_CODE"


async def test_numbers_given_out_are_never_given_out_again(tmp_path: Path):
    given: set[str] = set()
    for _ in range(2):
        async with world(tmp_path) as sim:
            given |= {(await sim.sim("POST", "/_sim/leads", {}))["number"] for _ in range(20)}
    assert len(given) == 40


def test_only_the_owner_may_read_the_state_file(tmp_path: Path):
    Store(tmp_path).write({"sessions": {}})
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["{torn", "[]"])
def test_a_state_file_that_cannot_be_read_is_an_empty_one(tmp_path: Path, content: str):
    (tmp_path / "whatsapp-simulator.json").write_text(content)
    assert Store(tmp_path).read() == {}


async def test_a_key_of_one_session_opens_that_session_only(sim: World):
    await sim.session("agent")
    await sim.session("consultant")
    made = (await sim.api("POST", "/api/keys", {"isAdmin": False, "session": "agent"})).json()
    own = {"X-Api-Key": made["key"]}
    assert (await sim.http.get("/api/sessions/agent", headers=own)).status_code == 200
    assert (await sim.http.get("/api/sessions/consultant", headers=own)).status_code == 403
    assert [one["name"] for one in (await sim.http.get("/api/sessions", headers=own)).json()] == ["agent"]
    assert (await sim.http.get("/api/keys", headers=own)).status_code == 403


async def test_a_key_can_be_switched_off_and_thrown_away(sim: World):
    made = (await sim.api("POST", "/api/keys", {"isAdmin": True})).json()
    assert (await sim.api("GET", "/api/keys")).json() == [made]
    await sim.api("PUT", f"/api/keys/{made['id']}", {"isActive": False})
    assert (await sim.http.get("/api/sessions", headers={"X-Api-Key": made["key"]})).status_code == 401
    assert (await sim.api("DELETE", f"/api/keys/{made['id']}")).status_code == 200
    assert (await sim.api("DELETE", f"/api/keys/{made['id']}")).status_code == 404
    assert (await sim.api("PUT", f"/api/keys/{made['id']}", {})).status_code == 404


async def test_a_key_needs_a_session_or_all_rights(sim: World):
    assert (await sim.api("POST", "/api/keys", {"isAdmin": False})).status_code == 400


async def test_the_key_may_stand_in_the_address(sim: World):
    assert (await sim.http.get("/api/sessions?x-api-key=test-key")).status_code == 200


async def test_the_control_api_wants_its_own_token(sim: World):
    assert (await sim.http.get("/_sim/journal", headers=API_KEY)).status_code == 401


def test_every_session_has_a_number_of_its_own():
    assert own_number("agent") != own_number("consultant")
    assert own_number("third") == own_number("third")
    assert own_number("third").startswith("1555010")


async def test_the_saved_state_says_what_ran(tmp_path: Path):
    async with world(tmp_path) as sim:
        await sim.session()
        await breathe()
    kept = json.loads((tmp_path / "whatsapp-simulator.json").read_text())
    assert kept["sessions"]["agent"]["assigned"]
    assert kept["sessions"]["agent"]["paired"]
