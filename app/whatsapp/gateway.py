"""The port to WhatsApp: what Leadline asks of a gateway, whichever one stands behind it.

One value plays this role in a process::

    gateway = use(Gateway)
    session = SessionRef("agent")

Sending, from a row that is already stored (one row, at most one call of ``send``)::

    message_id = await gateway.new_message_id(session)      # keep it in the row, commit, then:
    hello = OutboundMessage.text("Hello")
    receipt = await gateway.send(session, to, hello, client_ref=str(row.id), message_id=message_id)

``send`` either returns a receipt (the gateway accepted the message, which is not yet a delivery) or raises a
``GatewayError`` (app/whatsapp/errors.py). ``error.retryable`` means that nothing was sent and the same call
may be made again. ``AmbiguousSend`` means that nobody can tell: ask ``find_sent`` with the same
``message_id``; FOUND is accepted, NOT_FOUND may be sent again (with the same id), UNKNOWN has to wait. Every
other error is final for this message.

Receiving, on the webhook path (pure and quick, no I/O)::

    gateway.verify(session, raw, headers)                    # raises SignatureError
    events = gateway.parse(session, raw, headers)            # never raises

``session`` comes from the webhook's address; a body that speaks for another session is dropped. An event
about a message names it by its bare id, which is the same in receipts, acks, echoes and history.

Sessions: ``ensure_session`` creates or corrects one and never logs out; ``get_session`` reads its state;
``restart`` keeps the login; ``pairing`` gives the QR code while the state is AUTH_REQUIRED; ``history``
reads back what webhooks may have lost.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, Self

from app.vocabulary import DeliveryStatus
from app.whatsapp.address import Address, AddressKind
from app.whatsapp.events import (
    AckEvent,
    Event,
    Me,
    MediaRef,
    MessageEvent,
    MessageType,
    Restriction,
    SessionStatus,
)

__all__ = [
    "Address",
    "AddressKind",
    "Capabilities",
    "Event",
    "Gateway",
    "GatewayInfo",
    "Identity",
    "Me",
    "MediaRef",
    "NumberCheck",
    "OutboundMessage",
    "Pairing",
    "Restriction",
    "SendReceipt",
    "SessionRef",
    "SessionSpec",
    "SessionState",
    "SessionStatus",
    "Sighting",
    "SightingOutcome",
]

_SESSION_NAME = re.compile(r"[A-Za-z0-9_-]{1,54}")


@dataclass(frozen=True, slots=True)
class SessionRef:
    """One of our WhatsApp numbers, by name.

    Raises:
        ValueError: the name is not 1 to 54 letters, digits, hyphens and underscores.
    """

    name: str

    def __post_init__(self) -> None:
        if not _SESSION_NAME.fullmatch(self.name):
            msg = "A session name has 1 to 54 letters, digits, hyphens or underscores."
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """How a session should be set up: where its events go, and the name that the phone shows for it."""

    webhook_url: str
    device_name: str = "Leadline"


@dataclass(frozen=True, slots=True)
class SessionState:
    """The state of a session now. ``active_at`` is when the gateway last saw life in it, when it says so."""

    status: SessionStatus
    raw_status: str
    me: Me | None = None
    restriction: Restriction | None = None
    active_at: datetime | None = None

    @property
    def ready(self) -> bool:
        """Whether it sends and receives."""
        return self.status is SessionStatus.READY


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this gateway can do that not every one can: ``history`` is whether its chats can be read again."""

    history: bool


@dataclass(frozen=True, slots=True)
class GatewayInfo:
    """Which program answers, and since when it runs: another ``started_at`` means that it was restarted."""

    version: str
    engine: str
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """A message to send; made by ``text``."""

    type: MessageType
    body: str = field(repr=False)

    @classmethod
    def text(cls, body: str) -> Self:
        """Words alone."""
        return cls(MessageType.TEXT, body)


@dataclass(frozen=True, slots=True)
class SendReceipt:
    """The gateway accepted a message. ``chat`` is where it went: a lid may stand where a phone was given."""

    client_ref: str
    message_id: str
    chat: Address


class SightingOutcome(StrEnum):
    """Whether a message is in the chat's history."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the history says about a message of ours; ``delivery`` is how far it has come, if found."""

    outcome: SightingOutcome
    delivery: DeliveryStatus | None = None


