"""The gateway over WAHA (https://waha.devlike.pro), as its engines NOWEB and GOWS speak.

Requests follow WAHA's OpenAPI of 2026.7; answers are read leniently, because they differ from one engine to
the next. See app/whatsapp/waha_link.py for errors and the breaker, app/whatsapp/waha_events.py for webhooks.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime

import httpx

from app.whatsapp.address import Address, AddressKind, phone_of
from app.whatsapp.breaker import BreakerState, OnChange
from app.whatsapp.errors import (
    AmbiguousSend,
    GatewayError,
    InvalidRequest,
    MediaError,
    SessionNotFound,
    UnsupportedGateway,
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
from app.whatsapp.waha_events import parse
from app.whatsapp.waha_history import chats_since, messages_since, read_back
from app.whatsapp.waha_link import AlreadyDone, WahaLink, path
from app.whatsapp.waha_messages import PROVIDER, sent_id
from app.whatsapp.waha_sessions import covers, session_config, session_state
from app.whatsapp.wire import Json, decode, first_text, inside, instant, table, text

OLDEST_VERSION = (2026, 7, 1)  # older ones can be WORKING and deliver no events
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


class WahaGateway:
    """One WAHA server; see ``app.whatsapp.gateway`` for what each call promises.

    ``engine`` is the one engine that is accepted: shapes differ between them. ``hmac_keys`` holds the
    webhook secret of each session. The client is not closed here.
    """

    provider = PROVIDER

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        base_url: str,
        api_key: str,
        hmac_keys: Mapping[str, str],
        engine: str = "NOWEB",
        on_breaker: OnChange | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = WahaLink(client, base_url=base_url, api_key=api_key, on_breaker=on_breaker, now=now)
        self._hmac_keys = hmac_keys
        self._engine = engine

    def capabilities(self) -> Capabilities:
        return Capabilities(history=True)

    def breaker_state(self, session: SessionRef) -> BreakerState:
        """Whether messages of this session are let through to the server."""
        return self._link.breaker_state(session)

    # The server and its sessions. The breaker does not guard them: they are how a broken session is mended.

    async def describe(self) -> GatewayInfo:
        version = table(await self._link.value("GET", "/api/server/version"))
        status = table(await self._link.value("GET", "/api/server/status"))
        info = GatewayInfo(
            version=text(version.get("version")),
            engine=text(version.get("engine")),
            started_at=instant(status.get("startTimestamp")),
        )
        self._insist(info)
        return info

    def _insist(self, info: GatewayInfo) -> None:
        facts = {"engine": info.engine, "version": info.version}
        if info.engine != self._engine:
            runs = info.engine or "an unknown engine"
            raise UnsupportedGateway(f"WAHA runs {runs}, but Leadline is set to {self._engine}.", **facts)
        found = _VERSION.match(info.version)
        if found is None or tuple(map(int, found.groups())) < OLDEST_VERSION:
            runs = info.version or "of an unknown version"
            raise UnsupportedGateway(f"WAHA {runs} will not do: Leadline needs 2026.7.1 or later.", **facts)

    async def ensure_session(self, session: SessionRef, spec: SessionSpec) -> SessionState:
        await self.describe()
        config = session_config(session.name, spec, self._hmac_key(session))
        with self._link.measured(session, "session"):
            try:
                info = await self._info(session)
            except SessionNotFound:
                return await self._create(session, config)
            if not covers(info.get("config"), config):
                await self._link.ask("PUT", path("api", "sessions", session.name), json={"config": config})
                info = await self._info(session)
        state = session_state(info)
        return await self.start(session) if state.raw_status == "STOPPED" else state

    def _hmac_key(self, session: SessionRef) -> str:
        key = self._hmac_keys.get(session.name)
        if not key:
            raise InvalidRequest(f"There is no webhook key for the session {session.name}.")
        return key

    async def _create(self, session: SessionRef, config: Mapping[str, object]) -> SessionState:
        body = {"name": session.name, "start": True, "config": config}
        try:
            answer = await self._link.ask("POST", "/api/sessions", json=body)
        except AlreadyDone:
            return session_state(await self._info(session))
        return session_state(table(decode(answer.content)))

    async def _info(self, session: SessionRef) -> Json:
        return table(await self._link.value("GET", path("api", "sessions", session.name)))

    async def get_session(self, session: SessionRef) -> SessionState:
        with self._link.measured(session, "session"):
            return session_state(await self._info(session))

    async def start(self, session: SessionRef) -> SessionState:
        return await self._command(session, "start")

    async def stop(self, session: SessionRef) -> SessionState:
        return await self._command(session, "stop")

    async def restart(self, session: SessionRef) -> SessionState:
        return await self._command(session, "restart")

    async def logout(self, session: SessionRef) -> None:
        await self._command(session, "logout")

    async def _command(self, session: SessionRef, verb: str) -> SessionState:
        with self._link.measured(session, "session"):
            try:
                answer = await self._link.value("POST", path("api", "sessions", session.name, verb))
            except AlreadyDone:
                answer = await self._info(session)
        return session_state(table(answer))

    async def pairing(self, session: SessionRef, *, phone: str | None = None) -> Pairing:
        with self._link.measured(session, "session"):
            if phone is None:
                return await self._qr(session)
            where = path("api", session.name, "auth", "request-code")
            body = {"phoneNumber": Address.of_phone(phone).value}
            answer = await self._link.ask("POST", where, json=body)
            return Pairing(code=first_text(inside(decode(answer.content), "code")))

    async def _qr(self, session: SessionRef) -> Pairing:
        where = path("api", session.name, "auth", "qr")
        answer = await self._link.ask("GET", where, params={"format": "image"})
        if answer.headers.get("content-type", "").startswith("image/"):
            return Pairing(qr_png=answer.content)
        # Behind some proxies WAHA takes us for a client that wants JSON.
        return Pairing(qr_png=base64.b64decode(text(inside(decode(answer.content), "data"))) or None)

    # Messages out

    async def new_message_id(self, session: SessionRef) -> str | None:
        with self._link.guarded(session):
            answer = await self._link.value("GET", path("api", session.name, "new-message-id"))
        return first_text(inside(answer, "id"))

    async def send(
        self,
        session: SessionRef,
        to: Address,
        message: OutboundMessage,
        *,
        client_ref: str,
        message_id: str | None = None,
    ) -> SendReceipt:
        body: dict[str, object] = {
            "session": session.name,
            "chatId": to.jid,
            "text": message.body,
            "linkPreview": False,  # a preview makes WAHA fetch the page before it sends
        }
        with self._link.watched(session, "send"):
            named = body | ({"id": message_id} if message_id else {})
            answer = await self._link.ask("POST", "/api/sendText", json=named, sending=True)
            return _receipt(table(decode(answer.content)), to, client_ref, message_id)

    async def find_sent(self, session: SessionRef, chat: Address, message_id: str) -> Sighting:
        try:
            with self._link.watched(session, "history"):
                return await read_back(self._link, session, chat, message_id)
        except GatewayError:
            return Sighting(SightingOutcome.UNKNOWN)

    async def mark_seen(self, session: SessionRef, chat: Address, message_ids: Sequence[str]) -> None:
        ids = [f"false_{chat.jid}_{message_id}" for message_id in message_ids]
        body = {"session": session.name, "chatId": chat.jid, "messageIds": ids}
        with self._link.watched(session, "mark_read"):
            await self._link.ask("POST", "/api/sendSeen", json=body)

    async def typing(
        self,
        session: SessionRef,
        chat: Address,
        *,
        on: bool,
        inbound_id: str | None = None,  # noqa: ARG002  (for gateways that tie typing to a message)
    ) -> None:
        where = "/api/startTyping" if on else "/api/stopTyping"
        with self._link.watched(session, "typing"):
            await self._link.ask("POST", where, json={"session": session.name, "chatId": chat.jid})

    # Looking things up

    async def check_number(self, session: SessionRef, phone: str) -> NumberCheck:
        params = {"phone": Address.of_phone(phone).value, "session": session.name}
        with self._link.watched(session, "check_number"):
            answer = table(await self._link.value("GET", "/api/contacts/check-exists", params=params))
        exists = answer.get("numberExists")
        jid = first_text(answer.get("chatId"))
        address = Address.of_jid(jid, hint=f"{params['phone']}@c.us") if jid else None
        return NumberCheck(exists if isinstance(exists, bool) else None, address if exists is True else None)

    async def resolve(self, session: SessionRef, address: Address) -> Identity:
        if address.kind not in (AddressKind.LID, AddressKind.PHONE):
            return Identity(address)
        is_lid = address.kind is AddressKind.LID
        where = path("api", session.name, "lids", *([address.jid] if is_lid else ["pn", address.value]))
        try:
            with self._link.watched(session, "check_number"):
                pair = await self._link.value("GET", where)
        except InvalidRequest:
            pair = None
        lid = first_text(inside(pair, "lid"), address.jid if is_lid else None)
        phone = phone_of(text(inside(pair, "pn"))) or address.phone
        return Identity(address, phone, lid.partition("@")[0] if lid else None)

    async def fetch_media(self, session: SessionRef, media: MediaRef, *, max_bytes: int) -> bytes:
        with self._link.watched(session, "media"):
            if media.url is not None:
                where = self._link.file_path(media.url)
                try:
                    return await self._link.download(where, max_bytes=max_bytes)
                except MediaError as error:
                    if error.provider_code != "404":
                        raise
            return await self._fetch_again(session, media, max_bytes)

    async def _fetch_again(self, session: SessionRef, media: MediaRef, max_bytes: int) -> bytes:
        """Files live for minutes, or were never kept: have WAHA download this one once more."""
        own = "true" if media.own else "false"
        ident = f"{own}_{media.chat.jid}_{media.message_id}"
        where = path("api", session.name, "chats", media.chat.jid, "messages", ident)
        try:
            payload = await self._link.value("GET", where, params={"downloadMedia": "true"})
        except InvalidRequest as error:
            raise MediaError(provider_code=error.provider_code, detail=error.detail) from error
        url = first_text(inside(payload, "media", "url"))
        if url is None:
            raise MediaError(provider_code="no_file")
        return await self._link.download(self._link.file_path(url), max_bytes=max_bytes)

    async def history(
        self, session: SessionRef, *, since: datetime, chat: Address | None = None
    ) -> AsyncIterator[MessageEvent | AckEvent]:
        if chat is not None:
            async for event in messages_since(self._link, session, chat, since):
                yield event
            return
        async for person in chats_since(self._link, session, since):
            async for event in messages_since(self._link, session, person, since):
                yield event

    # Webhooks

    def verify(self, session: SessionRef, raw: bytes, headers: Mapping[str, str]) -> None:
        verify(self._hmac_keys.get(session.name, ""), raw, headers)

    def parse(self, session: SessionRef, raw: bytes, headers: Mapping[str, str]) -> list[Event]:
        return parse(session.name, raw, headers)


def _receipt(answer: Json, to: Address, client_ref: str, message_id: str | None) -> SendReceipt:
    ident = sent_id(answer)
    key = ident.key if ident else message_id
    if key is None:
        raise AmbiguousSend(provider_code="no_id", detail="accepted without an id")
    chat = Address.of_jid(ident.chat, hint=to.jid) if ident and ident.chat else to
    # A lid may come back for the phone that was given: worth knowing. The same address again is not.
    is_news = chat != to and chat.kind in (AddressKind.PHONE, AddressKind.LID)
    return SendReceipt(client_ref, key, chat if is_news else to)
