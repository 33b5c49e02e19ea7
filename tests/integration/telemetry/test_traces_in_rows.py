"""A trace waits in the row of what waits, and goes on with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app.board.live import LiveBoard
from app.board.live_listener import Told
from app.clock import Clock, FixedClock, SystemClock
from app.conversations import ownership, turns
from app.database import Database, at_once
from app.leads.models import Lead
from app.registry import override
from app.settings import Settings
from app.team.viewer import Viewer
from app.telemetry import instrument_engine, span, traces
from app.vocabulary import Role
from app.whatsapp.errors import RateLimited
from tests.integration.conversations.world import AGENT, World
from tests.support.spans import attributes_of, links_of, named, parent_of, trace_of

READ = 3
GREETING = "Hello, I would like to learn English"
TURN, SEND = "process leadline:turn", "process leadline:send"


async def says(world: World, text: str) -> None:
    """A webhook arrives, in a trace of its own as the front door begins it."""
    with span("webhook"):
        await world.says(text)


async def test_without_a_receiver_rows_and_jobs_carry_nothing(world: World):
    await world.says(GREETING)
    assert (await world.lead()).turn_trace is None
    world.clock.move(seconds=3)
    await turns.sweep_due()
    (job,) = await world.rows("select args from procrastinate_jobs where status = 'todo'")
    assert set(job.args) == {"lead_id", "due"}
    await world.settle()
    assert [row.trace for row in await world.rows("select trace from message")] == [None, None]


async def test_the_answer_to_a_burst_continues_its_last_message_and_points_at_the_first(
    world: World, spans: InMemorySpanExporter
):
    await says(world, "Hello")
    await says(world, "I would like to learn English")
    await world.pass_time(3)
    first, second = named(spans, "webhook")
    (turn,), (sent,) = named(spans, TURN), named(spans, SEND)
    assert second.context is not None
    assert parent_of(turn) == second.context.span_id
    assert links_of(turn) == [trace_of(first)]
    assert trace_of(sent) == trace_of(second)
    answer = await world.one("select * from message where direction = 'out'")
    assert trace_of(second) in answer.trace
    assert attributes_of(turn)["lead.id"] == attributes_of(sent)["lead.id"] == answer.lead_id


async def test_the_next_burst_begins_anew(world: World, spans: InMemorySpanExporter):
    await says(world, GREETING)
    await world.pass_time(3)
    await says(world, "In the evenings")
    _, second = named(spans, "webhook")
    kept = (await world.lead()).turn_trace
    assert kept.split() == [kept]
    assert trace_of(second) in kept


def test_a_chat_given_back_to_the_agent_continues_the_click_and_not_an_old_message(
    settings: Settings, clock: FixedClock, spans: InMemorySpanExporter
):
    lead = Lead(first_unanswered_at=clock.now(), turn_trace="of a message long ago")
    with span("click"):
        ownership.resume(lead, clock.now())
    assert trace_of(named(spans, "click")[0]) in str(lead.turn_trace)


async def test_a_turn_that_began_leaves_no_trace_behind(world: World, spans: InMemorySpanExporter):
    await says(world, GREETING)
    await world.pass_time(3)
    assert (await world.lead()).turn_trace is None


async def test_a_long_burst_keeps_the_newest_traces(world: World, spans: InMemorySpanExporter):
    for number in range(12):
        await says(world, f"Message {number}")
    newest = [trace_of(one) for one in named(spans, "webhook")][:-9:-1]
    kept = (await world.lead()).turn_trace
    assert [one.split("-")[1] for one in kept.split()] == newest


async def test_a_send_that_had_to_wait_has_a_trace_of_its_own_that_points_at_its_messages(
    world: World, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
):
    async def refuse(*_: Any, **__: Any) -> None:
        raise RateLimited(retry_after=5.0)

    await says(world, GREETING)
    with monkeypatch.context() as patch:
        patch.setattr(world.gateway, "send", refuse)
        await world.pass_time(3)
    await world.pass_time(60)
    (webhook,) = named(spans, "webhook")
    refused, late = named(spans, SEND)
    assert trace_of(refused) == trace_of(webhook)
    assert parent_of(late) is None
    assert links_of(late) == [trace_of(webhook)]
    assert await world.replies()


async def test_an_ack_points_at_the_trace_of_its_message(world: World, spans: InMemorySpanExporter):
    await says(world, GREETING)
    await world.pass_time(3)
    answer = await world.one("select * from message where direction = 'out'")
    world.gateway.acknowledge(AGENT, answer.gateway_id, READ)
    with span("ack"):
        await world.gateway.deliver()
    (ack,) = named(spans, "ack")
    assert links_of(ack) == [trace_of(named(spans, "webhook")[0])]
    assert attributes_of(ack)["lead.id"] == answer.lead_id


class Nobody:
    """Sockets to a browser that takes everything."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    async def emit(self, keys: dict[str, Any], to: Sequence[str]) -> None:
        self.sent.append(keys)

    async def enter(self, sid: str, rooms: Sequence[str]) -> bool:
        return True

    async def viewers(self, sids: Sequence[str]) -> dict[str, Viewer | None]:
        return dict.fromkeys(sids)

    async def close(self, sid: str) -> None:
        """There is nothing to close."""


async def test_one_emit_for_several_changes_ends_the_newest_trace_and_points_at_the_others(
    database: Database, settings: Settings, spans: InMemorySpanExporter
):
    heard: list[str | None] = []
    board = LiveBoard(Nobody(), changed=lambda _: heard.append((traces.current_trace() or {}).get("trace_id")))
    with override(Clock, SystemClock()):
        await board.join("sid", Viewer(1, "Mara", "M", Role.MANAGER, "mara@example.test"))
        for _ in range(2):
            with span("change"):
                notice = {"k": "lead", "id": 7, "t": traces.traceparent()}
            board.hear(Told("lead", notice))
        board.hear(Told("lead", {"k": "lead", "id": 8}))
        await board.catch_up()
    first, second = named(spans, "change")
    (emitted,) = named(spans, "emit board")
    assert trace_of(emitted) == trace_of(second)
    assert links_of(emitted) == [trace_of(first)]
    assert attributes_of(emitted)["lead.id"] == 7
    # What the drawers do about it belongs to the same trace.
    assert heard == [trace_of(first), trace_of(second), None]


async def test_statements_are_spans_of_the_work_they_belong_to(database: Database, spans: InMemorySpanExporter):
    instrument_engine(database.engine, "traced")
    await at_once(sa.text("select 1 from lead"), {})
    with span("turn"):
        await at_once(sa.text("select 1 from lead where name = :name"), {"name": "Elena"})
    await at_once(sa.text("select pg_sleep(0.11)"), {})
    inside, turn, slow = spans.get_finished_spans()
    assert turn.context is not None
    assert (inside.name, parent_of(inside)) == ("select lead", turn.context.span_id)
    assert attributes_of(inside)["db.system.name"] == "postgresql"
    assert "Elena" not in inside.to_json()
    assert parent_of(slow) is None
    assert attributes_of(slow)["leadline.slow"] is True
