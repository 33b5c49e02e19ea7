"""The phone page's own calls: pick up a phone, write, be written to."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.simulator.phone_routes import STATIC
from app.simulator.switchboard import BACKLOG, Switchboard
from tests.unit.simulator.world import World, breathe, world

ASSETS = Path(__file__).parents[3] / "assets"


async def page(sim: World, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    headers = {"X-Phone-Key": sim.app.state.page_key}
    response = await sim.http.request(method, f"/phone/api{path}", json=body, headers=headers)
    assert response.status_code == status, response.text
    return response.json() if response.content else None


async def pick_up(sim: World, **wish: Any) -> str:
    return (await page(sim, "POST", "/people", {"name": "Mariana Duarte", "language": "pt"} | wish, 201))["number"]


async def test_the_page_brings_its_key_and_nothing_from_elsewhere(sim: World):
    response = await sim.http.get("/phone")
    assert sim.app.state.page_key in response.text
    assert "Aurora Languages" in response.text
    assert "{{" not in response.text
    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert (await sim.http.get("/phone/static/phone.js")).status_code == 200
    assert (await sim.http.get("/")).headers["location"] == "/phone"


async def test_the_design_has_one_source(sim: World):
    served = await sim.http.get("/phone/static/tokens.css")
    assert served.headers["content-type"].startswith("text/css")
    assert served.text == (ASSETS / "tokens.css").read_text("utf-8")
    ours, theirs = rules(STATIC / "phone.css"), rules(ASSETS / "ui.css")
    shared = ours.keys() & theirs.keys()
    assert len(shared) > 90
    assert {name: ours[name] for name in shared} == {name: theirs[name] for name in shared}


def rules(sheet: Path) -> dict[str, list[str]]:
    """What a style sheet says first of each selector."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
    found: dict[str, list[str]] = {}
    for selectors, said in re.findall(r"([^{}@]+)\{([^{}]*)\}", text):
        for selector in selectors.split(","):
            found.setdefault(selector.strip(), sorted(part.strip() for part in said.split(";") if part.strip()))
    return found


async def test_nobody_calls_without_the_key_of_the_page(sim: World):
    assert (await sim.http.get("/phone/api/state")).status_code == 401


async def test_a_new_phone_has_a_number_of_its_own_and_a_chat_with_the_agent(sim: World):
    await sim.session()
    number = await pick_up(sim)
    assert number.startswith("155501")
    told = await page(sim, "GET", f"/people/{number}/chats")
    assert told["chats"] == {"agent": []}
    assert (await page(sim, "GET", "/state"))["people"][0]["name"] == "Mariana Duarte"


async def test_a_phone_may_hide_its_number(sim: World):
    await sim.session()
    number = await pick_up(sim, hidden=True)
    await page(sim, "POST", f"/people/{number}/messages", {"text": "Oi"}, 201)
    await breathe()
    assert sim.receiver.payloads("message.any")[0]["from"].endswith("@lid")


async def test_ticks_follow_what_the_business_did(sim: World):
    await sim.session()
    number = await pick_up(sim)
    sent = await page(sim, "POST", f"/people/{number}/messages", {"text": "Oi"}, 201)
    await breathe()
    await sim.api("POST", "/api/sendSeen", {"session": "agent", "chatId": f"{number}@c.us"})
    told = await page(sim, "GET", f"/people/{number}/chats")
    assert sent["tick"] == "sent"
    assert told["chats"]["agent"][0]["tick"] == "read"


async def test_a_message_that_the_business_did_not_take_has_one_tick(sim: World):
    await sim.session()
    sim.receiver.answer(503)
    number = await pick_up(sim)
    await page(sim, "POST", f"/people/{number}/messages", {"text": "Oi"}, 201)
    await breathe()
    told = await page(sim, "GET", f"/people/{number}/chats")
    assert told["chats"]["agent"][0]["tick"] == "sent"


async def test_a_person_who_plays_reads_only_what_they_look_at(sim: World):
    await sim.session()
    number = await pick_up(sim)
    await sim.send("Olá", chat=f"{number}@c.us")
    await sim.pulse.advance(60)
    assert [payload["ack"] for payload in sim.receiver.payloads("message.ack")] == [1, 2]
    await page(sim, "POST", f"/people/{number}/look", {"session": "agent"}, 204)
    await breathe()
    assert sim.receiver.payloads("message.ack")[-1]["ack"] == 3


async def test_what_arrives_in_an_open_chat_is_read(sim: World):
    await sim.session()
    number = await pick_up(sim)
    await sim.send("Olá", chat=f"{number}@c.us")
    await sim.pulse.advance(sim.exchange.options.pace.sent)
    await page(sim, "POST", f"/people/{number}/look", {"session": "agent"}, 204)
    await sim.pulse.advance(60)
    assert [payload["ack"] for payload in sim.receiver.payloads("message.ack")] == [1, 2, 3]


