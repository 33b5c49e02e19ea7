"""The gateway's API for messages out: sends, typing, read marks, reactions, and whether a number exists."""

import asyncio
import base64
import binascii
import mimetypes
from datetime import UTC, datetime
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.simulator import refusals
from app.simulator.access import exchange_of, permit, person_of, working_session
from app.simulator.chats import Attachment
from app.simulator.exchange import Draft, Exchange
from app.simulator.faults import Trouble
from app.simulator.identifiers import digits_of, own_hex
from app.simulator.journal import Kind
from app.simulator.payloads import bare_id, sent_body
from app.simulator.people import Person
from app.simulator.refusals import Refusal, json_body
from app.simulator.sessions import Session
from app.simulator.shapes import Json

PRESENCES = frozenset({"online", "offline", "typing", "recording", "paused"})


def _broken(request: Request, wish: Json, complaint: str) -> Refusal:
    """Sends have no validation: a bad body surfaces as an internal error."""
    return refusals.engine_failed(request, wish, complaint, datetime.now(UTC).isoformat())


async def _recipient(request: Request, wish: Json) -> tuple[Session, Person]:
    session = await working_session(request, wish.get("session") or "default")
    chat_id = wish.get("chatId")
    if not isinstance(chat_id, str) or "@" not in chat_id:
        raise _broken(request, wish, "Cannot read properties of undefined (reading 'chatId')")
    return session, person_of(request, chat_id)


async def _accept(request: Request, wish: Json, draft_text: Any, file: Attachment | None) -> Response:
    session, person = await _recipient(request, wish)
    if not isinstance(draft_text, str):
        raise _broken(request, wish, "Cannot read properties of undefined (reading 'text')")
    exchange = exchange_of(request)
    _refuse_if_ordered(request, exchange, session, person, wish)
    reply_to = bare_id(wish["reply_to"]) if wish.get("reply_to") else None
    message = exchange.send(session, person, Draft(draft_text, file, reply_to, wish.get("id")))
    answer = JSONResponse(sent_body(message, person), 201)
    slow = exchange.faults.strikes(Trouble.SLOW_SEND, session.name, "send")
    if slow is not None:
        exchange.journal.count("fault slow_send")
        await asyncio.shield(exchange.pulse.sleep(slow.seconds))
    return answer


def _refuse_if_ordered(request: Request, exchange: Exchange, session: Session, person: Person, wish: Json) -> None:
    if exchange.faults.strikes(Trouble.REFUSE_SEND, session.name, "send") is None:
        return
    exchange.journal.write(Kind.REFUSED, exchange.pulse.now(), session.name, number=person.number)
    raise _broken(request, wish, "Connection Closed")


async def send_text(request: Request) -> Response:
    wish = await json_body(request)
    return await _accept(request, wish, wish.get("text"), None)


async def send_file(request: Request) -> Response:
    wish = await json_body(request)
    return await _accept(request, wish, wish.get("caption") or "", _attachment(request, wish))


def _attachment(request: Request, wish: Json) -> Attachment:
    """The file of a send; a file given by address is named but not fetched."""
    file: Any = wish.get("file")
    entry = cast("Json", file) if isinstance(file, dict) else {}
    if not (entry.get("data") or entry.get("url")):
        raise _broken(request, wish, "Cannot read properties of undefined (reading 'url')")
    try:
        data = base64.b64decode(entry.get("data") or "", validate=True)
    except binascii.Error:
        raise _broken(request, wish, "Invalid base64 in file.data") from None
    exchange = exchange_of(request)
    expires_at = exchange.pulse.now() + exchange.options.pace.media_lifetime
    return attachment_from(entry, data, expires_at)


def attachment_from(entry: Json, data: bytes, expires_at: float) -> Attachment:
    """A file under a name that nobody can guess."""
    mimetype = entry.get("mimetype") or "application/octet-stream"
    ending = mimetypes.guess_extension(mimetype.partition(";")[0]) or ".bin"
    return Attachment(f"{own_hex()}{ending}", mimetype, entry.get("filename"), data, expires_at)


