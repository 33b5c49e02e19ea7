"""Reading chats back from WAHA: what webhooks lost, and whether a message of ours went out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

from app.whatsapp.address import Address, AddressKind
from app.whatsapp.errors import InvalidRequest
from app.whatsapp.events import AckEvent, MessageDirection, MessageEvent
from app.whatsapp.gateway import SessionRef, Sighting, SightingOutcome
from app.whatsapp.waha_link import WahaLink, path
from app.whatsapp.waha_messages import Envelope, delivery_of, id_of, read_message
from app.whatsapp.wire import Json, first_text, inside, instant, rows, table

_CHATS = 50
_MESSAGES = 100
_KIND = "history"


async def chats_since(link: WahaLink, session: SessionRef, since: datetime) -> AsyncIterator[Address]:
    """The chats with one person in which something was said since then, the latest first."""
    offset = 0
    while True:
        where = path("api", session.name, "chats", "overview")
        page = rows(await link.value("GET", where, params={"limit": _CHATS, "offset": offset}))
        for chat in map(table, page):
            last = instant(inside(chat, "lastMessage", "timestamp"))
            if last is not None and last < since.replace(microsecond=0):
                return
            address = _person(chat)
            if address is not None:
                yield address
        if len(page) < _CHATS:
            return
        offset += _CHATS


def _person(chat: Json) -> Address | None:
    jid = first_text(chat.get("id"), inside(chat, "id", "_serialized"))
    address = Address.of_jid(jid) if jid else None
    return address if address and address.kind in (AddressKind.PHONE, AddressKind.LID) else None


async def messages_since(
    link: WahaLink, session: SessionRef, chat: Address, since: datetime
) -> AsyncIterator[MessageEvent | AckEvent]:
    """The messages of a chat since then, oldest first, each of ours followed by how far it has come."""
    filters: dict[str, str | int] = {"filter.timestamp.gte": int(since.timestamp())}
    found: list[Json] = []
    while True:
        page = await _page(link, session, chat, filters, offset=len(found))
        found.extend(page)
        if len(page) < _MESSAGES:
            break
    for payload in reversed(found):
        for event in events_of(session, payload):
            yield event


async def _page(
    link: WahaLink, session: SessionRef, chat: Address, filters: dict[str, str | int], *, offset: int
) -> list[Json]:
    where = path("api", session.name, "chats", chat.jid, "messages")
    order: dict[str, str | int] = {"sortBy": "timestamp", "sortOrder": "desc", "downloadMedia": "false"}
    page: dict[str, str | int] = {"limit": _MESSAGES, "offset": offset}
    return [table(row) for row in rows(await link.value("GET", where, params=order | page | filters))]


def events_of(session: SessionRef, payload: Json) -> Iterator[MessageEvent | AckEvent]:
    """A message in the history, and if it is ours, how far it has come."""
    envelope = Envelope(session=session.name, kind=_KIND)
    message = read_message(envelope, payload)
    if not isinstance(message, MessageEvent):
        return
    yield message
    delivery = delivery_of(payload)
    if message.direction is MessageDirection.OUT and delivery is not None:
        yield AckEvent(message_id=message.message_id, status=delivery, chat=message.chat, **envelope.common())


async def read_back(link: WahaLink, session: SessionRef, chat: Address, message_id: str) -> Sighting:
    """Look for a message of ours, by its id and then among our latest in the chat; raises a GatewayError."""
    found = await _by_id(link, session, chat, message_id)
    if found is None:
        latest = await _page(link, session, chat, {"filter.fromMe": "true"}, offset=0)
        found = next((payload for payload in latest if _is(payload, message_id)), None)
    if found is None:
        return Sighting(SightingOutcome.NOT_FOUND)
    return Sighting(SightingOutcome.FOUND, delivery_of(found))


async def _by_id(link: WahaLink, session: SessionRef, chat: Address, message_id: str) -> Json | None:
    where = path("api", session.name, "chats", chat.jid, "messages", f"true_{chat.jid}_{message_id}")
    try:
        payload = table(await link.value("GET", where, params={"downloadMedia": "false"}))
    except InvalidRequest:
        # Some versions answer 404 to an id they do not know, others an empty body.
        return None
    return payload if _is(payload, message_id) else None


def _is(payload: Json, message_id: str) -> bool:
    ident = id_of(payload.get("id"))
    return ident is not None and ident.key == message_id
