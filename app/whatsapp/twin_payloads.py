"""The bodies that the twin sends: WAHA's webhooks of the engine NOWEB, signed over their bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from app.whatsapp.address import Address, AddressKind
from app.whatsapp.signature import ALGORITHM, ALGORITHM_HEADER, SIGNATURE_HEADER, sign

JsonObject: TypeAlias = dict[str, Any]

ACK_NAMES = {-1: "ERROR", 0: "PENDING", 1: "SERVER", 2: "DEVICE", 3: "READ", 4: "PLAYED"}


@dataclass(frozen=True, slots=True)
class Webhook:
    """One POST: to the address of which session, with which bytes and headers."""

    session: str
    raw: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)


def webhook(key: str, body: JsonObject) -> Webhook:
    """Sign a body with the session's key, as WAHA does."""
    raw = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    headers = {
        "content-type": "application/json",
        "x-webhook-timestamp": str(body["timestamp"]),
        ALGORITHM_HEADER: ALGORITHM,
        SIGNATURE_HEADER: sign(key, raw),
    }
    return Webhook(body["session"], raw, headers)


def envelope(
    event: str, payload: JsonObject, *, session: str, me: JsonObject | None, number: int, at: datetime
) -> JsonObject:
    """What stands around every payload; ``number`` makes the event's id."""
    return {
        "id": f"evt_{number:026d}",
        "timestamp": millis(at),
        "event": event,
        "session": session,
        "metadata": {"role": session},
        "me": me,
        "payload": payload,
        "engine": "NOWEB",
    }


def account(session: str, number: int) -> JsonObject:
    """The account that logged in to a session."""
    phone = f"155501000{number:02d}"
    return {
        "id": f"{phone}@c.us",
        "lid": f"1000000000000{number:02d}@lid",
        "jid": f"{phone}:12@s.whatsapp.net",
        "pushName": session.title(),
    }


def message(key: str, chat: Address, text: str, *, me: str, at: datetime, source: str | None) -> JsonObject:
    """A message object; ``source`` is None for a lead's message, ``api`` or ``app`` for one of ours."""
    own = source is not None
    return {
        "id": f"{str(own).lower()}_{chat.jid}_{key}",
        "timestamp": int(at.timestamp()),
        "from": me if own else chat.jid,
        "fromMe": own,
        "source": source or "app",
        "to": chat.jid if own else me,
        "participant": None,
        "body": text,
        "hasMedia": False,
        "media": None,
        "ack": 0 if own else 2,
        "ackName": ACK_NAMES[0 if own else 2],
        "replyTo": None,
        "_data": {"key": _key(key, chat, own=own), "messageTimestamp": int(at.timestamp())},
    }


def _key(key: str, chat: Address, *, own: bool) -> JsonObject:
    parts: JsonObject = {"remoteJid": chat.jid.replace("@c.us", "@s.whatsapp.net"), "fromMe": own, "id": key}
    if chat.kind is AddressKind.LID and chat.phone:
        parts["remoteJidAlt"] = f"{chat.phone}@s.whatsapp.net"
    return parts


def ack(payload: JsonObject) -> JsonObject:
    """How far a message object of ours has come."""
    names = ("id", "participant", "fromMe", "ack", "ackName")
    return {name: payload[name] for name in names} | {"from": payload["to"], "to": payload["from"]}


def status(session: str, changes: list[tuple[str, datetime]]) -> JsonObject:
    """The state of a session with its last three changes."""
    latest = [{"status": name, "timestamp": millis(at)} for name, at in changes[-3:]]
    return {"name": session, "status": changes[-1][0], "statuses": latest, "data": None}


def millis(at: datetime) -> int:
    """Milliseconds since 1970."""
    return int(at.timestamp() * 1000)
