"""Webhooks are tried again as the session's policy says, and trouble comes as ordered."""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise
from typing import Any

import httpx
import pytest

from app.simulator.hooks import Retries, hooks_of
from tests.unit.simulator.world import World, breathe


def retries(policy: str, attempts: int = 4) -> dict[str, Any]:
    return {"policy": policy, "delaySeconds": 2, "attempts": attempts}


async def test_an_answered_webhook_is_not_sent_again(sim: World):
    await sim.session()
    await sim.lead_writes()
    await sim.pulse.advance(600)
    assert len(sim.receiver.of("message.any")) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 500, 503, 599])
async def test_anything_but_success_is_tried_again(sim: World, status: int):
    await sim.session()
    sim.receiver.answer(status)
    await sim.lead_writes()
    await sim.pulse.advance(2)
    first, second = sim.receiver.of("message.any")
    assert first.raw == second.raw
    assert first.headers == second.headers


@pytest.mark.parametrize(
    ("policy", "waits"),
    [("constant", [2, 2, 2, 2]), ("linear", [2, 4, 6, 8])],
)
async def test_a_policy_sets_the_waits(sim: World, policy: str, waits: list[float]):
    await sim.session(retries=retries(policy))
    sim.receiver.answer(*[500] * 20)
    await sim.lead_writes()
    await sim.pulse.advance(600)
    times = [delivery.at for delivery in sim.receiver.of("message.any")]
    assert [round(later - earlier) for earlier, later in pairwise(times)] == waits
    assert sim.exchange.journal.counts()["gave_up"] == 1


def test_the_exponential_policy_doubles_with_a_little_jitter():
    pauses = list(Retries("exponential", 2.0, 10).pauses(random.Random(1)))
    for number, pause in enumerate(pauses, start=1):
        assert 2**number * 2 <= pause <= 2**number * 2 * 1.2


def test_a_webhook_without_a_policy_gets_the_gateway_s_default():
    (hook,) = hooks_of({"webhooks": [{"url": "http://x", "events": ["*"]}]})
    assert list(hook.retries.pauses(random.Random(1))) == [2.0] * 15
    assert hook.wants("session.status")


async def test_the_receiver_may_ask_for_a_longer_wait(sim: World):
    await sim.session()
    sim.receiver.answers = iter([httpx.Response(503, headers={"Retry-After": "30"})])
    await sim.lead_writes()
    await sim.pulse.advance(29)
    assert len(sim.receiver.of("message.any")) == 1
    await sim.pulse.advance(1)
    assert len(sim.receiver.of("message.any")) == 2


async def test_a_date_as_retry_after_is_not_heeded(sim: World):
    await sim.session()
    sim.receiver.answers = iter([httpx.Response(503, headers={"Retry-After": "Fri, 16 Jan 2026 16:00:00 GMT"})])
    await sim.lead_writes()
    await sim.pulse.advance(2)
    assert len(sim.receiver.of("message.any")) == 2


async def test_every_webhook_of_a_session_gets_a_copy(sim: World):
    hook = {"events": ["message.any"]}
    config = {"webhooks": [hook | {"url": "http://one"}, hook | {"url": "http://two"}]}
    await sim.api("POST", "/api/sessions", {"name": "agent", "config": config})
    await sim.pulse.advance(1)
    await sim.lead_writes()
    one, two = sim.receiver.deliveries
    assert {one.url, two.url} == {"http://one", "http://two"}
    assert one.headers["x-webhook-request-id"] != two.headers["x-webhook-request-id"]


async def test_a_session_without_webhooks_reports_to_the_default_one(tmp_path):
    from tests.unit.simulator.world import world

    changes = {"webhook_base": "http://leadline", "hmac_keys": {"agent": "key"}}
    async with world(tmp_path, **changes) as sim:
        await sim.api("POST", "/api/sessions", {"name": "agent"})
        await breathe()
        delivery = sim.receiver.deliveries[0]
        assert delivery.url == "http://leadline/webhooks/waha/agent"
        assert "x-webhook-hmac" in delivery.headers


async def order(sim: World, trouble: str, **more: Any) -> None:
    await sim.sim("POST", "/_sim/faults", {"trouble": trouble, "event": "message.any"} | more)