@dataclass(frozen=True, slots=True)
class Pairing:
    """What logs a session in: a QR code as PNG, or a code to type. Never log or store it."""

    qr_png: bytes | None = field(default=None, repr=False)
    code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """Whether a number is on WhatsApp, and the address to write to, which may differ from the number."""

    exists: bool | None
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """An address and, when the gateway knows them, its phone and its lid."""

    address: Address
    phone: str | None = None
    lid: str | None = None


class Gateway(Protocol):
    """A way to WhatsApp. Every call raises a ``GatewayError`` when it fails."""

    @property
    def provider(self) -> str:
        """The gateway's name, as it stands in keys and labels: ``waha``."""
        ...

    def capabilities(self) -> Capabilities:
        """What this gateway can do; no I/O."""
        ...

    async def describe(self) -> GatewayInfo:
        """Which program answers; raises UnsupportedGateway when it is not one that Leadline was built for."""
        ...

    async def ensure_session(self, session: SessionRef, spec: SessionSpec) -> SessionState:
        """Create, correct or start a session as ``spec`` says; harmless to repeat, never logs out."""
        ...

    async def get_session(self, session: SessionRef) -> SessionState:
        """The state of a session, ready or not; raises SessionNotFound when it was never created."""
        ...

    async def start(self, session: SessionRef) -> SessionState:
        """Start a session; harmless when it runs."""
        ...

    async def stop(self, session: SessionRef) -> SessionState:
        """Stop a session and keep its login."""
        ...

    async def restart(self, session: SessionRef) -> SessionState:
        """Stop and start a session and keep its login."""
        ...

    async def logout(self, session: SessionRef) -> None:
        """Destroy the login of a session: for an operator only."""
        ...

    async def pairing(self, session: SessionRef, *, phone: str | None = None) -> Pairing:
        """The QR code to scan, or with ``phone`` a code to type; SessionNotReady when no login is awaited."""
        ...

    async def new_message_id(self, session: SessionRef) -> str | None:
        """An id for a message that will be sent; None when this gateway gives ids only after sending."""
        ...

    async def send(
        self,
        session: SessionRef,
        to: Address,
        message: OutboundMessage,
        *,
        client_ref: str,
        message_id: str | None = None,
    ) -> SendReceipt:
        """Send one message with at most one call to the provider; see the top of this file for its errors."""
        ...

    async def find_sent(self, session: SessionRef, chat: Address, message_id: str) -> Sighting:
        """Look for a message of ours in the chat's history; never raises, UNKNOWN when it cannot be read."""
        ...

    async def mark_seen(self, session: SessionRef, chat: Address, message_ids: Sequence[str]) -> None:
        """Show the lead that these messages of theirs were read."""
        ...

    async def typing(self, session: SessionRef, chat: Address, *, on: bool, inbound_id: str | None = None) -> None:
        """Show or hide "typing"; some gateways need the message that is being answered."""
        ...

    async def check_number(self, session: SessionRef, phone: str) -> NumberCheck:
        """Whether a number is on WhatsApp; ``exists`` is None when this gateway cannot tell."""
        ...

    async def resolve(self, session: SessionRef, address: Address) -> Identity:
        """Find the phone behind a lid; it may stay unknown for ever."""
        ...

    async def fetch_media(self, session: SessionRef, media: MediaRef, *, max_bytes: int) -> bytes:
        """The file of a message; raises MediaError when it is gone or larger than ``max_bytes``."""
        ...

    def history(
        self, session: SessionRef, *, since: datetime, chat: Address | None = None
    ) -> AsyncIterator[MessageEvent | AckEvent]:
        """Messages since then, of one chat or all; oldest first in a chat, ours followed by their acks."""
        ...

    def verify(self, session: SessionRef, raw: bytes, headers: Mapping[str, str]) -> None:
        """Check the signature of a webhook over its raw bytes, in constant time; raises SignatureError."""
        ...

    def parse(self, session: SessionRef, raw: bytes, headers: Mapping[str, str]) -> list[Event]:
        """The events in a webhook; what it cannot read comes back as UnknownEvent, nothing is ever raised."""
        ...
