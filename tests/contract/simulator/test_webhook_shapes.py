"""The webhooks have the keys, the types and the headers of the recorded ones."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any

import pytest

from app.simulator.hooks import Hook, Retries
from tests.unit.simulator.world import LEAD, Delivery, World, fixture

FREE = {"_data"}
"""What the engine adds differs from message to message."""
GIVEN = {"text": "see photo", "file": {"mimetype": "image/jpeg", "data": "AAAA"}}
VOICE = {"text": "", "file": {"mimetype": "audio/ogg; codecs=opus", "data": "AAAA"}}


def shape(value: Any) -> Any:
    """Keys and types; numbers are alike, and an id keeps its form."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items() if key not in FREE}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    if isinstance(value, str) and re.fullmatch(r"evt_[0-9a-hjkmnp-tv-z]{26}", value):
        return "event id"
    if isinstance(value, str) and re.fullmatch(r"(true|false)_\d+@(c\.us|lid)_[0-9A-F]+", value):
        return "message id"
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def alike(delivery: Delivery, name: str) -> None:
    known = fixture(f"webhooks/{name}.json")
    assert shape(delivery.body) == shape(known["body"])
    free = {"connection", "content-length", "accept-encoding"}
    assert set(delivery.headers) == set(known["headers"]) - free


async def test_a_lead_s_message_looks_like_the_recorded_one(sim: World):
    await sim.session()
    await sim.lead_writes()
    alike(sim.receiver.of("message.any")[0], "message_any_inbound_same_message")


async def test_one_inbound_message_is_told_as_message_and_as_message_any(sim: World):
    await sim.session(events=["message", "message.any"])
    await sim.lead_writes()
    told, again = sim.receiver.deliveries
    assert {told.body["event"], again.body["event"]} == {"message", "message.any"}
    assert told.body["payload"] == again.body["payload"]
    assert told.body["id"] != again.body["id"]
    alike(sim.receiver.of("message")[0], "message_text_cus")


async def test_our_own_send_comes_back_as_written_by_the_api(sim: World):
    await sim.session()
    await sim.send()
    await sim.pulse.advance(0.1)
    alike(sim.receiver.of("message.any")[0], "message_any_from_me_api")
    assert sim.receiver.payloads("message.any")[0]["source"] == "api"


async def test_a_message_typed_on_the_phone_comes_as_written_by_the_app(sim: World):
    await sim.session("consultant")
    await sim.sim("POST", "/_sim/phone-send", {"session": "consultant", "number": LEAD, "text": "I take over"})
    await sim.pulse.advance(0.1)
    alike(sim.receiver.of("message.any")[0], "message_any_from_me_app_consultant_phone")
    assert sim.receiver.payloads("message.any")[0]["source"] == "app"


async def test_the_acks_climb_like_the_recorded_ones(sim: World):
    await sim.session()
    await sim.send()
    await sim.pulse.advance(5)
    sent, delivered, read = sim.receiver.of("message.ack")
    alike(sent, "message_ack_1_server")
    alike(delivered, "message_ack_2_device")
    alike(read, "message_ack_3_read")


async def test_a_number_nobody_has_gets_the_error_ack(sim: World):
    await sim.session()
    await sim.send(chat="15550110000@c.us")
    await sim.pulse.advance(5)
    (failed,) = sim.receiver.of("message.ack")
    alike(failed, "message_ack_error_error")


@pytest.mark.parametrize(("given", "name"), [(GIVEN, "message_image"), (VOICE, "message_voice")])
async def test_a_file_of_a_lead_looks_like_the_recorded_one(sim: World, given: dict[str, Any], name: str):
    await sim.session()
    await sim.lead_writes(**given)
    alike(sim.receiver.of("message.any")[0], name)


async def test_a_reaction_of_a_lead_looks_like_the_recorded_one(sim: World):
    await sim.session()
    sent = (await sim.send()).json()["key"]["id"]
    await sim.sim("POST", "/_sim/reactions", {"number": LEAD, "message": sent, "text": "🙏"})
    await sim.pulse.advance(0)
    alike(sim.receiver.of("message.reaction")[0], "message_reaction")


async def test_the_way_to_working_is_told_like_the_recorded_one(sim: World):
    await sim.session()
    starting, working = sim.receiver.of("session.status")
    assert set(starting.body["payload"]) == set(fixture("webhooks/session_status_starting.json")["body"]["payload"])
    alike(working, "session_status_working")
    assert starting.body["me"] is None


async def test_a_status_brings_the_last_three_and_no_more(sim: World):
    await sim.session()
    await sim.api("POST", "/api/sessions/agent/stop")
    await sim.api("POST", "/api/sessions/agent/start")
    await sim.pulse.advance(1)
    last = sim.receiver.of("session.status")[-1].body["payload"]
    assert [entry["status"] for entry in last["statuses"]] == ["STOPPED", "STARTING", "WORKING"]


async def test_a_lost_login_looks_like_the_recorded_one(sim: World):
    await sim.session()
    await sim.sim("POST", "/_sim/sessions/agent/unpaired")
    await sim.pulse.advance(1)
    alike(sim.receiver.of("session.status")[-1], "session_status_auth_lost")


@pytest.mark.parametrize(
    ("addressing", "name"),
    [("lid", "noweb_2026.8.1_message_lid"), ("lid_only", "noweb_2025.6.4_message_lid_without_phone")],
)
async def test_a_hidden_number_is_told_as_recorded(sim: World, addressing: str, name: str):
    known = fixture(f"recorded/{name}.json")["body"]["payload"]
    await sim.session()
    await sim.sim("POST", "/_sim/leads", {"number": LEAD, "name": "Lead", "addressing": addressing})
    await sim.lead_writes()
    told = sim.receiver.payloads("message.any")[0]
    assert told["from"].endswith("@lid")
    assert set(told["_data"]["key"]) == set(known["_data"]["key"])
    assert set(known) <= set(told)


async def test_the_signature_covers_the_exact_bytes(sim: World):
    await sim.session()
    await sim.lead_writes("Olá, ação! 🙏")
    delivery = sim.receiver.of("message.any")[0]
    proof = hmac.new(b"hook-secret", delivery.raw, hashlib.sha512).hexdigest()
    assert delivery.headers["x-webhook-hmac"] == proof
    assert "ação".encode() in delivery.raw


def test_the_documented_signature_is_reproduced():
    vector = fixture("hmac_vector.json")
    hook = Hook("http://x", frozenset(), vector["key"], Retries())
    signed = hook.signature(vector["raw_body"].encode())
    assert signed["x-webhook-hmac"] == vector["headers"]["X-Webhook-Hmac"]


async def test_without_a_key_nothing_is_signed(sim: World):
    await sim.session(hmac=None)
    await sim.lead_writes()
    assert not {name for name in sim.receiver.of("message.any")[0].headers if "hmac" in name}


async def test_custom_headers_are_sent_along(sim: World):
    await sim.session(customHeaders=[{"name": "X-Instance", "value": "prod"}])
    await sim.lead_writes()
    assert sim.receiver.of("message.any")[0].headers["x-instance"] == "prod"
