"""WAHA's message object in our words: the same shape comes by webhook and from the chat history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from app.vocabulary import DeliveryStatus
from app.whatsapp.address import Address, AddressKind, MessageId, message_id, phone_of
from app.whatsapp.events import (
    DroppedEvent,
    DropReason,
    Me,
    MediaRef,
    MessageDirection,
    MessageEvent,
    MessageType,
    Origin,
    Referral,
    UnknownEvent,
    UnknownReason,
)
from app.whatsapp.wire import Json, first_text, inside, instant, number, rows, table, text, texts

PROVIDER = "waha"

_WRAPPERS = (
    "ephemeralMessage",
    "viewOnceMessage",
    "viewOnceMessageV2",
    "viewOnceMessageV2Extension",
    "documentWithCaptionMessage",
)
_CONTENT_TYPES = {
    "conversation": MessageType.TEXT,
    "extendedTextMessage": MessageType.TEXT,
    "imageMessage": MessageType.IMAGE,
    "videoMessage": MessageType.VIDEO,
    "ptvMessage": MessageType.VIDEO,
    "audioMessage": MessageType.AUDIO,
    "documentMessage": MessageType.DOCUMENT,
    "stickerMessage": MessageType.STICKER,
    "locationMessage": MessageType.LOCATION,
    "liveLocationMessage": MessageType.LOCATION,
    "contactMessage": MessageType.CONTACT,
    "contactsArrayMessage": MessageType.CONTACT,
    "listResponseMessage": MessageType.INTERACTIVE_REPLY,
    "buttonsResponseMessage": MessageType.INTERACTIVE_REPLY,
    "templateButtonReplyMessage": MessageType.INTERACTIVE_REPLY,
    "interactiveResponseMessage": MessageType.INTERACTIVE_REPLY,
}
_CHOICES = (
    ("listResponseMessage", "singleSelectReply", "selectedRowId"),
    ("buttonsResponseMessage", "selectedButtonId"),
    ("templateButtonReplyMessage", "selectedId"),
)
_FAMILIES = {"image": MessageType.IMAGE, "video": MessageType.VIDEO, "audio": MessageType.AUDIO}
_NOT_A_PERSON = (
    ("status@broadcast", DropReason.STATUS),
    ("@broadcast", DropReason.BROADCAST),
    ("@newsletter", DropReason.NEWSLETTER),
    ("@g.us", DropReason.GROUP),
)
_ACKS = {
    -1: DeliveryStatus.FAILED,
    0: DeliveryStatus.ACCEPTED,
    1: DeliveryStatus.SENT,
    2: DeliveryStatus.DELIVERED,
    3: DeliveryStatus.READ,
    4: DeliveryStatus.PLAYED,
}
_ACK_NAMES = {
    "ERROR": DeliveryStatus.FAILED,
    "PENDING": DeliveryStatus.ACCEPTED,
    "SERVER": DeliveryStatus.SENT,
    "DEVICE": DeliveryStatus.DELIVERED,
    "READ": DeliveryStatus.READ,
    "PLAYED": DeliveryStatus.PLAYED,
}


class Common(TypedDict):
    """The fields that all events share."""

    provider: str
    session: str
    event_id: str | None
    occurred_at: datetime | None


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands around a payload."""

    session: str
    kind: str
    event_id: str | None = None
    at: datetime | None = None
    me: Me | None = None

    def common(self, at: datetime | None = None) -> Common:
        """The shared fields, at the payload's own time when it has one."""
        return {
            "provider": PROVIDER,
            "session": self.session,
            "event_id": self.event_id,
            "occurred_at": at or self.at,
        }

    def dropped(self, reason: DropReason) -> DroppedEvent:
        """This is none of our business."""
        return DroppedEvent(reason=reason, kind=self.kind, **self.common())

    def unknown(self, reason: UnknownReason) -> UnknownEvent:
        """This could not be understood."""
        return UnknownEvent(reason=reason, kind=self.kind, **self.common())


