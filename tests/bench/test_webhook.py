"""The webhooks of the bench are those of a gateway, and what it counts is what was stored."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psycopg
import pytest

from app.bench import webhook
from app.bench.target import Target
from app.installation import Running
from app.whatsapp.events import MessageEvent
from app.whatsapp.gateway import SessionRef
from app.whatsapp.signature import verify
from app.whatsapp.waha import WahaGateway
from tests.bench.http_stub import OK, serving

KEY = "test-hmac-key-of-the-agent"


def parts(request: bytes) -> tuple[dict[str, str], bytes]:
    head, body = request.split(b"\r\n\r\n", 1)
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    return headers, body


def target(database_url: str, web: str, folder: Path) -> Target:
    return Target(Running(1, database_url, web, "", "", simulator="http://127.0.0.1:1"), folder)


async def test_a_request_is_signed_and_reads_as_a_message_of_a_lead():
    headers, body = parts(webhook.prepare("127.0.0.1:3000", KEY, 1).requests[0])
    verify(KEY, body, headers)
    async with httpx.AsyncClient() as client:
        gateway = WahaGateway(client, base_url="http://127.0.0.1:1", api_key="k", hmac_keys={"agent": KEY})
        (event,) = gateway.parse(SessionRef("agent"), body, headers)
    assert isinstance(event, MessageEvent)
    assert event.text == webhook.TEXTS[0]


def test_no_message_occurs_twice_and_leads_write_several_each():
    load = webhook.prepare("127.0.0.1:3000", KEY, 2 * webhook.LEADS)
    payloads = [json.loads(parts(request)[1])["payload"] for request in load.requests]
    assert len({payload["id"] for payload in payloads}) == 2 * webhook.LEADS
    assert len({payload["from"] for payload in payloads}) == webhook.LEADS


@pytest.fixture
async def stub(database_url: str) -> AsyncIterator[str]:
    """A web process that stores all messages but the last, and answers as ours does."""
    seen: list[str] = []

    async def answer(body: bytes) -> bytes:
        seen.append(json.loads(body)["payload"]["id"].rsplit("_", 1)[1])
        if len(seen) <= webhook.WARM_UP + 9:
            await store(database_url, seen[-1])
        return OK

    async with serving(answer) as (host, port):
        yield f"http://{host}:{port}"


async def store(database_url: str, gateway_id: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        row = await (await connection.execute("insert into lead (name) values ('') returning id")).fetchone()
        await connection.execute(
            "insert into message (lead_id, session, direction, author, kind, status, gateway_id)"
            " values (%s, 'agent', 'in', 'lead', 'text', 'received', %s)",
            (row and row[0], gateway_id),
        )


async def test_what_was_sent_and_what_was_stored_are_both_told(stub: str, database_url: str, tmp_path: Path):
    figures = await webhook.measure(target(database_url, stub, tmp_path), rate=200, seconds=0.05)
    assert list(figures) == ["sent", "stored", "p50_ms", "p99_ms"]
    assert (figures["sent"], figures["stored"]) == (10, 9)
    assert figures["p99_ms"] is not None
