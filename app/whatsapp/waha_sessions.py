"""WAHA's session objects: what we ask for, and what we read from them."""

from __future__ import annotations

from app.whatsapp.gateway import SessionSpec, SessionState
from app.whatsapp.waha_events import read_me, read_restriction, session_status
from app.whatsapp.wire import Json, inside, instant, rows, table, text

EVENTS = (
    "session.status",
    "message.any",  # not also "message": one inbound message would come twice
    "message.ack",
    "message.edited",
    "message.revoked",
    "message.reaction",
)


def session_config(name: str, spec: SessionSpec, hmac_key: str) -> dict[str, object]:
    """The configuration of a session: one signed webhook, and a store, so that history can be read."""
    webhook: dict[str, object] = {
        "url": spec.webhook_url,
        "events": list(EVENTS),
        "hmac": {"key": hmac_key},
        "retries": {"policy": "exponential", "delaySeconds": 2, "attempts": 10},
    }
    return {
        "metadata": {"role": name},
        "debug": False,
        "ignore": {"status": True, "groups": True, "channels": True, "broadcast": True},
        "client": {"deviceName": spec.device_name, "browserName": "Chrome"},
        "noweb": {"markOnline": False, "store": {"enabled": True, "fullSync": False}},
        "webhooks": [webhook],
    }


def covers(actual: object, wanted: object) -> bool:
    """Whether a configuration says all that we want; what WAHA adds of its own does not matter."""
    fields, items = table(wanted), rows(wanted)
    if fields:
        there = table(actual)
        return all(covers(there.get(key), value) for key, value in fields.items())
    if items:
        return len(items) == len(rows(actual)) and all(map(covers, rows(actual), items))
    return actual == wanted


def session_state(info: Json) -> SessionState:
    """The state in WAHA's SessionInfo or SessionDTO."""
    raw_status = text(info.get("status"))
    return SessionState(
        status=session_status(raw_status),
        raw_status=raw_status,
        me=read_me(info.get("me")),
        restriction=read_restriction(info.get("me")),
        active_at=instant(inside(info, "timestamps", "activity")),
    )