def id_of(value: object) -> MessageId | None:
    """The id of a message in any engine's form: a string, or WEBJS's object; None when there is none."""
    if isinstance(value, str) and value:
        return message_id(text(value))
    parts = table(value)
    key = first_text(parts.get("id"))
    if key is None:
        return None
    own = parts.get("fromMe")
    return MessageId(message_id(key).key, own if isinstance(own, bool) else None, first_text(parts.get("remote")))


def sent_id(answer: Json) -> MessageId | None:
    """The id in the answer to a send: NOWEB ``key.id``, GOWS ``id``, WEBJS ``id.id``, or ``_data.Info.ID``."""
    key = first_text(inside(answer, "key", "id"))
    if key is not None:
        return MessageId(key, own=True, chat=first_text(inside(answer, "key", "remoteJid")))
    return id_of(answer.get("id")) or id_of(inside(answer, "_data", "Info", "ID"))


def drop_reason(ident: MessageId, payload: Json) -> DropReason | None:
    """Why a chat is no chat with one person; None when it is one."""
    data = payload.get("_data")
    ends = (ident.chat, payload.get("from"), payload.get("to"))
    for jid in texts((*ends, inside(data, "key", "remoteJid"), inside(data, "Info", "Chat"))):
        for ending, reason in _NOT_A_PERSON:
            if jid.endswith(ending):
                return reason
    return None


def is_own(ident: MessageId, payload: Json) -> bool:
    """Whether our account wrote the message."""
    own = payload.get("fromMe")
    return own if isinstance(own, bool) else bool(ident.own)


def chat_of(ident: MessageId, payload: Json) -> Address | None:
    """The chat of a message, with the phone behind a lid when the payload gives it away."""
    data = payload.get("_data")
    end = "to" if is_own(ident, payload) else "from"
    names = (ident.chat, payload.get(end), inside(data, "key", "remoteJid"), inside(data, "Info", "Chat"))
    jid = next((name for name in texts(names) if "@" in name), None)
    return Address.of_jid(jid, hint=_phone_hint(ident, payload)) if jid else None


def _phone_hint(ident: MessageId, payload: Json) -> str | None:
    data = payload.get("_data")
    own = is_own(ident, payload)
    hints = (
        inside(data, "key", "remoteJidAlt"),
        inside(data, "key", "senderPn"),
        inside(data, "Info", "RecipientAlt" if own else "SenderAlt"),
        payload.get("to" if own else "from"),
    )
    return next((jid for jid in map(text, hints) if phone_of(jid)), None)


def content_of(payload: Json) -> Json:
    """WhatsApp's own message inside the payload, out of its wrappers."""
    data = table(payload.get("_data"))
    content = table(data.get("message")) or table(data.get("Message"))
    wrapper = next((name for name in _WRAPPERS if name in content), None)
    return table(inside(content, wrapper, "message")) if wrapper else content


def type_of(payload: Json) -> MessageType:
    """What kind of message it is, by WhatsApp's own content first, then by what WAHA says about it."""
    content = content_of(payload)
    named = next((kind for name, kind in _CONTENT_TYPES.items() if content.get(name)), None)
    if named is MessageType.AUDIO and inside(content, "audioMessage", "ptt") is True:
        return MessageType.VOICE
    return named or _type_by_fields(payload)


def _type_by_fields(payload: Json) -> MessageType:
    if table(payload.get("location")):
        return MessageType.LOCATION
    if rows(payload.get("vCards")):
        return MessageType.CONTACT
    mime_type = text(inside(payload, "media", "mimetype"))
    if mime_type:
        return _type_of_file(mime_type)
    has_text = bool(text(payload.get("body"))) and payload.get("hasMedia") is not True
    return MessageType.TEXT if has_text else MessageType.UNSUPPORTED


def _type_of_file(mime_type: str) -> MessageType:
    if mime_type.startswith("audio/ogg"):
        return MessageType.VOICE
    if mime_type.startswith("image/webp"):
        return MessageType.STICKER
    return _FAMILIES.get(mime_type.partition("/")[0], MessageType.DOCUMENT)


