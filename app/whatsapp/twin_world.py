"""The world behind the gateway's twin: sessions, people who write, messages, and faults on demand.

What WhatsApp would do by itself happens when it is told to: ``lead_writes``, ``phone_writes``, ``acknowledge``,
``pair``. Webhooks wait until ``deliver`` hands them to the receiver, one after the other, as signed raw bytes. Ids
count up from one and time comes from the clock, so that the same calls give the same bytes.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from app.clock import Clock
from app.whatsapp import twin_payloads as payloads
from app.whatsapp.address import Address, AddressKind
from app.whatsapp.errors import GatewayError, SessionNotFound, SessionNotReady
from app.whatsapp.gateway import SessionRef, SessionState
from app.whatsapp.twin_payloads import JsonObject, Webhook
from app.whatsapp.waha_messages import id_of
from app.whatsapp.waha_sessions import session_state

Receiver: TypeAlias = Callable[[Webhook], Awaitable[None]]

STOPPED, STARTING, SCAN, WORKING, FAILED = "STOPPED", "STARTING", "SCAN_QR_CODE", "WORKING", "FAILED"


@dataclass(slots=True)
class TwinSession:
    """One number: what became of it, and its messages."""

    name: str
    number: int
    changes: list[tuple[str, datetime]]
    logged_in: bool = False
    messages: list[JsonObject] = field(default_factory=list[JsonObject])

    @property
    def raw_status(self) -> str:
        """The state, in WAHA's words."""
        return self.changes[-1][0]

    @property
    def me(self) -> JsonObject | None:
        """The account, while it is logged in."""
        return payloads.account(self.name, self.number) if self.raw_status == WORKING else None


class TwinWorld:
    """What WhatsApp and its people do; ``receiver`` gets the webhooks, ``auto_pair`` logs new sessions in at once."""

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
        self._sessions: dict[str, TwinSession] = {}
        self._people: dict[str, Address] = {}
        self._absent: set[str] = set()
        self._files: dict[str, bytes] = {}
        self._faults: defaultdict[str, deque[GatewayError]] = defaultdict(deque)
        self._lost_answers: deque[bool] = deque()
        self.waiting: deque[Webhook] = deque()
        self.seen: list[str] = []
        self.typing_in: set[Address] = set()

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

    # For the port

    def _strike(self, call: str) -> None:
        if self._faults[call]:
            raise self._faults[call].popleft()

    def _known(self, session: SessionRef) -> TwinSession:
        known = self._sessions.get(session.name)
        if known is None:
            raise SessionNotFound(provider_code="404")
        return known

    def _expect(self, session: SessionRef, status: str) -> TwinSession:
        known = self._known(session)
        if known.raw_status == STOPPED:
            raise SessionNotFound(provider_code="404")
        if known.raw_status != status:
            raise SessionNotReady(raw_status=known.raw_status, expected=(status,), provider_code="422")
        return known

    def _begin(self, known: TwinSession) -> None:
        self._become(known, STARTING)
        self._become(known, WORKING if known.logged_in else SCAN)

    def _become(self, known: TwinSession, status: str) -> None:
        known.changes.append((status, self._clock.now()))
        self._tell(known, "session.status", payloads.status(known.name, known.changes))

    def _state(self, known: TwinSession) -> SessionState:
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

    def _find(self, known: TwinSession, message_id: str) -> JsonObject | None:
        return next((row for row in known.messages if row["id"].endswith(f"_{message_id}")), None)

    def _tell(self, known: TwinSession, event: str, payload: JsonObject) -> None:
        body = payloads.envelope(
            event, payload, session=known.name, me=known.me, number=self._next(), at=self._clock.now()
        )
        self.waiting.append(payloads.webhook(self._hmac_keys[known.name], body))

    def _new_key(self) -> str:
        return f"3EB0{self._next():018X}"

    def _next(self) -> int:
        self._count += 1
        return self._count
