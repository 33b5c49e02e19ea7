"""A gateway in memory that really works: sessions, pairing, sends, acks, history, and faults on demand.

It keeps every promise of ``app.whatsapp.gateway`` and passes the same contract tests as WAHA. What WhatsApp
would do by itself happens when it is told to: ``lead_writes``, ``phone_writes``, ``acknowledge``, ``pair``.
Webhooks wait until ``deliver`` hands them to the receiver, one after the other, as signed raw bytes. Ids
count up from one and time comes from the clock, so that the same calls give the same bytes.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from app.clock import Clock
from app.whatsapp import twin_payloads as payloads
from app.whatsapp.address import Address, AddressKind
from app.whatsapp.errors import (
    AmbiguousSend,
    GatewayError,
    MediaError,
    RecipientUnreachable,
    SessionNotFound,
    SessionNotReady,
)
from app.whatsapp.events import AckEvent, Event, MediaRef, MessageEvent
from app.whatsapp.gateway import (
    Capabilities,
    GatewayInfo,
    Identity,
    NumberCheck,
    OutboundMessage,
    Pairing,
    SendReceipt,
    SessionRef,
    SessionSpec,
    SessionState,
    Sighting,
    SightingOutcome,
)
from app.whatsapp.signature import verify
from app.whatsapp.twin_payloads import JsonObject, Webhook
from app.whatsapp.waha_events import parse
from app.whatsapp.waha_history import events_of
from app.whatsapp.waha_messages import PROVIDER, delivery_of, id_of
from app.whatsapp.waha_sessions import session_state

Receiver: TypeAlias = Callable[[Webhook], Awaitable[None]]

STOPPED, STARTING, SCAN, WORKING, FAILED = "STOPPED", "STARTING", "SCAN_QR_CODE", "WORKING", "FAILED"
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(slots=True)
class _Session:
    name: str
    number: int
    changes: list[tuple[str, datetime]]
    logged_in: bool = False
    messages: list[JsonObject] = field(default_factory=list[JsonObject])

    @property
    def raw_status(self) -> str:
        return self.changes[-1][0]

    @property
    def me(self) -> JsonObject | None:
        return payloads.account(self.name, self.number) if self.raw_status == WORKING else None


class TwinGateway:
    """The gateway's twin; ``receiver`` gets the webhooks, ``auto_pair`` logs new sessions in at once."""

    provider = PROVIDER  # it speaks WAHA's dialect, so its addresses and ids belong to the same world

    def __init__(
        self,
        clock: Clock,
        *,
        hmac_keys: Mapping[str, str],
        receiver: Receiver | None = None,
        auto_pair: bool = False,
    ) -> None:
        self._clock = clock
        self._hmac_keys = hmac_keys
        self._receiver = receiver
        self._auto_pair = auto_pair
        self._started_at = clock.now()
        self._count = 0
        self._sessions: dict[str, _Session] = {}
        self._people: dict[str, Address] = {}
        self._absent: set[str] = set()
        self._files: dict[str, bytes] = {}
        self._faults: defaultdict[str, deque[GatewayError]] = defaultdict(deque)
        self._lost_answers: deque[bool] = deque()
        self.waiting: deque[Webhook] = deque()
        self.seen: list[str] = []
        self.typing_in: set[Address] = set()

    # What WhatsApp and its people do

    async def deliver(self) -> int:
        """Hand all waiting webhooks to the receiver, in order; returns how many there were.

        One that the receiver refuses by raising stays at the head of the queue, as a gateway would try it again.
        """
        count = 0
        while self.waiting:
            if self._receiver is not None:
                await self._receiver(self.waiting[0])
            self.waiting.popleft()
            count += 1
        return count

    def pair(self, session: SessionRef) -> None:
        """Somebody scans the code."""
        known = self._expect(session, SCAN)
        known.logged_in = True
        self._become(known, WORKING)

    def unpair(self, session: SessionRef) -> None:
        """The phone unlinks this device: the login is lost."""
        known = self._known(session)
        known.logged_in = False
        self._begin(known)

    def fail(self, session: SessionRef) -> None:
        """The session breaks and keeps its login."""
        self._become(self._known(session), FAILED)

    def hide(self, phone: str, lid: str, *, known: bool) -> Address:
        """From now on WhatsApp names this person by ``lid``, with the phone beside it if ``known``."""
        address = Address(AddressKind.LID, lid, phone if known else None)
        self._people[phone] = address
        return address

    def remove(self, phone: str) -> None:
        """This number leaves WhatsApp."""
        self._absent.add(phone)

    def lead_writes(self, session: SessionRef, phone: str, text: str) -> str:
        """A lead writes to us; returns the message's id."""
        return self._take(session, self.address_of(phone), text, None)

    def lead_sends_file(self, session: SessionRef, phone: str, data: bytes, mime_type: str) -> str:
        """A lead sends a file; returns the message's id."""
        url = f"twin:/{self._next()}"
        self._files[url] = data
        file = {"url": url, "mimetype": mime_type, "filename": None, "error": None}
        return self._take(session, self.address_of(phone), "", None, hasMedia=True, media=file)

    def forget_files(self) -> None:
        """The files' lifetime is over."""
        self._files.clear()

    def phone_writes(self, session: SessionRef, phone: str, text: str) -> str:
        """A person of ours writes to a lead on the phone itself; returns the message's id."""
        return self._take(session, self.address_of(phone), text, "app")

    def acknowledge(self, session: SessionRef, message_id: str, ack: int) -> None:
        """A message of ours goes a step: -1 failed, 1 sent, 2 delivered, 3 read, 4 played."""
        known = self._known(session)
        payload = self._find(known, message_id)
        if payload is None:
            raise LookupError(message_id)
        payload |= {"ack": ack, "ackName": payloads.ACK_NAMES[ack]}
        self._tell(known, "message.ack", payloads.ack(payload))

    def fail_next(self, call: str, error: GatewayError) -> None:
        """The next call of this method raises ``error`` and does nothing."""
        self._faults[call].append(error)

    def lose_next_answer(self, *, accepted: bool) -> None:
        """The next send is ambiguous; ``accepted`` says whether the message goes out all the same."""
        self._lost_answers.append(accepted)

    def sent(self, session: SessionRef) -> list[str]:
        """The ids of all messages that were sent through the gateway, in order."""
        ours = (row for row in self._known(session).messages if row["fromMe"] and row["source"] == "api")
        return [ident.key for row in ours if (ident := id_of(row["id"]))]

    def address_of(self, phone: str) -> Address:
        """How WhatsApp names this person now."""
        return self._people.get(phone, Address.of_phone(phone))

    # The port

    def capabilities(self) -> Capabilities:
        return Capabilities(pairing=True, history=True, check_number=True, own_message_ids=True)

    async def describe(self) -> GatewayInfo:
        self._strike("describe")
        return GatewayInfo(version="twin", engine="NOWEB", started_at=self._started_at)

    async def ensure_session(self, session: SessionRef, spec: SessionSpec) -> SessionState:  # noqa: ARG002  (webhooks go to the receiver)
        self._strike("ensure_session")
        known = self._sessions.get(session.name)
        if known is None:
            known = _Session(session.name, len(self._sessions) + 1, [(STOPPED, self._clock.now())])
            known.logged_in = self._auto_pair
            self._sessions[session.name] = known
        if known.raw_status == STOPPED:
            self._begin(known)
        return self._state(known)

    async def get_session(self, session: SessionRef) -> SessionState:
        self._strike("get_session")
        return self._state(self._known(session))

    async def start(self, session: SessionRef) -> SessionState:
        self._strike("start")
        known = self._known(session)
        if known.raw_status in (STOPPED, FAILED):
            self._begin(known)
        return self._state(known)

    async def stop(self, session: SessionRef) -> SessionState:
        self._strike("stop")
        known = self._known(session)
        self._become(known, STOPPED)
        return self._state(known)

    async def restart(self, session: SessionRef) -> SessionState:
        self._strike("restart")
        known = self._known(session)
        self._begin(known)
        return self._state(known)

    async def logout(self, session: SessionRef) -> None:
        self._strike("logout")
        self.unpair(session)

    async def pairing(self, session: SessionRef, *, phone: str | None = None) -> Pairing:
        self._strike("pairing")
        known = self._expect(session, SCAN)
        if phone is not None:
            return Pairing(code="TWIN-0001")
        return Pairing(qr_png=_PNG + known.name.encode())

    async def new_message_id(self, session: SessionRef) -> str | None:
        self._strike("new_message_id")
        self._expect(session, WORKING)
        return self._new_key()

    async def send(
        self,
        session: SessionRef,
        to: Address,
        message: OutboundMessage,
        *,
        client_ref: str,
        message_id: str | None = None,
    ) -> SendReceipt:
        self._strike("send")
        known = self._expect(session, WORKING)
        if to.phone in self._absent:
            raise RecipientUnreachable
        lost = self._lost_answers.popleft() if self._lost_answers else None
        if lost is False:
            raise AmbiguousSend(provider_code="twin")
        key = message_id or self._new_key()
        if self._find(known, key) is None:
            self._take(session, to, message.body, "api", key=key)
        if lost:
            raise AmbiguousSend(provider_code="twin")
        return SendReceipt(client_ref, key, to)

    async def find_sent(self, session: SessionRef, chat: Address, message_id: str) -> Sighting:  # noqa: ARG002  (ids are unique)
        try:
            self._strike("find_sent")
            found = self._find(self._expect(session, WORKING), message_id)
        except GatewayError:
            return Sighting(SightingOutcome.UNKNOWN)
        if found is None:
            return Sighting(SightingOutcome.NOT_FOUND)
        return Sighting(SightingOutcome.FOUND, delivery_of(found))

    async def mark_seen(self, session: SessionRef, chat: Address, message_ids: Sequence[str]) -> None:  # noqa: ARG002
        self._strike("mark_seen")
        self._expect(session, WORKING)
        self.seen.extend(message_ids)

    async def typing(
        self,
        session: SessionRef,
        chat: Address,
        *,
        on: bool,
        inbound_id: str | None = None,  # noqa: ARG002
    ) -> None:
        self._strike("typing")
        self._expect(session, WORKING)
        (self.typing_in.add if on else self.typing_in.discard)(chat)

    async def check_number(self, session: SessionRef, phone: str) -> NumberCheck:
        self._strike("check_number")
        self._expect(session, WORKING)
        address = Address.of_phone(phone)
        exists = address.value not in self._absent
        return NumberCheck(exists, address if exists else None)

    async def resolve(self, session: SessionRef, address: Address) -> Identity:
        self._strike("resolve")
        self._expect(session, WORKING)
        hidden = self.address_of(address.value) if address.kind is AddressKind.PHONE else address
        known = next((one for one in self._people.values() if one == hidden), address)
        lid = hidden.value if hidden.kind is AddressKind.LID else None
        return Identity(address, known.phone or address.phone, lid)

    async def fetch_media(self, session: SessionRef, media: MediaRef, *, max_bytes: int) -> bytes:
        self._strike("fetch_media")
        self._expect(session, WORKING)
        data = self._files.get(media.url or "")
        if data is None:
            raise MediaError(provider_code="404")
        if len(data) > max_bytes:
            raise MediaError(provider_code="too_large")
        return data

    async def history(
        self, session: SessionRef, *, since: datetime, chat: Address | None = None
    ) -> AsyncIterator[MessageEvent | AckEvent]:
        self._strike("history")
        known = self._expect(session, WORKING)
        earliest = int(since.timestamp())
        for payload in [row for row in known.messages if row["timestamp"] >= earliest]:
            for event in events_of(session, payload):
                if chat is None or event.chat == chat:
                    yield event

    def verify(self, session: SessionRef, raw: bytes, headers: Mapping[str, str]) -> None:
        verify(self._hmac_keys.get(session.name, ""), raw, headers)

    def parse(self, session: SessionRef, raw: bytes, headers: Mapping[str, str]) -> list[Event]:
        return parse(session.name, raw, headers)

    # Behind the port

    def _strike(self, call: str) -> None:
        if self._faults[call]:
            raise self._faults[call].popleft()

    def _known(self, session: SessionRef) -> _Session:
        known = self._sessions.get(session.name)
        if known is None:
            raise SessionNotFound(provider_code="404")
        return known

    def _expect(self, session: SessionRef, status: str) -> _Session:
        known = self._known(session)
        if known.raw_status == STOPPED:
            raise SessionNotFound(provider_code="404")
        if known.raw_status != status:
            raise SessionNotReady(raw_status=known.raw_status, expected=(status,), provider_code="422")
        return known

    def _begin(self, known: _Session) -> None:
        self._become(known, STARTING)
        self._become(known, WORKING if known.logged_in else SCAN)

    def _become(self, known: _Session, status: str) -> None:
        known.changes.append((status, self._clock.now()))
        self._tell(known, "session.status", payloads.status(known.name, known.changes))

    def _state(self, known: _Session) -> SessionState:
        activity = {"activity": payloads.millis(known.changes[-1][1])}
        return session_state({"status": known.raw_status, "me": known.me, "timestamps": activity})

    def _take(
        self,
        session: SessionRef,
        chat: Address,
        text: str,
        source: str | None,
        *,
        key: str | None = None,
        **more: Any,
    ) -> str:
        known = self._expect(session, WORKING)
        ident = key or self._new_key()
        me = payloads.account(known.name, known.number)["id"]
        payload = payloads.message(ident, chat, text, me=me, at=self._clock.now(), source=source) | more
        known.messages.append(payload)
        self._tell(known, "message.any", payload)
        return ident

    def _find(self, known: _Session, message_id: str) -> JsonObject | None:
        return next((row for row in known.messages if row["id"].endswith(f"_{message_id}")), None)

    def _tell(self, known: _Session, event: str, payload: JsonObject) -> None:
        body = payloads.envelope(
            event, payload, session=known.name, me=known.me, number=self._next(), at=self._clock.now()
        )
        self.waiting.append(payloads.webhook(self._hmac_keys[known.name], body))

    def _new_key(self) -> str:
        return f"3EB0{self._next():018X}"

    def _next(self) -> int:
        self._count += 1
        return self._count
