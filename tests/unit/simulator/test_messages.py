"""Messages go out, are found again in the history, and are told of faithfully."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from app.simulator.people import Addressing, People, canonical_number
from tests.unit.simulator.world import API_KEY, LEAD, TOKEN, World, breathe

CHAT = f"{LEAD}@c.us"


async def test_a_given_id_is_kept_and_the_same_id_twice_reaches_the_lead_once(sim: World):
    await sim.session()
    given = (await sim.api("GET", "/api/agent/new-message-id")).json()["id"]
    first, again = await sim.send(id=given), await sim.send(id=given)
    assert first.json()["key"]["id"] == again.json()["key"]["id"] == given
    assert len((await sim.api("GET", f"/api/agent/chats/{CHAT}/messages")).json()) == 1
    counts = sim.exchange.journal.counts()
    assert (counts["send"], counts["repeat"]) == (1, 1)


async def test_a_refused_send_is_not_accepted(sim: World):
    await sim.session()
    await sim.sim("POST", "/_sim/faults", {"trouble": "refuse_send", "once": 1})
    response = await sim.send("secret words")
    assert response.status_code == 500
    assert response.json()["request"]["body"]["text"] == "secret words"
    assert (await sim.api("GET", f"/api/agent/chats/{CHAT}/messages")).json() == []
    assert sim.exchange.journal.counts()["refused"] == 1


async def test_a_slow_send_is_accepted_before_it_is_answered(sim: World):
    await sim.session()
    await sim.sim("POST", "/_sim/faults", {"trouble": "slow_send", "once": 1, "seconds": 40})
    answer = asyncio.create_task(sim.send())
    await breathe()
    assert not answer.done()
    assert sim.exchange.journal.counts()["send"] == 1
    await sim.pulse.advance(40)
    assert (await answer).status_code == 201


async def test_an_offline_lead_gets_one_tick_and_the_rest_later(sim: World):
    await sim.session()
    await sim.sim("POST", "/_sim/leads", {"number": LEAD, "online": False})
    await sim.send()
    await sim.pulse.advance(60)
    assert [payload["ack"] for payload in sim.receiver.payloads("message.ack")] == [1]
    await sim.sim("POST", "/_sim/read", {"number": LEAD, "online": True})
    await sim.pulse.advance(0)
    assert [payload["ack"] for payload in sim.receiver.payloads("message.ack")] == [1, 2, 3]


async def test_history_filters_by_time_direction_and_ack(sim: World):
    await sim.session()
    await sim.lead_writes("old")
    await sim.pulse.advance(100)
    await sim.lead_writes("new")
    await sim.send("ours")
    await sim.pulse.advance(5)
    since = int(sim.pulse.now()) - 50

    async def history(query: str) -> list[str]:
        answer = await sim.api("GET", f"/api/agent/chats/{LEAD}%40c.us/messages?{query}")
        return [message["body"] for message in answer.json()]

    assert await history("") == ["ours", "new", "old"]
    assert await history("sortOrder=asc") == ["old", "new", "ours"]
    assert await history(f"filter.timestamp.gte={since}") == ["ours", "new"]
    assert await history(f"filter.timestamp.lte={since}") == ["old"]
    assert await history("filter.fromMe=true") == ["ours"]
    assert await history("filter.ack=READ") == ["ours"]
    assert await history("limit=1&offset=1") == ["new"]
    assert (await sim.api("GET", f"/api/agent/chats/{CHAT}/messages?limit=many")).status_code == 400


async def test_one_message_shows_how_far_it_got(sim: World):
    await sim.session()
    sent = (await sim.send()).json()["key"]["id"]
    await sim.pulse.advance(5)
    found = await sim.api("GET", f"/api/agent/chats/{CHAT}/messages/true_{CHAT}_{sent}")
    assert found.json()["ackName"] == "READ"
    assert (await sim.api("GET", f"/api/agent/chats/{CHAT}/messages/ABC")).status_code == 404


async def test_the_overview_has_the_newest_chat_first(sim: World):
    await sim.session()
    await sim.lead_writes("first", number="15550100111")
    await sim.lead_writes("second", number="15550100112")
    rows = (await sim.api("GET", "/api/agent/chats/overview")).json()
    assert [row["lastMessage"]["body"] for row in rows] == ["second", "first"]


async def test_reading_a_chat_marks_the_lead_s_messages(sim: World):
    await sim.session()
    written = await sim.lead_writes()
    answer = await sim.api("POST", f"/api/agent/chats/{CHAT}/messages/read")
    assert answer.json() == {"ids": [written["id"]]}
    await sim.lead_writes("again")
    await sim.api("POST", "/api/sendSeen", {"session": "agent", "chatId": CHAT})
    assert all(message.seen for message in sim.exchange.chats.of("agent", LEAD))


async def test_a_file_is_behind_the_key_and_expires(sim: World):
    await sim.session()
    file = {"mimetype": "image/png", "data": base64.b64encode(b"picture").decode()}
    await sim.lead_writes("look", file=file)
    address = sim.receiver.payloads("message.any")[0]["media"]["url"].removeprefix("http://127.0.0.1:3003")
    assert (await sim.http.get(address)).status_code == 401
    assert (await sim.http.get(address, headers=API_KEY)).content == b"picture"
    await sim.pulse.advance(180)
    assert (await sim.api("GET", address)).json()["error"]["key"] == "FILE_NOT_FOUND"


async def test_a_number_may_be_registered_under_another_chat_id(sim: World):
    await sim.session()

    async def exists(phone: str) -> Any:
        return (await sim.api("GET", f"/api/contacts/check-exists?phone={phone}&session=agent")).json()

    assert await exists("5541987654321") == {"numberExists": True, "chatId": "554187654321@c.us"}
    assert await exists("15550110000") == {"numberExists": False}
    assert await exists("") == {"numberExists": False}


def test_only_far_away_mobiles_of_brazil_lose_their_nine():
    assert canonical_number("5511987654321") == "5511987654321"
    assert canonical_number("5541987654321") == "554187654321"
    assert canonical_number(LEAD) == LEAD


async def test_a_hidden_number_shows_only_where_it_is_known(sim: World):
    await sim.session()
    known = await sim.sim("POST", "/_sim/leads", {"number": "15550100201", "addressing": "lid"})
    hidden = await sim.sim("POST", "/_sim/leads", {"number": "15550100202", "addressing": "lid_only"})
    assert (await sim.api("GET", f"/api/agent/lids/{known['lid']}")).json()["pn"] == "15550100201@c.us"
    assert (await sim.api("GET", f"/api/agent/lids/{hidden['lid'].removesuffix('@lid')}")).json()["pn"] is None
    assert (await sim.api("GET", "/api/agent/lids/999%40lid")).json() == {"lid": "999@lid", "pn": None}
    assert (await sim.api("GET", "/api/agent/lids/pn/15550100201")).json()["lid"] == known["lid"]
    assert (await sim.api("GET", "/api/agent/lids/pn/15550100202@c.us")).json()["lid"] is None
    assert (await sim.api("GET", "/api/agent/lids/count")).json() == {"count": 2}
    assert len((await sim.api("GET", "/api/agent/lids?limit=1")).json()) == 1


async def test_a_hidden_number_becomes_known_later(sim: World):
    await sim.session()
    await sim.sim("POST", "/_sim/leads", {"number": LEAD, "addressing": "lid_only"})
    person = await sim.sim("POST", "/_sim/leads", {"number": LEAD, "addressing": "lid"})
    assert (await sim.api("GET", f"/api/agent/lids/{person['lid']}")).json()["pn"] == CHAT


async def test_a_lead_is_answered_under_its_hidden_id(sim: World):
    await sim.session()
    person = await sim.sim("POST", "/_sim/leads", {"number": LEAD, "addressing": "lid"})
    answer = await sim.send(chat=person["lid"])
    assert answer.json()["key"]["remoteJid"] == person["lid"]
    assert (await sim.send(chat="1@lid")).status_code == 404


def test_a_share_of_people_hides_its_number():
    people = People(lid_share=0.2)
    met = [people.meet(f"155501{number:05d}").addressing for number in range(1000)]
    assert 150 < sum(addressing is not Addressing.NUMBER for addressing in met) < 250
    assert {Addressing.LID, Addressing.LID_ONLY} <= set(met)


def test_people_long_silent_are_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.simulator.people.CAPACITY", 2)
    people = People(lid_share=0.0)
    for number in ("15550100001", "15550100002", "15550100003"):
        people.meet(number)
    assert people.by_number("15550100001") is None
    assert people.by_number("+1 555 010 0003") is not None


async def test_chats_long_silent_are_forgotten(sim: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.simulator.chats.CHATS", 1)
    await sim.session()
    await sim.lead_writes(number="15550100111")
    await sim.lead_writes(number="15550100112")
    assert not sim.exchange.chats.of("agent", "15550100111")


async def test_a_reply_names_what_it_replies_to(sim: World):
    await sim.session()
    written = await sim.lead_writes()
    await sim.send("answer", reply_to=f"false_{CHAT}_{written['id']}")
    last = (await sim.api("GET", f"/api/agent/chats/{CHAT}/messages?limit=1")).json()[0]
    assert last["replyTo"]["id"] == written["id"]


async def test_the_business_reacts_to_a_lead_s_message(sim: World):
    await sim.session()
    written = await sim.lead_writes()
    message_id = f"false_{CHAT}_{written['id']}"
    body = {"session": "agent", "messageId": message_id, "reaction": "👍"}
    assert (await sim.api("PUT", "/api/reaction", body)).status_code == 200
    assert sim.exchange.chats.of("agent", LEAD)[0].reaction == "👍"
    assert (await sim.api("PUT", "/api/reaction", body | {"messageId": "?"})).status_code == 500


@pytest.mark.parametrize("file", [None, {"mimetype": "image/png"}, {"data": "no base64!"}])
async def test_a_file_that_is_none_is_an_internal_error(sim: World, file: Any):
    await sim.session()
    body = {"session": "agent", "chatId": CHAT, "file": file}
    assert (await sim.api("POST", "/api/sendFile", body)).status_code == 500


async def test_presence_is_one_of_the_known_ones(sim: World):
    await sim.session()
    assert (await sim.api("POST", "/api/agent/presence", {"presence": "online"})).status_code == 201
    body = {"presence": "typing", "chatId": CHAT}
    assert (await sim.api("POST", "/api/agent/presence", body)).status_code == 201
    assert (await sim.api("POST", "/api/agent/presence", {"presence": "asleep"})).status_code == 400


async def test_a_file_without_a_session_is_not_there(sim: World):
    assert (await sim.api("GET", "/api/files/none.jpg")).status_code == 404


@pytest.mark.parametrize(
    ("path", "wish"),
    [
        ("messages", {"number": LEAD}),
        ("messages", {"number": "nobody", "text": "hi"}),
        ("messages", {"number": LEAD, "text": "", "file": {"data": "no base64!"}}),
        ("leads", {"addressing": "pigeon"}),
        ("faults", {"trouble": "flood"}),
        ("faults", {"trouble": "drop", "rate": "often"}),
    ],
)
async def test_a_control_call_that_makes_no_sense_is_refused(sim: World, path: str, wish: Any):
    await sim.session()
    assert (await sim.http.post(f"/_sim/{path}", json=wish, headers=TOKEN)).status_code == 400


async def test_nobody_writes_to_a_session_that_does_not_work(sim: World):
    await sim.api("POST", "/api/sessions", {"name": "agent", "start": False})
    response = await sim.http.post("/_sim/messages", json={"number": LEAD, "text": "hi"}, headers=TOKEN)
    assert response.status_code == 422


async def test_a_reaction_needs_a_message(sim: World):
    await sim.session()
    body = {"number": LEAD, "message": "ABC", "text": "🙏"}
    assert (await sim.http.post("/_sim/reactions", json=body, headers=TOKEN)).status_code == 404


async def test_a_reset_forgets_people_chats_faults_and_journal(sim: World):
    await sim.session()
    await sim.lead_writes()
    await sim.sim("POST", "/_sim/faults", {"trouble": "drop"})
    await sim.sim("POST", "/_sim/reset")
    assert not sim.exchange.chats.of("agent", LEAD)
    assert await sim.sim("GET", "/_sim/faults") == []
    assert (await sim.sim("GET", "/_sim/journal"))["entries"] == []
    assert sim.exchange.sessions.named("agent").status == "WORKING"


async def test_faults_are_listed_and_lifted(sim: World):
    await sim.sim("POST", "/_sim/faults", {"trouble": "drop", "rate": 0.5})
    assert [fault["rate"] for fault in await sim.sim("GET", "/_sim/faults")] == [0.5]
    await sim.sim("DELETE", "/_sim/faults")
    assert await sim.sim("GET", "/_sim/faults") == []


async def test_settling_waits_for_every_ack(sim: World):
    await sim.session()
    await sim.send()
    settled = asyncio.create_task(sim.exchange.settle())
    await sim.pulse.advance(5)
    await settled
    assert sim.exchange.postman.waiting == 0
