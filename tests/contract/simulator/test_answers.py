"""The answers of the HTTP API are word for word those of the gateway."""

from __future__ import annotations

import asyncio
import base64
import io
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.unit.simulator.world import API_KEY, LEAD, World, breathe, fixture

ERRORS = {entry["case"]: entry for entry in fixture("http/errors.json")}


def is_as_known(response: httpx.Response, case: str, **words: str) -> None:
    known = ERRORS[case]
    assert response.status_code == known["status"]
    expected = known["body"]
    for name, replacement in words.items():
        expected = {key: replacement if key == name else value for key, value in expected.items()}
    assert (response.json() if response.content else "") == expected


async def later(sim: World, method: str, path: str, body: Any = None) -> httpx.Response:
    """A call that waits inside the simulator."""
    asked = asyncio.create_task(sim.api(method, path, body))
    await breathe()
    await sim.pulse.advance(0.25)
    return await asked


async def not_paired(sim: World) -> None:
    """The session "default", showing its first code."""
    await sim.session("default")
    await sim.sim("POST", "/_sim/sessions/default/unpaired")


async def test_a_wrong_key_is_refused(sim: World):
    response = await sim.http.get("/api/sessions", headers={"X-Api-Key": "another"})
    is_as_known(response, "bad api key")


async def test_an_unknown_session_is_not_found(sim: World):
    is_as_known(await sim.api("GET", "/api/sessions/nobody"), "unknown session")


async def test_a_stopped_session_cannot_send(sim: World):
    await sim.api("POST", "/api/sessions", {"name": "default", "start": False})
    body = {"session": "default", "chatId": f"{LEAD}@c.us", "text": "hi"}
    is_as_known(await sim.api("POST", "/api/sendText", body), "session known but not running (send)")


async def test_a_session_that_was_never_made_cannot_send(sim: World):
    body = {"session": "agent", "chatId": f"{LEAD}@c.us", "text": "hi"}
    is_as_known(await sim.api("POST", "/api/sendText", body), "session does not exist (send, newer)")


async def test_a_call_waits_for_the_status_it_needs_and_is_then_refused(sim: World):
    await sim.api("POST", "/api/sessions", {"name": "default"})
    body = {"session": "default", "chatId": f"{LEAD}@c.us", "text": "hi"}
    is_as_known(await later(sim, "POST", "/api/sendText", body), "session not in expected state")
    assert 0.2 in sim.pulse.slept


async def test_a_call_goes_through_when_the_session_gets_ready_in_time(sim: World):
    await sim.api("POST", "/api/sessions", {"name": "agent"})
    await sim.pulse.advance(0.15)
    assert (await later(sim, "GET", "/api/agent/new-message-id")).status_code == 200


async def test_a_code_is_refused_in_the_wrong_state(sim: World):
    await sim.api("POST", "/api/sessions", {"name": "default"})
    is_as_known(await later(sim, "GET", "/api/default/auth/qr"), "QR asked in wrong state")


async def test_a_session_is_made_once(sim: World):
    await sim.session("default")
    is_as_known(await sim.api("POST", "/api/sessions", {"name": "default"}), "create existing")


async def test_a_started_session_is_not_started_again(sim: World):
    await sim.session("default")
    is_as_known(await sim.api("POST", "/api/sessions/default/start"), "start already started")


async def test_a_webhook_list_must_be_a_list(sim: World):
    wish = {"name": "default", "config": {"webhooks": "x"}}
    is_as_known(await sim.api("POST", "/api/sessions", wish), "validation")


@pytest.mark.parametrize(
    "hook",
    [
        "no object",
        {"events": ["message.any"]},
        {"url": "http://x", "events": ["message.sung"]},
        {"url": "http://x", "events": ["*"], "retries": {"policy": "never"}},
    ],
)
async def test_a_broken_webhook_is_refused_with_a_list_of_complaints(sim: World, hook: Any):
    response = await sim.api("POST", "/api/sessions", {"name": "agent", "config": {"webhooks": [hook]}})
    assert response.status_code == 400
    assert isinstance(response.json()["message"], list)


