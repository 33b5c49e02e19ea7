"""What a gateway tells us, in our words: immutable events, whichever gateway sent them.

An event never says more than its webhook did: times and phone numbers may be missing, unknown kinds stay
visible as ``UnknownEvent``, and what is deliberately ignored comes as ``DroppedEvent`` with its reason, to
be counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from app.vocabulary import DeliveryStatus
from app.whatsapp.address import Address


class MessageDirection(StrEnum):
    """Which way a message went, seen from us."""

    IN = "in"
    OUT = "out"


class Origin(StrEnum):
    """Who wrote a message: the lead, we through the gateway, or a person on our phone or WhatsApp Web.

    HUMAN is also said of our own messages when the gateway does not tell (history never does): compare the
    message id with what was sent before taking it for a person.
    """

    LEAD = "lead"
    API = "api"
    HUMAN = "human"


class MessageType(StrEnum):
    """What kind of message it is."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VOICE = "voice"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    INTERACTIVE_REPLY = "interactive_reply"
    UNSUPPORTED = "unsupported"


class SessionStatus(StrEnum):
    """The state of a session; only READY sends and receives."""

    STOPPED = "stopped"
    STARTING = "starting"
    AUTH_REQUIRED = "auth_required"
    READY = "ready"
    FAILED = "failed"
    UNKNOWN = "unknown"


class DropReason(StrEnum):
    """Why an event is none of our business."""

    GROUP = "group"
    STATUS = "status"
    NEWSLETTER = "newsletter"
    BROADCAST = "broadcast"
    OWN_RECEIPT = "own_receipt"
    OTHER_SESSION = "other_session"


class UnknownReason(StrEnum):
    """Why an event could not be understood."""

    UNREADABLE = "unreadable"
    KIND = "kind"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class MediaRef:
    """Where the file of a message can be had; ``url`` lives for minutes, None means that it was not kept."""

    message_id: str
    chat: Address
    own: bool = False
    url: str | None = field(default=None, repr=False)
    mime_type: str | None = None
    filename: str | None = field(default=None, repr=False)
    error: bool = False


@dataclass(frozen=True, slots=True)
class Referral:
    """The advertisement that a chat came from."""

    source_id: str | None = None
    source_url: str | None = None
    headline: str | None = None
    click_id: str | None = None


@dataclass(frozen=True, slots=True)
class Restriction:
    """A limit that WhatsApp put on our account; ``until`` is None when WhatsApp named no end."""

    kind: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Me:
    """The WhatsApp account behind a session."""

    phone: str | None = field(default=None, repr=False)
    lid: str | None = field(default=None, repr=False)
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """What every event says. Without ``occurred_at`` the gateway named no time: use that of receipt."""

    provider: str
    session: str
    event_id: str | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEvent(_Event):
    """A message was written, by whomever ``origin`` names; ``message_id`` is the bare id."""

    message_id: str
    chat: Address
    sender: Address
    direction: MessageDirection
    origin: Origin
    type: MessageType
    text: str = field(default="", repr=False)
    media: MediaRef | None = None
    reply_to: str | None = None
    choice_id: str | None = None
    referral: Referral | None = None
    push_name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AckEvent(_Event):
    """One of our messages went a step further: accepted, sent, delivered, read, played, or failed."""

    message_id: str
    status: DeliveryStatus
    chat: Address | None = None
    participant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStatusEvent(_Event):
    """A session said in which state it is; the same state may be said many times."""

    status: SessionStatus
    raw_status: str
    me: Me | None = None
    restriction: Restriction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionEvent(_Event):
    """Somebody put an emoji on ``target_id``; an empty ``emoji`` takes it away."""

    message_id: str
    target_id: str
    chat: Address
    sender: Address
    own: bool
    emoji: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedEvent(_Event):
    """The text of ``target_id`` was changed."""

    message_id: str
    target_id: str
    chat: Address
    own: bool
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokedEvent(_Event):
    """The message ``target_id`` was taken back."""

    message_id: str | None
    target_id: str
    chat: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedEvent(_Event):
    """Something that Leadline ignores on purpose; ``kind`` is the gateway's own word for the event."""

    reason: DropReason
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownEvent(_Event):
    """Something that could not be understood: keep its raw body, count it, and answer 200."""

    reason: UnknownReason
    kind: str = ""


Event: TypeAlias = (
    MessageEvent
    | AckEvent
    | SessionStatusEvent
    | ReactionEvent
    | EditedEvent
    | RevokedEvent
    | DroppedEvent
    | UnknownEvent
)