async def new_message_id(request: Request) -> Response:
    await working_session(request, request.path_params["session"])
    return JSONResponse({"id": own_hex()})


async def send_seen(request: Request) -> Response:
    wish = await json_body(request)
    session, person = await _recipient(request, wish)
    named = wish.get("messageIds") or ([wish["messageId"]] if wish.get("messageId") else [])
    exchange_of(request).see(session, person, {bare_id(name) for name in named})
    return Response(status_code=201)


async def start_typing(request: Request) -> Response:
    return await _type(request, typing=True)


async def stop_typing(request: Request) -> Response:
    return await _type(request, typing=False)


async def _type(request: Request, *, typing: bool) -> Response:
    session, person = await _recipient(request, await json_body(request))
    _show_typing(request, session, person, typing=typing)
    return JSONResponse({"result": True}, 201)


def _show_typing(request: Request, session: Session, person: Person, *, typing: bool) -> None:
    happening = {"type": "typing", "session": session.name, "on": typing}
    exchange_of(request).lines.ring(person.number, happening)


async def set_presence(request: Request) -> Response:
    session = await working_session(request, request.path_params["session"])
    wish = await json_body(request)
    presence = wish.get("presence")
    if presence not in PRESENCES:
        raise refusals.invalid([f"presence must be one of the following values: {', '.join(sorted(PRESENCES))}"])
    if wish.get("chatId"):
        _show_typing(request, session, person_of(request, wish["chatId"]), typing=presence == "typing")
    return Response(status_code=201)


async def put_reaction(request: Request) -> Response:
    """The business puts an emoji under a lead's message."""
    wish = await json_body(request)
    session = await working_session(request, wish.get("session") or "default")
    parts = str(wish.get("messageId", "")).split("_")
    person = person_of(request, parts[1]) if len(parts) > 2 else None
    exchange = exchange_of(request)
    message = exchange.chats.find(session.name, person.number, parts[2]) if person else None
    if message is None:
        raise _broken(request, wish, "Message not found")
    exchange.mark(message, str(wish.get("reaction", "")))
    return JSONResponse({"id": own_hex()})


async def check_exists(request: Request) -> Response:
    """Whether a number is on WhatsApp, and under which chat id: it need not be the number asked for."""
    name = request.query_params.get("session", "default")
    await working_session(request, name)
    number = digits_of(request.query_params.get("phone", ""))
    person = exchange_of(request).people.meet(number) if number else None
    if person is None or not person.exists:
        return JSONResponse({"numberExists": False})
    return JSONResponse({"numberExists": True, "chatId": person.phone_chat})


async def get_file(request: Request) -> Response:
    """A media file, until its lifetime is over."""
    name = request.path_params["session"]
    permit(request, name)
    exchange = exchange_of(request)
    file = exchange.chats.file(name, request.path_params["file"])
    if file is None or file.expires_at <= exchange.pulse.now():
        raise refusals.file_gone()
    return Response(file.data, media_type=file.mimetype)


async def no_file(_request: Request) -> Response:
    raise refusals.file_gone()


ROUTES = [
    Route("/api/sendText", send_text, methods=["POST"]),
    Route("/api/sendImage", send_file, methods=["POST"]),
    Route("/api/sendFile", send_file, methods=["POST"]),
    Route("/api/sendVoice", send_file, methods=["POST"]),
    Route("/api/sendVideo", send_file, methods=["POST"]),
    Route("/api/sendSeen", send_seen, methods=["POST"]),
    Route("/api/startTyping", start_typing, methods=["POST"]),
    Route("/api/stopTyping", stop_typing, methods=["POST"]),
    Route("/api/reaction", put_reaction, methods=["PUT"]),
    Route("/api/contacts/check-exists", check_exists),
    Route("/api/files/{session}/{file}", get_file),
    Route("/api/files/{file}", no_file),
    Route("/api/{session}/new-message-id", new_message_id),
    Route("/api/{session}/presence", set_presence, methods=["POST"]),
]