async def test_a_consultant_s_number_opens_a_second_chat(sim: World):
    await sim.session("agent")
    await sim.session("consultant")
    number = await pick_up(sim)
    await sim.send("Aqui é a Ana", chat=f"{number}@c.us", session="consultant")
    await sim.pulse.advance(1)
    told = await page(sim, "GET", f"/people/{number}/chats")
    assert [message["text"] for message in told["chats"]["consultant"]] == ["Aqui é a Ana"]


async def test_what_comes_while_there_is_no_signal_shows_when_it_is_back(sim: World):
    await sim.session()
    number = await pick_up(sim)
    await page(sim, "POST", f"/people/{number}/signal", {"online": False}, 204)
    await sim.send("Olá", chat=f"{number}@c.us")
    await sim.pulse.advance(60)
    await page(sim, "POST", f"/people/{number}/signal", {"online": True}, 204)
    await sim.pulse.advance(0)
    assert [payload["ack"] for payload in sim.receiver.payloads("message.ack")] == [1, 2]


async def test_nobody_can_write_while_the_business_is_away(sim: World):
    number = await pick_up(sim)
    await page(sim, "POST", f"/people/{number}/messages", {"text": "Oi"}, 503)


@pytest.mark.parametrize("text", ["", "   ", "x" * 4097])
async def test_a_message_has_words_and_an_end(sim: World, text: str):
    await sim.session()
    number = await pick_up(sim)
    await page(sim, "POST", f"/people/{number}/messages", {"text": text}, 400)


async def test_a_phone_needs_a_name(sim: World):
    await page(sim, "POST", "/people", {"name": " "}, 400)


async def test_starting_over_forgets_the_phone(sim: World):
    await sim.session()
    number = await pick_up(sim)
    await page(sim, "POST", f"/people/{number}/messages", {"text": "Oi"}, 201)
    await page(sim, "DELETE", f"/people/{number}", None, 204)
    assert (await page(sim, "GET", "/state"))["people"] == []
    await page(sim, "GET", f"/people/{number}/chats", None, 404)


async def test_a_phone_in_hand_survives_a_restart_of_the_demo(tmp_path: Path):
    async with world(tmp_path) as sim:
        await sim.session()
        number = await pick_up(sim, hidden=True)
    async with world(tmp_path) as sim:
        (person,) = (await page(sim, "GET", "/state"))["people"]
    assert (person["number"], person["name"], person["language"]) == (number, "Mariana Duarte", "pt")
    assert person["hidden"]


async def test_leads_that_are_played_by_rule_are_not_on_the_page(sim: World):
    await sim.session()
    await sim.lead_writes()
    assert (await page(sim, "GET", "/state"))["people"] == []


async def test_an_open_page_is_told_of_messages_ticks_typing_and_sessions(sim: World):
    await sim.session()
    number = await pick_up(sim)
    chat = f"{number}@c.us"
    with sim.exchange.lines.line(number) as line:
        await page(sim, "POST", f"/people/{number}/messages", {"text": "Oi"}, 201)
        await breathe()
        await sim.api("POST", "/api/startTyping", {"session": "agent", "chatId": chat})
        await sim.api("POST", "/api/stopTyping", {"session": "agent", "chatId": chat})
        await sim.send("Olá", chat=chat)
        await sim.pulse.advance(1)
        await sim.sim("POST", "/_sim/sessions/agent/failed")
        happenings = [line.get_nowait() for _ in range(line.qsize())]
    told = [happening and happening["type"] for happening in happenings]
    assert told == ["message", "status", "typing", "typing", "message", "session"]


async def test_the_stream_carries_what_happens_and_ends_when_the_line_is_cut(sim: World):
    from app.simulator.phone_routes import _stream

    await sim.session()
    person = sim.exchange.people.by_number(await pick_up(sim))
    assert person is not None
    stream = _stream(sim.exchange, person)
    assert await anext(stream) == ": open\n\n"
    following = asyncio.ensure_future(anext(stream))
    await breathe()
    sim.exchange.lines.ring(person.number, {"type": "typing"})
    assert json.loads((await following).removeprefix("data: ")) == {"type": "typing"}
    sim.exchange.lines.close()
    assert [text async for text in stream] == []


async def test_a_quiet_stream_says_that_it_is_still_there(sim: World, monkeypatch: pytest.MonkeyPatch):
    from app.simulator.phone_routes import _stream

    monkeypatch.setattr("app.simulator.phone_routes.HEARTBEAT", 0.001)
    person = sim.exchange.meet(None, "Ana")
    stream = _stream(sim.exchange, person)
    await anext(stream)
    assert await anext(stream) == ": still here\n\n"
    await stream.aclose()


def test_a_page_that_does_not_keep_up_loses_its_line():
    lines = Switchboard()
    with lines.line("1") as line:
        for number in range(BACKLOG + 5):
            lines.ring("1", {"type": "message", "number": number})
            if line.qsize() == 1:
                first = line.get_nowait()
                if first is None:
                    return
                line.put_nowait(first)
    raise AssertionError("the line was never cut")
