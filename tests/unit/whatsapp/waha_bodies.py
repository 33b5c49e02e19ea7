"""Webhooks of WAHA as tests write them, and the events in them."""

from __future__ import annotations

from app.whatsapp.address import Address
from app.whatsapp.events import Event, MessageEvent
from app.whatsapp.waha_events import parse
from tests.unit.whatsapp.fixtures import raw, read

LEAD = Address.of_jid("15550100110@c.us")
HIDDEN = Address.of_jid("100000000000110@lid")
US = Address.of_jid("15550100001@c.us")


def event_in(name: str) -> Event:
    fixture = read(name)
    (event,) = parse(fixture["body"]["session"], raw(fixture["body"]), fixture["headers"])
    return event


def told(event: str, payload: object, **more: object) -> Event:
    """The event in a webhook of the agent's session."""
    body = {"event": event, "session": "agent", "timestamp": 1768580591007, "payload": payload} | more
    (found,) = parse("agent", raw(body), {})
    return found


def message(**payload: object) -> MessageEvent:
    plain = {"id": "false_15550100110@c.us_3AAA", "timestamp": 1768580591, "from": LEAD.jid, "fromMe": False}
    event = told("message.any", plain | payload)
    assert isinstance(event, MessageEvent)
    return event
