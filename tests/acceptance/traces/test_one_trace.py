"""What the receiver of traces sees of leads, what their logs and figures tell besides, and what they keep silent."""

from __future__ import annotations

import json
from itertools import chain

import httpx
import pytest
from playwright.async_api import Browser, expect
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.acceptance.traces.conftest import Traced
from tests.acceptance.whole_way.test_phone_to_board import desk_of
from tests.acceptance.whole_way.town import Town, until
from tests.support.otlp_sink import ways

WEBHOOK = "POST /webhooks/waha/{session}"
TURN = "process leadline:turn"
SEND = ("send leadline:send", "process leadline:send")
MODEL = "chat openai/gpt-oss-20b"
PLANTED = ("+1 555 010 0199", "purple accordion", "elena@example.com")
OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}
WITH_EXEMPLARS = {
    "web": {
        "http_server_request_duration_seconds",
        "leadline_board_update_latency_seconds",
        "reflex_event_duration_seconds",
        "db_client_operation_duration_seconds",
    },
    "worker": {
        "messaging_process_duration_seconds",
        "messaging_client_operation_duration_seconds",
        "gen_ai_client_operation_duration_seconds",
        "leadline_turn_duration_seconds",
    },
}


async def scrape(port: int) -> str:
    """What a process tells whoever asks for OpenMetrics."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"http://127.0.0.1:{port}/metrics", headers=OPENMETRICS)).text


@pytest.mark.needs("chromium")
async def test_a_burst_and_its_answer_are_one_trace_from_the_webhook_to_the_board(
    traced: Traced, town: Town, browser: Browser
):
    sink = traced.sink
    # The gateway's answer comes first here: otherwise it is the echo's or the ack's trace that tells the drawer.
    for event in ("message.any", "message.ack"):
        await town.trouble("delay", session="agent", event=event, seconds=4.0)
    async with desk_of(browser, traced.leadline, "ana") as ana:
        lead = await town.meet("Elena Marchetti")
        await lead.write("Hello", "I would like to learn English")
        await ana.card("Elena Marchetti").click()
        await expect(ana.drawer.get_by_role("log")).to_contain_text("I would like to learn English")
        await lead.hear()
        expected = {
            (WEBHOOK, "emit board"): "leadline-web",
            (WEBHOOK, TURN, MODEL, "POST"): "leadline-worker",
            (WEBHOOK, TURN, *SEND, "send agent", "POST"): "leadline-worker",
            (WEBHOOK, TURN, *SEND, "emit drawer"): "leadline-web",
            (WEBHOOK, TURN, "emit board"): "leadline-web",
        }
        sink.wait_for(lambda spans: expected.keys() <= ways(spans).keys())
        await ana.drawer.get_by_role("textbox").fill("Hello Elena, this is Ana")
        await ana.drawer.get_by_role("textbox").press("Control+Enter")
        by_hand = (*SEND, "send consultant", "POST")
        sink.wait_for(lambda spans: any(way[1:] == by_hand for way in ways(spans)))
    await town.calm()

    everything = ways(sink.spans)
    assert {way: everything[way].service for way in expected} == expected
    seen = ways(sink.traces_with("send agent"))
    webhook, turn, called = seen[WEBHOOK,], seen[WEBHOOK, TURN], seen[WEBHOOK, TURN, MODEL]
    assert (webhook.kind, turn.kind, called.kind) == ("SERVER", "CONSUMER", "CLIENT")
    assert turn.attributes["leadline.turn.ended"] == "replied"
    # The first message of the burst has a trace of its own, to which the answer points.
    (pointed_at,) = turn.links
    first = next(one for one in sink.named(WEBHOOK) if (one.trace_id, one.span_id) == pointed_at)
    assert first.trace_id != webhook.trace_id
    assert {one.attributes.get("lead.id") for one in (webhook, turn, first)} == {turn.attributes["lead.id"]}
    assert called.attributes["gen_ai.response.finish_reasons"] == ["stop"]
    assert called.attributes["gen_ai.usage.output_tokens"] > 0


async def test_no_text_number_or_token_leaves_in_spans_or_logs(traced: Traced, town: Town):
    lead = await town.meet("Nadia Holm")
    await lead.write(f"My name is Nadia Holm, {', '.join(PLANTED)}, and I want to learn English")
    await lead.hear()
    await town.settled([lead])
    number = lead.number.removeprefix("+")
    traced.sink.wait_for(lambda spans: len({one.trace_id for one in spans if one.name == "send agent"}) > 1)

    told = (b"".join(traced.sink.bodies) + traced.logs().encode()).decode(errors="replace")
    for planted in (*PLANTED, "15550100199", number, lead.lid, "Nadia", *traced.secrets):
        assert planted not in told


async def test_the_log_lines_of_a_lead_carry_its_id_and_its_trace(traced: Traced, town: Town):
    lead = await town.meet("Ines Duarte")
    await lead.write("Hello, I would like to learn English")
    await lead.hear()
    ident = (await lead.record())["id"]

    def lines() -> list[dict[str, object]]:
        found = [json.loads(line) for line in traced.logs().splitlines() if '"job_done"' in line]
        return [line for line in found if line.get("lead_id") == ident]

    async def written() -> bool:
        return {"leadline:turn", "leadline:send"} <= {line["task"] for line in lines()}

    assert await until(written)
    assert len({line["trace_id"] for line in lines() if line["task"] != "leadline:brief"}) == 1


async def test_the_figures_lead_to_traces(traced: Traced, town: Town):
    lead = await town.meet("Paul Renard")
    await lead.write("Hello, I would like to learn English")
    await lead.hear()
    await town.settled([lead])
    port = int(traced.leadline.web.rpartition(":")[2])
    for role, offset in (("web", 1), ("worker", 2)):
        text = await scrape(port + offset)
        families = list(text_string_to_metric_families(text))
        samples = chain.from_iterable(family.samples for family in families)
        marked = [(one.name.removesuffix("_bucket"), one.exemplar.labels) for one in samples if one.exemplar]
        assert WITH_EXEMPLARS[role] <= {name for name, _ in marked}
        named = {labels["trace_id"] for _, labels in marked}
        traced.sink.wait_for(lambda spans, named=named: named <= {one.trace_id for one in spans})


async def test_a_receiver_that_is_away_for_a_while_is_not_felt(traced: Traced, town: Town):
    lead = await town.meet("Rosa Tamm")
    traced.sink.refusing = 400
    await lead.write("Hello, I would like to learn English")
    await lead.hear()
    await town.settled([lead])

    async def told() -> bool:
        return "trace_receiver_away" in traced.logs()

    assert await until(told)
    traced.sink.refusing = 0
    before = len(traced.sink.named("send agent"))
    await lead.write("In the evenings")
    await lead.hear()
    traced.sink.wait_for(lambda spans: sum(one.name == "send agent" for one in spans) > before)

    async def back() -> bool:
        return "trace_receiver_back" in traced.logs()

    assert await until(back)
    # One line from each of the two processes, however many batches were lost.
    assert traced.logs().count("trace_receiver_away") <= 2