@pytest.mark.parametrize("wish", [{"name": "no spaces"}, {"name": "agent", "config": "text"}])
async def test_a_broken_session_is_refused(sim: World, wish: Any):
    assert (await sim.api("POST", "/api/sessions", wish)).status_code == 400


@pytest.mark.parametrize("raw", ['{"session":"default"', "[1]"])
async def test_malformed_json_is_refused_with_one_sentence(sim: World, raw: str):
    response = await sim.http.post("/api/sendText", content=raw, headers=API_KEY)
    is_as_known(response, "malformed json", message=response.json()["message"])


async def test_an_unknown_route_is_named(sim: World):
    is_as_known(await sim.api("GET", "/api/unknown"), "unknown route")


async def test_nobody_is_logged_in_before_the_session_works(sim: World):
    await sim.api("POST", "/api/sessions", {"name": "agent"})
    is_as_known(await sim.api("GET", "/api/sessions/agent/me"), "me while not WORKING")


async def test_a_send_answers_in_the_shape_of_the_engine(sim: World):
    await sim.session()
    response = await sim.send("Hello!")
    known = fixture("http/sendText_201_noweb.json")
    answer = response.json()
    assert response.status_code == 201
    assert answer.keys() == known.keys()
    assert answer["key"].keys() == known["key"].keys()
    assert answer["key"]["remoteJid"] == known["key"]["remoteJid"]
    assert answer["message"] == known["message"]
    assert len(answer["key"]["id"]) == len(known["key"]["id"])


@pytest.mark.parametrize(("route", "mimetype"), [("sendImage", "image/jpeg"), ("sendFile", "application/pdf")])
async def test_a_file_answers_in_the_shape_of_the_engine(sim: World, route: str, mimetype: str):
    await sim.session()
    file = {"mimetype": mimetype, "filename": "a", "data": base64.b64encode(b"content").decode()}
    body = {"session": "agent", "chatId": f"{LEAD}@c.us", "file": file, "caption": "look"}
    answer = (await sim.api("POST", f"/api/{route}", body)).json()
    ((kind, content),) = answer["message"].items()
    ((known_kind, known),) = fixture(f"http/{route}_201_noweb.json")["message"].items()
    assert kind == known_kind
    assert set(content) <= set(known)
    assert content["fileLength"] == len(b"content")


@pytest.mark.parametrize("body", [{"session": "agent", "text": "hi"}, {"session": "agent", "chatId": f"{LEAD}@c.us"}])
async def test_a_bad_send_is_an_internal_error_that_echoes_the_request(sim: World, body: Any):
    await sim.session()
    response = await sim.api("POST", "/api/sendText", body)
    known = fixture("http/sendText_500_463.json")["body"]
    assert response.status_code == 500
    assert response.json().keys() == known.keys()
    assert response.json()["request"]["body"] == body


async def test_the_code_comes_as_picture_as_json_and_raw(sim: World):
    await not_paired(sim)
    await sim.pulse.advance(1)
    raw = (await sim.api("GET", "/api/default/auth/qr?format=raw")).json()["value"]
    picture = await sim.api("GET", "/api/default/auth/qr?format=image")
    headers = API_KEY | {"Accept": "application/json"}
    as_json = (await sim.http.get("/api/default/auth/qr", headers=headers)).json()
    assert raw.startswith("2@")
    assert picture.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).size[0] > 200
    assert base64.b64decode(as_json["data"]) == picture.content


async def test_a_code_to_type_has_two_groups(sim: World):
    await not_paired(sim)
    await sim.pulse.advance(1)
    response = await sim.api("POST", "/api/default/auth/request-code", {"phoneNumber": LEAD})
    first, second = response.json()["code"].split("-")
    assert (response.status_code, len(first), len(second)) == (201, 4, 4)


async def test_the_server_says_who_it_is_and_since_when(sim: World):
    assert (await sim.http.get("/ping")).json() == {"message": "pong"}
    assert (await sim.http.get("/health")).json()["status"] == "ok"
    version = (await sim.api("GET", "/api/server/version")).json()
    status = (await sim.api("GET", "/api/server/status")).json()
    assert version["engine"] == "NOWEB"
    assert status["startTimestamp"] == 1_768_580_591_000