async def test_a_duplicate_has_the_same_event_id(sim: World):
    await sim.session()
    await order(sim, "duplicate", once=1)
    await sim.lead_writes()
    first, second = sim.receiver.of("message.any")
    assert first.raw == second.raw


async def test_a_duplicate_may_come_under_another_event_id(sim: World):
    await sim.session()
    await order(sim, "duplicate_other_id", once=1)
    await sim.lead_writes()
    first, second = sim.receiver.of("message.any")
    assert first.body["id"] != second.body["id"]
    assert first.body["payload"] == second.body["payload"]
    assert first.headers["x-webhook-request-id"] != second.headers["x-webhook-request-id"]


async def test_a_duplicate_may_come_at_the_same_instant(sim: World):
    await sim.session()
    await order(sim, "duplicate_together", once=1)
    arrived = asyncio.Barrier(2)
    post = sim.receiver.post

    async def both_are_under_way(url: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        await arrived.wait()
        return await post(url, body, headers)

    sim.exchange.postman._post = both_are_under_way
    await sim.lead_writes()
    assert len(sim.receiver.of("message.any")) == 2


async def test_a_one_shot_strikes_once(sim: World):
    await sim.session()
    await order(sim, "duplicate", once=1)
    await sim.lead_writes("one")
    await sim.lead_writes("two")
    assert len(sim.receiver.of("message.any")) == 3


async def test_a_held_back_webhook_is_overtaken_by_the_next(sim: World):
    await sim.session()
    await order(sim, "reorder", once=1)
    await sim.lead_writes("first")
    await sim.lead_writes("second")
    assert [payload["body"] for payload in sim.receiver.payloads("message.any")] == ["second", "first"]
    await sim.pulse.advance(10)
    assert len(sim.receiver.of("message.any")) == 2


async def test_a_held_back_webhook_leaves_when_nothing_overtakes_it(sim: World):
    await sim.session()
    await order(sim, "reorder", once=1)
    await sim.lead_writes()
    assert not sim.receiver.of("message.any")
    await sim.pulse.advance(2)
    assert len(sim.receiver.of("message.any")) == 1


async def test_a_delayed_webhook_leaves_late(sim: World):
    await sim.session()
    await order(sim, "delay", once=1, seconds=7)
    await sim.lead_writes()
    await sim.pulse.advance(6.9)
    assert not sim.receiver.of("message.any")
    await sim.pulse.advance(0.1)
    assert len(sim.receiver.of("message.any")) == 1


async def test_a_dropped_webhook_stays_in_the_history(sim: World):
    await sim.session()
    await order(sim, "drop", once=1)
    written = await sim.lead_writes("only in the history")
    await sim.pulse.advance(60)
    history = (await sim.api("GET", f"/api/agent/chats/{written['chat_id']}/messages")).json()
    assert not sim.receiver.of("message.any")
    assert [message["body"] for message in history] == ["only in the history"]
    assert sim.exchange.journal.counts()["dropped"] == 1


async def test_trouble_by_rate_is_the_same_for_the_same_seed(tmp_path):
    from tests.unit.simulator.world import world

    struck: list[list[bool]] = []
    for run in ("one", "two"):
        async with world(tmp_path / run) as sim:
            await sim.session()
            await order(sim, "drop", rate=0.5)
            for number in range(12):
                await sim.lead_writes(str(number))
            arrived = {payload["body"] for payload in sim.receiver.payloads("message.any")}
            struck.append([str(number) in arrived for number in range(12)])
    assert struck[0] == struck[1]
    assert len(set(struck[0])) == 2


async def test_trouble_of_one_session_leaves_the_other_alone(sim: World):
    await sim.session()
    await order(sim, "drop", session="consultant")
    await sim.lead_writes()
    assert len(sim.receiver.of("message.any")) == 1


async def test_more_than_can_wait_is_counted_and_let_go(sim: World, monkeypatch: pytest.MonkeyPatch):
    await sim.session()
    monkeypatch.setattr("app.simulator.postman.WAITING_AT_MOST", 0)
    await sim.lead_writes()
    assert not sim.receiver.of("message.any")
    assert sim.exchange.journal.counts()["overflow"] == 1


async def test_what_waits_is_lost_when_the_gateway_stops(sim: World):
    await sim.session()
    sim.receiver.answer(*[500] * 20)
    await sim.lead_writes()
    await sim.exchange.close()
    assert sim.exchange.postman.waiting == 0
