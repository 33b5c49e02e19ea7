"""How fast a webhook is answered, and whether every one of them was stored."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from app.bench.figures import Object, latencies
from app.bench.lean_http import Connections, Lost, post
from app.bench.pace import count, no_collections, steadily
from app.bench.target import Target
from app.whatsapp.signature import ALGORITHM, ALGORITHM_HEADER, SIGNATURE_HEADER, sign

LEADS = 200
"""How many leads write; their messages come in turn, as bursts do."""
WARM_UP = 20
PATH = "/webhooks/waha/agent"
TEXTS = (
    "Hello, I would like to know more about the evening course",
    "My name is Lia and I live in Porto",
    "I can pay 80 euros a month",
    "I would like to start next month",
    "I decide that alone",
)
STORED = "select count(*) from message where session = 'agent' and gateway_id like %s"


@dataclass(frozen=True)
class Load:
    """Webhooks to send. ``mark`` begins the message ids of this run."""

    mark: str
    requests: Sequence[bytes]


async def measure(target: Target, *, rate: float, seconds: float) -> Object:
    """Send signed webhooks at ``rate`` a second; returns what ``bench webhook --json`` prints."""
    key = target.webhook_key()
    warm_up = prepare(target.host, key, WARM_UP)
    load = prepare(target.host, key, count(rate, seconds))
    connections = Connections(*target.address)
    await connections.prepare(16)
    for request in warm_up.requests:
        await connections.send(request)
    taken: list[float] = []

    async def send(number: int) -> None:
        begun = time.perf_counter()
        try:
            status = await connections.send(load.requests[number])
        except (Lost, OSError):
            return
        if status == 200:
            taken.append(time.perf_counter() - begun)

    with no_collections():
        await steadily(rate, seconds, send)
    connections.close()
    stored = await stored_of(target.running.database_url, load.mark)
    return {"sent": len(load.requests), "stored": stored, **latencies(taken, 50, 99)}


def prepare(host: str, key: str, messages: int) -> Load:
    """Make so many signed requests, all before the first one is sent."""
    mark = f"3EB0{secrets.token_hex(5).upper()}"
    return Load(mark, [_request(host, key, mark, number) for number in range(messages)])


async def stored_of(database_url: str, mark: str) -> int:
    """How many messages of a run the database has."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        row = await (await connection.execute(STORED, (f"{mark}%",))).fetchone()
    return int(row[0]) if row else 0


def _request(host: str, key: str, mark: str, number: int) -> bytes:
    body = json.dumps(message_event(mark, number), separators=(",", ":")).encode()
    signature = {SIGNATURE_HEADER: sign(key, body), ALGORITHM_HEADER: ALGORITHM}
    return post(host, PATH, body, {**signature, "X-Webhook-Request-Id": f"{mark}{number:06X}"})


def message_event(mark: str, number: int) -> Object:
    """One message of a lead as WAHA delivers it; its number is of a range that nobody owns."""
    chat, key = f"1555010{number % LEADS:04d}@c.us", f"{mark}{number:06X}"
    now, text = int(time.time()), TEXTS[number // LEADS % len(TEXTS)]
    remote = {"remoteJid": chat.replace("@c.us", "@s.whatsapp.net"), "fromMe": False, "id": key}
    data = {"key": remote, "messageTimestamp": now, "pushName": f"Bench {number % LEADS}", "broadcast": False}
    payload = {
        "id": f"false_{chat}_{key}",
        "timestamp": now,
        "from": chat,
        "fromMe": False,
        "source": "app",
        "to": "15550109999@c.us",
        "participant": None,
        "body": text,
        "hasMedia": False,
        "media": None,
        "ack": 1,
        "ackName": "SERVER",
        "_data": {**data, "message": {"conversation": text}},
    }
    return {
        "id": f"evt_{key}",
        "timestamp": now * 1000,
        "event": "message",
        "session": "agent",
        "me": {"id": "15550109999@c.us", "pushName": "Leadline"},
        "payload": payload,
        "engine": "NOWEB",
    }
