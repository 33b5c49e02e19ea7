"""WAHA's webhooks in our words. Nothing here raises, whatever was sent: see ``UnknownEvent`` and
``DroppedEvent``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from app.whatsapp.address import Address, MessageId, phone_of
from app.whatsapp.events import (
    AckEvent,
    DropReason,
    EditedEvent,
    Event,
    Me,
    ReactionEvent,
    Restriction,
    RevokedEvent,
    SessionStatus,
    SessionStatusEvent,
    UnknownEvent,
    UnknownReason,
)
from app.whatsapp.waha_messages import (
    PROVIDER,
    Envelope,
    chat_of,
    delivery_of,
    drop_reason,
    id_of,
    is_own,
    read_message,
    sender_of,
)
from app.whatsapp.wire import Json, decode, first_text, header, inside, instant, rows, table, text

_STATUSES = {
    "STOPPED": SessionStatus.STOPPED,
    "STARTING": SessionStatus.STARTING,
    "SCAN_QR_CODE": SessionStatus.AUTH_REQUIRED,
    "PASSKEY_REQUIRED": SessionStatus.AUTH_REQUIRED,
    "PASSKEY_CONFIRMATION_REQUIRED": SessionStatus.AUTH_REQUIRED,
    "WORKING": SessionStatus.READY,
    "FAILED": SessionStatus.FAILED,
}


def session_status(raw: object) -> SessionStatus:
    """WAHA's word for the state of a session; a new word is UNKNOWN, which is not ready."""
    return _STATUSES.get(text(raw), SessionStatus.UNKNOWN)


def read_me(value: object) -> Me | None:
    """The account behind a session; None before login."""
    me = table(value)
    if not me:
        return None
    lid = first_text(me.get("lid"))
    return Me(phone_of(text(me.get("id"))), lid.partition("@")[0] if lid else None, first_text(me.get("pushName")))


def read_restriction(value: object) -> Restriction | None:
    """The limit in ``me`` or in a status's data: a reach-out lock, or a spent quota of new chats."""
    lock = table(inside(value, "reachoutTimelock"))
    if lock.get("isActive") is True:
        kind = first_text(lock.get("enforcementType")) or "reachout_timelock"
        return Restriction(kind, instant(lock.get("timeEnforcementEnds")))
    quota = table(inside(value, "messageCapping"))
    spent = quota.get("cappingStatus") == "CAPPED"
    return Restriction("capped", instant(quota.get("cycleEnd"))) if spent else None


def parse(session: str, raw: bytes, headers: Mapping[str, str]) -> list[Event]:
    """The events in a webhook that came to the address of ``session``."""
    body = table(decode(raw))
    if not body:
        return [_unreadable(session)]
    envelope = _envelope(session, body, headers)
    payload = table(body.get("payload"))
    if text(body.get("session")) not in ("", session):
        return [envelope.dropped(DropReason.OTHER_SESSION)]
    reader = _READERS.get(envelope.kind)
    return [reader(envelope, payload) if reader else envelope.unknown(UnknownReason.KIND)]


def _unreadable(session: str) -> UnknownEvent:
    return UnknownEvent(provider=PROVIDER, session=session, reason=UnknownReason.UNREADABLE)


def _envelope(session: str, body: Json, headers: Mapping[str, str]) -> Envelope:
    return Envelope(
        session=session,
        kind=text(body.get("event")),
        event_id=first_text(body.get("id")),
        at=instant(body.get("timestamp")) or instant(header(headers, "x-webhook-timestamp")),
        me=read_me(body.get("me")),
    )


def _ack(envelope: Envelope, payload: Json) -> Event:
    ident = id_of(payload.get("id"))
    status = delivery_of(payload)
    if ident is None or status is None:
        return envelope.unknown(UnknownReason.CONTENT)
    reason = drop_reason(ident, payload) or _own_receipt(ident, payload)
    if reason is not None:
        return envelope.dropped(reason)
    return AckEvent(
        message_id=ident.key,
        status=status,
        chat=Address.of_jid(ident.chat) if ident.chat else None,
        participant=ident.participant or first_text(payload.get("participant")),
        **envelope.common(),
    )


def _own_receipt(ident: MessageId, payload: Json) -> DropReason | None:
    """A receipt that we gave for a lead's message says nothing about a message of ours."""
    said = (ident.own, payload.get("fromMe"))
    return DropReason.OWN_RECEIPT if False in said and True not in said else None


def _group(envelope: Envelope, _payload: Json) -> Event:
    return envelope.dropped(DropReason.GROUP)


def _session(envelope: Envelope, payload: Json) -> Event:
    raw_status = text(payload.get("status"))
    if not raw_status:
        return envelope.unknown(UnknownReason.CONTENT)
    return SessionStatusEvent(
        status=session_status(raw_status),
        raw_status=raw_status,
        me=envelope.me,
        restriction=read_restriction(payload.get("data")),
        **envelope.common(_last_change(payload)),
    )


def _last_change(payload: Json) -> datetime | None:
    changes = rows(payload.get("statuses"))
    return instant(table(changes[-1]).get("timestamp")) if changes else None


def _reaction(envelope: Envelope, payload: Json) -> Event:
    ident = id_of(payload.get("id"))
    target = id_of(inside(payload, "reaction", "messageId"))
    chat = chat_of(ident, payload) if ident else None
    if ident is None or target is None or chat is None:
        return envelope.unknown(UnknownReason.CONTENT)
    reason = drop_reason(ident, payload)
    if reason is not None:
        return envelope.dropped(reason)
    own = is_own(ident, payload)
    return ReactionEvent(
        message_id=ident.key,
        target_id=target.key,
        chat=chat,
        sender=sender_of(envelope, payload, chat, own=own),
        own=own,
        emoji=text(inside(payload, "reaction", "text")),
        **envelope.common(instant(payload.get("timestamp"))),
    )


def _edited(envelope: Envelope, payload: Json) -> Event:
    ident = id_of(payload.get("id"))
    target = id_of(payload.get("editedMessageId"))
    chat = chat_of(ident, payload) if ident else None
    if ident is None or target is None or chat is None:
        return envelope.unknown(UnknownReason.CONTENT)
    reason = drop_reason(ident, payload)
    if reason is not None:
        return envelope.dropped(reason)
    return EditedEvent(
        message_id=ident.key,
        target_id=target.key,
        chat=chat,
        own=is_own(ident, payload),
        text=text(payload.get("body")),
        **envelope.common(instant(payload.get("timestamp"))),
    )


def _revoked(envelope: Envelope, payload: Json) -> Event:
    target = id_of(payload.get("revokedMessageId"))
    after = table(payload.get("after")) or table(payload.get("before"))
    ident = id_of(after.get("id"))
    if target is None:
        return envelope.unknown(UnknownReason.CONTENT)
    reason = drop_reason(ident, after) if ident else None
    if reason is not None:
        return envelope.dropped(reason)
    return RevokedEvent(
        message_id=ident.key if ident else None,
        target_id=target.key,
        chat=chat_of(ident, after) if ident else None,
        **envelope.common(),
    )


_READERS: dict[str, Callable[[Envelope, Json], Event]] = {
    "message": read_message,
    "message.any": read_message,
    "message.ack": _ack,
    "message.ack.group": _group,
    "session.status": _session,
    "message.reaction": _reaction,
    "message.edited": _edited,
    "message.revoked": _revoked,
}
