"""The requests that WAHA gets, and what is made of its answers: what the simulator does not show."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest
import respx

from app.vocabulary import DeliveryStatus
from app.whatsapp.address import Address, AddressKind
from app.whatsapp.breaker import BreakerState
from app.whatsapp.errors import (
    AmbiguousSend,
    GatewayResting,
    InvalidRequest,
    MediaError,
    SessionNotReady,
    Transient,
    UnsupportedGateway,
)
from app.whatsapp.events import AckEvent, MediaRef, MessageEvent, Restriction, SessionStatus
from app.whatsapp.gateway import Identity, OutboundMessage, SessionRef, SessionSpec, SightingOutcome
from app.whatsapp.waha import WahaGateway
from app.whatsapp.waha_sessions import covers, session_config
from tests.unit.whatsapp.fixtures import read

BASE = "http://waha.test"
AGENT = SessionRef("agent")
SPEC = SessionSpec("http://leadline.test/webhooks/waha/agent")
TO = Address.of_phone("15550100110")
HIDDEN = Address.of_jid("100000000000110@lid")
CHAT = "15550100110%40c.us"
HELLO = OutboundMessage.text("Hello!")
CONFIG = session_config("agent", SPEC, "k")


@pytest.fixture
def waha():
    with respx.mock(base_url=BASE) as router:
        yield router


@pytest.fixture
async def gateway(waha):
    async with httpx.AsyncClient() as client:
        yield WahaGateway(client, base_url=BASE, api_key="key", hmac_keys={"agent": "k"})


def body_of(route: respx.Route) -> dict[str, object]:
    return json.loads(route.calls.last.request.content)


def runs(waha, version="2026.7.1", engine="NOWEB"):
    waha.get("/api/server/version").respond(json={"version": version, "engine": engine})
    waha.get("/api/server/status").respond(json={"startTimestamp": 1768580591000})


def info(status="WORKING", **more):
    return {"name": "agent", "status": status, "config": CONFIG | {"proxy": None}, "me": None} | more


async def test_the_server_is_described(waha, gateway):
    runs(waha, "2026.11.2")

    found = await gateway.describe()

    assert (found.version, found.engine) == ("2026.11.2", "NOWEB")
    assert found.started_at == datetime.fromtimestamp(1768580591, UTC)


@pytest.mark.parametrize(
    ("version", "engine", "said"),
    [
        ("2026.7.1", "WEBJS", "WAHA runs WEBJS, but Leadline is set to NOWEB."),
        ("2026.7.1", "WPP", "WAHA runs WPP, but Leadline is set to NOWEB."),
        ("2026.7.1", None, "WAHA runs an unknown engine, but Leadline is set to NOWEB."),
        ("2026.6.3", "NOWEB", "WAHA 2026.6.3 will not do: Leadline needs 2026.7.1 or later."),
        ("main", "NOWEB", "WAHA main will not do: Leadline needs 2026.7.1 or later."),
        (None, "NOWEB", "WAHA of an unknown version will not do: Leadline needs 2026.7.1 or later."),
    ],
)
async def test_a_server_that_leadline_was_not_built_for_is_refused_before_it_is_used(
    waha, gateway, version, engine, said
):
    runs(waha, version, engine)

    with pytest.raises(UnsupportedGateway, match=said):
        await gateway.ensure_session(AGENT, SPEC)


async def test_a_new_session_signs_its_webhooks_and_keeps_a_store(waha, gateway):
    runs(waha)
    waha.get("/api/sessions/agent").respond(404, json={"message": "Session not found"})
    create = waha.post("/api/sessions").respond(201, json=info("STARTING"))

    state = await gateway.ensure_session(AGENT, SPEC)

    assert state.status is SessionStatus.STARTING
    assert body_of(create) == {"name": "agent", "start": True, "config": CONFIG}
    assert covers(CONFIG, {"webhooks": [{"url": SPEC.webhook_url, "hmac": {"key": "k"}}]})
    assert covers(CONFIG, {"noweb": {"store": {"enabled": True}}})
    assert '"message"' not in json.dumps(CONFIG)


async def test_a_session_without_a_key_for_its_webhooks_is_not_made(waha, gateway):
    runs(waha)

    with pytest.raises(InvalidRequest, match="no webhook key for the session unsigned"):
        await gateway.ensure_session(SessionRef("unsigned"), SPEC)


async def test_a_session_that_somebody_else_just_made_is_taken_as_it_is(waha, gateway):
    runs(waha)
    answers = [httpx.Response(404, json={"message": "Session not found"}), httpx.Response(200, json=info())]
    waha.get("/api/sessions/agent").mock(side_effect=answers)
    exists = {"statusCode": 422, "message": "Session 'agent' already exists. Use PUT to update it."}
    waha.post("/api/sessions").respond(422, json=exists)

    assert (await gateway.ensure_session(AGENT, SPEC)).ready


async def test_a_session_with_another_configuration_is_corrected(waha, gateway):
    runs(waha)
    waha.get("/api/sessions/agent").respond(json=info(config={"webhooks": []}))
    change = waha.put("/api/sessions/agent").respond(json=info())

    await gateway.ensure_session(AGENT, SPEC)

    assert body_of(change) == {"config": CONFIG}


def test_a_configuration_may_say_more_than_we_want_but_not_less():
    assert covers({"a": {"b": [1, {"c": 2, "d": 3}]}, "e": 4}, {"a": {"b": [1, {"c": 2}]}})
    assert not covers({"a": [1, 2]}, {"a": [1]})
    assert not covers({"a": None}, {"a": {"b": 1}})
    assert not covers({"a": "x"}, {"a": "y"})


async def test_a_restricted_account_is_told_with_the_state(waha, gateway):
    lock = {"isActive": True, "timeEnforcementEnds": 1768666991}
    me = {"id": "15550100001@c.us", "pushName": "Agent", "reachoutTimelock": lock}
    waha.get("/api/sessions/agent").respond(json=info(me=me, timestamps={"activity": 1768580591007}))

    state = await gateway.get_session(AGENT)

    assert state.ready
    assert state.restriction == Restriction("reachout_timelock", datetime.fromtimestamp(1768666991, UTC))
    assert state.active_at == datetime.fromtimestamp(1768580591.007, UTC)


async def test_a_code_that_comes_as_json_is_still_a_picture(waha, gateway):
    waha.get("/api/agent/auth/qr").respond(json={"mimetype": "image/png", "data": "iVBORw=="})

    assert (await gateway.pairing(AGENT)).qr_png == b"\x89PNG"


async def test_a_text_is_sent_with_its_id_and_without_a_preview(waha, gateway):
    route = waha.post("/api/sendText").respond(201, json=read("http/sendText_201_noweb"))

    await gateway.send(AGENT, TO, HELLO, client_ref="1", message_id="3EB0642CA036C958E41032")

    assert body_of(route) == {
        "session": "agent",
        "chatId": "15550100110@c.us",
        "text": "Hello!",
        "linkPreview": False,
        "id": "3EB0642CA036C958E41032",
    }


async def test_a_hidden_chat_is_answered_as_it_is(waha, gateway):
    route = waha.post("/api/sendText").respond(201, json=read("http/sendText_201_gows"))

    await gateway.send(AGENT, HIDDEN, HELLO, client_ref="1")

    assert body_of(route)["chatId"] == "100000000000110@lid"


@pytest.mark.parametrize(
    ("answer", "message_id"),
    [
        ("http/sendText_201_noweb", "3EB0642CA036C958E41032"),
        ("http/sendText_201_gows", "3EB0C0FFEE0000000001"),
        ("http/sendText_201_webjs", "3EB091474C1CE5341E8F"),
    ],
)
async def test_the_id_of_a_sent_message_is_found_in_every_engines_answer(waha, gateway, answer, message_id):
    waha.post("/api/sendText").respond(201, json=read(answer))

    receipt = await gateway.send(AGENT, TO, HELLO, client_ref="row 7")

    assert (receipt.client_ref, receipt.message_id) == ("row 7", message_id)


async def test_the_id_may_lie_in_the_engines_own_part_of_the_answer(waha, gateway):
    waha.post("/api/sendText").respond(201, json={"_data": {"Info": {"ID": "3EB0AA"}}})

    assert (await gateway.send(AGENT, TO, HELLO, client_ref="1")).message_id == "3EB0AA"


async def test_a_receipt_tells_the_hidden_address_behind_a_phone(waha, gateway):
    waha.post("/api/sendText").respond(201, json=read("http/sendText_201_gows"))

    receipt = await gateway.send(AGENT, TO, HELLO, client_ref="1")

    assert receipt.chat.kind is AddressKind.LID
    assert receipt.chat.phone == TO.phone


async def test_an_empty_answer_is_enough_when_the_id_was_ours(waha, gateway):
    waha.post("/api/sendText").respond(201, content=b"")

    assert (await gateway.send(AGENT, TO, HELLO, client_ref="1", message_id="3EB0AA")).message_id == "3EB0AA"


async def test_an_empty_answer_without_an_id_of_ours_is_ambiguous(waha, gateway):
    waha.post("/api/sendText").respond(201, content=b"")

    with pytest.raises(AmbiguousSend):
        await gateway.send(AGENT, TO, HELLO, client_ref="1")


async def test_an_engine_without_ids_of_its_own_beforehand_gives_none(waha, gateway):
    waha.get("/api/agent/new-message-id").respond(200, content=b"")

    assert await gateway.new_message_id(AGENT) is None


async def test_a_gateway_that_fails_again_and_again_is_left_alone(waha, gateway):
    route = waha.post("/api/sendText").mock(side_effect=httpx.ConnectError)
    for _ in range(5):
        with pytest.raises(Transient):
            await gateway.send(AGENT, TO, HELLO, client_ref="1")

    with pytest.raises(GatewayResting):
        await gateway.new_message_id(AGENT)
    sighting = await gateway.find_sent(AGENT, TO, "3EB0AA")

    assert route.call_count == 5
    assert gateway.breaker_state(AGENT) is BreakerState.OPEN
    assert sighting.outcome is SightingOutcome.UNKNOWN


async def test_a_sent_message_is_found_by_its_id(waha, gateway):
    ident = "true_15550100110@c.us_3EB0AA"
    route = waha.get(f"/api/agent/chats/{CHAT}/messages/true_{CHAT}_3EB0AA")
    route.respond(json={"id": ident, "fromMe": True, "ack": 3})

    sighting = await gateway.find_sent(AGENT, TO, "3EB0AA")

    assert (sighting.outcome, sighting.delivery) == (SightingOutcome.FOUND, DeliveryStatus.READ)


@pytest.mark.parametrize("answer", [httpx.Response(404, json={"message": "no"}), httpx.Response(200)])
async def test_a_sent_message_that_moved_to_another_chat_id_is_found_among_the_latest(waha, gateway, answer):
    waha.get(f"/api/agent/chats/{CHAT}/messages/true_{CHAT}_3EB0AA").mock(return_value=answer)
    latest = [{"id": "true_1@lid_3EB0FF"}, {"id": "true_100000000000110@lid_3EB0AA", "ack": 1}]
    route = waha.get(f"/api/agent/chats/{CHAT}/messages").respond(json=latest)

    sighting = await gateway.find_sent(AGENT, TO, "3EB0AA")

    assert (sighting.outcome, sighting.delivery) == (SightingOutcome.FOUND, DeliveryStatus.SENT)
    assert route.calls.last.request.url.params["filter.fromMe"] == "true"


async def test_read_messages_are_named_in_full(waha, gateway):
    route = waha.post("/api/sendSeen").respond(201)

    await gateway.mark_seen(AGENT, TO, ["3AA", "3AB"])

    assert body_of(route)["messageIds"] == ["false_15550100110@c.us_3AA", "false_15550100110@c.us_3AB"]


async def test_a_number_may_have_another_address_than_its_digits(waha, gateway):
    answer = {"numberExists": True, "chatId": "551100000000@c.us"}
    waha.get("/api/contacts/check-exists").respond(json=answer)

    check = await gateway.check_number(AGENT, "+55 11 9 0000-0000")

    assert check.address == Address.of_phone("551100000000")


async def test_an_answer_that_says_nothing_leaves_the_number_open(waha, gateway):
    waha.get("/api/contacts/check-exists").respond(json={})

    check = await gateway.check_number(AGENT, "15550100110")

    assert (check.exists, check.address) == (None, None)


@pytest.mark.parametrize("answer", [httpx.Response(404), httpx.Response(200, json={"lid": None, "pn": None})])
async def test_a_hidden_number_may_stay_hidden(waha, gateway, answer):
    waha.get("/api/agent/lids/100000000000110%40lid").mock(return_value=answer)

    assert await gateway.resolve(AGENT, HIDDEN) == Identity(HIDDEN, None, "100000000000110")


async def test_a_file_that_is_gone_is_downloaded_once_more_by_its_message(waha, gateway):
    waha.get("/api/files/agent/old.png").respond(404)
    again = waha.get(f"/api/agent/chats/{CHAT}/messages/false_{CHAT}_3AA")
    again.respond(json={"id": "x", "media": {"url": f"{BASE}/api/files/agent/new.png"}})
    waha.get("/api/files/agent/new.png").respond(content=b"data")
    media = MediaRef("3AA", TO, url=f"{BASE}/api/files/agent/old.png")

    assert await gateway.fetch_media(AGENT, media, max_bytes=10) == b"data"
    assert again.calls.last.request.url.params["downloadMedia"] == "true"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, json={"message": "Message not found"}),
        httpx.Response(200, json={"media": {"url": None}}),
        httpx.Response(200, json={"media": {"url": "http://elsewhere.test/api/files/agent/x"}}),
    ],
)
async def test_a_file_that_nobody_has_is_an_error(waha, gateway, answer):
    waha.get(f"/api/agent/chats/{CHAT}/messages/true_{CHAT}_3AA").mock(return_value=answer)

    with pytest.raises(MediaError):
        await gateway.fetch_media(AGENT, MediaRef("3AA", TO, own=True), max_bytes=10)


async def test_a_file_is_never_fetched_from_elsewhere(waha, gateway):
    with pytest.raises(MediaError):
        await gateway.fetch_media(AGENT, MediaRef("3AA", TO, url="http://elsewhere.test/x"), max_bytes=10)


def chat(number: int, at: int, jid: str | None = None) -> dict[str, object]:
    return {"id": jid or f"1555010{number:04d}@c.us", "lastMessage": {"timestamp": at}}


def row(key: str, at: int, jid: str = "15550100110@c.us", **more: object) -> dict[str, object]:
    return {"id": f"false_{jid}_{key}", "timestamp": at, "from": jid, "fromMe": False, "body": key} | more


async def test_the_history_walks_through_all_pages_and_stops_at_the_first_silent_chat(waha, gateway):
    since = datetime.fromtimestamp(1000, UTC)
    first = [chat(number, 2000) for number in range(48)]
    first += [chat(0, 2000, "1203@g.us"), {"id": {"_serialized": "15550109999@c.us"}}]
    pages = [httpx.Response(200, json=first), httpx.Response(200, json=[chat(60, 1000), chat(61, 999)])]
    overview = waha.get("/api/agent/chats/overview").mock(side_effect=pages)
    waha.get(path__regex=r"/api/agent/chats/.*/messages").respond(json=[])

    assert [event async for event in gateway.history(AGENT, since=since)] == []

    asked = {str(call.request.url.path).split("/")[4] for call in waha.calls if "messages" in call.request.url.path}
    assert len(asked) == 50
    assert "15550109999@c.us" in asked
    assert "15550100060@c.us" in asked
    assert overview.calls.last.request.url.params["offset"] == "50"


async def test_the_history_of_a_long_chat_comes_oldest_first_without_groups_and_riddles(waha, gateway):
    newest = [row(f"3A{number:03d}", 3000 - number) for number in range(99)]
    newest.append({"body": "without an id"})
    own = row("3EB0", 2000, ack=2, fromMe=True, source="api", to="15550100110@c.us")
    own["id"] = "true_15550100110@c.us_3EB0"
    pages = [httpx.Response(200, json=newest), httpx.Response(200, json=[own])]
    waha.get(f"/api/agent/chats/{CHAT}/messages").mock(side_effect=pages)

    since = datetime.fromtimestamp(1000, UTC)
    found = [event async for event in gateway.history(AGENT, since=since, chat=TO)]

    assert [event.message_id for event in found[:3]] == ["3EB0", "3EB0", "3A098"]
    assert isinstance(found[0], MessageEvent)
    assert isinstance(found[1], AckEvent)
    assert found[1].status is DeliveryStatus.DELIVERED
    assert len(found) == 101


async def test_a_history_that_cannot_be_read_is_an_error(waha, gateway):
    answer = {"status": "STARTING", "expected": ["WORKING"]}
    waha.get("/api/agent/chats/overview").respond(422, json=answer)

    with pytest.raises(SessionNotReady):
        _ = [event async for event in gateway.history(AGENT, since=datetime.fromtimestamp(1000, UTC))]
