"""A gateway in memory that really works: sessions, pairing, sends, acks, history, and faults on demand.

It keeps every promise of ``app.whatsapp.gateway`` and passes the same contract tests as WAHA. The world behind it, and
what can be made to happen there, is ``app.whatsapp.twin_world``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from app.whatsapp.address import Address, AddressKind
from app.whatsapp.errors import AmbiguousSend, GatewayError, MediaError, RecipientUnreachable
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
from app.whatsapp.twin_world import FAILED, SCAN, STOPPED, WORKING, TwinSession, TwinWorld
from app.whatsapp.waha_events import parse
from app.whatsapp.waha_history import events_of
from app.whatsapp.waha_messages import PROVIDER, delivery_of

_PNG = b"\x89PNG\r\n\x1a\n"


class TwinGateway(TwinWorld):
    """The gateway's twin: the port, over a world in memory."""

    provider = PROVIDER  # it speaks WAHA's dialect, so its addresses and ids belong to the same world

    def capabilities(self) -> Capabilities:
        return Capabilities(history=True)

    async def describe(self) -> GatewayInfo:
        self._strike("describe")
        return GatewayInfo(version="twin", engine="NOWEB", started_at=self._started_at)

    async def ensure_session(self, session: SessionRef, spec: SessionSpec) -> SessionState:  # noqa: ARG002 - the port names it  (webhooks go to the receiver)
        self._strike("ensure_session")
        known = self._sessions.get(session.name)
        if known is None:
            known = TwinSession(session.name, len(self._sessions) + 1, [(STOPPED, self._clock.now())])
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

    async def find_sent(self, session: SessionRef, chat: Address, message_id: str) -> Sighting:  # noqa: ARG002 - the port names it  (ids are unique)
        try:
            self._strike("find_sent")
            found = self._find(self._expect(session, WORKING), message_id)
        except GatewayError:
            return Sighting(SightingOutcome.UNKNOWN)
        if found is None:
            return Sighting(SightingOutcome.NOT_FOUND)
        return Sighting(SightingOutcome.FOUND, delivery_of(found))

    async def mark_seen(self, session: SessionRef, chat: Address, message_ids: Sequence[str]) -> None:  # noqa: ARG002 - the port names it
        self._strike("mark_seen")
        self._expect(session, WORKING)
        self.seen.extend(message_ids)

    async def typing(
        self,
        session: SessionRef,
        chat: Address,
        *,
        on: bool,
        inbound_id: str | None = None,  # noqa: ARG002 - the port names it
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