def media_of(ident: MessageId, chat: Address, payload: Json) -> MediaRef | None:
    """Where the file of a message is; None for a message without one."""
    media = table(payload.get("media"))
    if not media and payload.get("hasMedia") is not True:
        return None
    return MediaRef(
        message_id=ident.key,
        chat=chat,
        own=is_own(ident, payload),
        url=first_text(media.get("url"), payload.get("mediaUrl")),
        mime_type=first_text(media.get("mimetype")),
        filename=first_text(media.get("filename")),
        error=bool(media.get("error")),
    )


def delivery_of(payload: Json) -> DeliveryStatus | None:
    """How far a message has come; None for a step that we do not know."""
    ack = number(payload.get("ack"))
    named = _ACK_NAMES.get(text(payload.get("ackName")).upper())
    return named if ack is None else _ACKS.get(int(ack), named)


def read_message(envelope: Envelope, payload: Json) -> MessageEvent | DroppedEvent | UnknownEvent:
    """A message object as an event."""
    ident = id_of(payload.get("id")) or id_of(inside(payload, "_data", "key", "id"))
    if ident is None:
        return envelope.unknown(UnknownReason.CONTENT)
    reason = drop_reason(ident, payload)
    if reason is not None:
        return envelope.dropped(reason)
    chat = chat_of(ident, payload)
    if chat is None or chat.kind is AddressKind.OTHER:
        return envelope.unknown(UnknownReason.CONTENT)
    return _message(envelope, payload, ident, chat)


def _message(envelope: Envelope, payload: Json, ident: MessageId, chat: Address) -> MessageEvent:
    own = is_own(ident, payload)
    return MessageEvent(
        message_id=ident.key,
        chat=chat,
        sender=sender_of(envelope, payload, chat, own=own),
        direction=MessageDirection.OUT if own else MessageDirection.IN,
        origin=_origin(payload, own=own),
        type=type_of(payload),
        text=_text_of(payload),
        media=media_of(ident, chat, payload),
        reply_to=_reply_to(payload),
        choice_id=_choice(payload),
        referral=_referral(payload),
        push_name=None if own else _push_name(payload),
        **envelope.common(instant(payload.get("timestamp"))),
    )


def sender_of(envelope: Envelope, payload: Json, chat: Address, *, own: bool) -> Address:
    """Who wrote it: the lead, or our own account as the envelope or the message names it."""
    if not own:
        return chat
    if envelope.me is not None and envelope.me.phone:
        return Address.of_phone(envelope.me.phone)
    return Address.of_jid(text(payload.get("from")))


def _origin(payload: Json, *, own: bool) -> Origin:
    if not own:
        return Origin.LEAD
    return Origin.API if payload.get("source") == "api" else Origin.HUMAN


def _text_of(payload: Json) -> str:
    content = content_of(payload)
    said = (payload.get("body"), content.get("conversation"), inside(content, "extendedTextMessage", "text"))
    return first_text(*said) or ""


def _reply_to(payload: Json) -> str | None:
    quoted = id_of(inside(payload, "replyTo", "id"))
    return quoted.key if quoted else None


def _choice(payload: Json) -> str | None:
    content = content_of(payload)
    return first_text(*(inside(content, *path) for path in _CHOICES))


def _referral(payload: Json) -> Referral | None:
    for part in content_of(payload).values():
        advert = table(inside(part, "contextInfo", "externalAdReply"))
        if advert:
            names = ("sourceId", "sourceUrl", "title", "ctwaClid")
            source_id, source_url, headline, click_id = (first_text(advert.get(name)) for name in names)
            return Referral(source_id, source_url, headline, click_id)
    return None


def _push_name(payload: Json) -> str | None:
    data = payload.get("_data")
    return first_text(inside(data, "pushName"), inside(data, "Info", "PushName"), inside(data, "notifyName"))
