"""`/_sim/*`: make leads write, pair phones, order trouble, and read the journal. Needs the `X-Sim-Token` header."""

import base64
import binascii
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.simulator import refusals
from app.simulator.access import exchange_of
from app.simulator.exchange import Draft
from app.simulator.faults import Fault, Trouble
from app.simulator.message_routes import attachment_from
from app.simulator.payloads import bare_id
from app.simulator.people import Addressing, Person
from app.simulator.refusals import json_body
from app.simulator.sessions import Session, Status
from app.simulator.shapes import Json

JOURNAL_PAGE = 1000
LONGEST_WAIT = 30.0


def person_json(person: Person) -> Json:
    """A person as the control API gives it."""
    return {
        "number": person.number,
        "name": person.name,
        "chat_id": person.chat_id,
        "lid": person.lid,
        "addressing": person.addressing,
        "language": person.language,
        "online": person.online,
    }


def _addressing(wish: Json) -> Addressing | None:
    asked = wish.get("addressing")
    if asked is None:
        return None
    if asked not in list(Addressing):
        raise refusals.invalid([f"addressing must be one of: {', '.join(Addressing)}"])
    return Addressing(asked)


def _session(request: Request, wish: Json) -> Session:
    return exchange_of(request).sessions.named(str(wish.get("session") or "agent"))


def _working(request: Request, wish: Json) -> Session:
    session = _session(request, wish)
    if session.status is not Status.WORKING:
        raise refusals.not_as_expected(session.name, session.status, [Status.WORKING])
    return session


def _person(request: Request, wish: Json) -> Person:
    number = str(wish.get("number") or "")
    if not any(character.isdigit() for character in number):
        raise refusals.invalid(["number must be a phone number"])
    return exchange_of(request).meet(number)


def _draft(request: Request, wish: Json) -> Draft:
    text = wish.get("text") or ""
    file: Any = wish.get("file")
    if not isinstance(text, str) or not (text or file):
        raise refusals.invalid(["text should not be empty"])
    if not file:
        return Draft(text, reply_to=wish.get("reply_to"))
    try:
        data = base64.b64decode(file.get("data") or "", validate=True)
    except binascii.Error:
        raise refusals.invalid(["file.data must be base64"]) from None
    exchange = exchange_of(request)
    expires_at = exchange.pulse.now() + exchange.options.pace.media_lifetime
    return Draft(text, attachment_from(file, data, expires_at), wish.get("reply_to"))


async def create_lead(request: Request) -> Response:
    """A person; without a number one that nobody had before, also not in an earlier run."""
    wish = await json_body(request)
    person = exchange_of(request).meet(wish.get("number"), str(wish.get("name") or ""), _addressing(wish))
    person.language = str(wish.get("language") or person.language)
    person.exists = bool(wish.get("exists", person.exists))
    person.online = bool(wish.get("online", person.online))
    return JSONResponse(person_json(person), 201)


async def lead_writes(request: Request) -> Response:
    wish = await json_body(request)
    session = _working(request, wish)
    person = _person(request, wish)
    message = exchange_of(request).receive(session, person, _draft(request, wish))
    return JSONResponse({"id": message.hex, "number": person.number, "chat_id": person.chat_id}, 201)


async def lead_reacts(request: Request) -> Response:
    wish = await json_body(request)
    session, person = _working(request, wish), _person(request, wish)
    exchange = exchange_of(request)
    message = exchange.chats.find(session.name, person.number, bare_id(str(wish.get("message", ""))))
    if message is None:
        raise refusals.not_found("Message not found")
    exchange.react(session, person, message, str(wish.get("text", "")))
    return Response(status_code=204)


async def lead_reads(request: Request) -> Response:
    """The lead opens the chat, or (`online`) loses and finds the network."""
    wish = await json_body(request)
    person = _person(request, wish)
    exchange = exchange_of(request)
    if "online" in wish:
        exchange.set_online(person, online=bool(wish["online"]))
    exchange.read(person, _session(request, wish).name)
    return Response(status_code=204)


async def phone_send(request: Request) -> Response:
    """A person of the business writes on the business's own phone."""
    wish = await json_body(request)
    session = _working(request, wish)
    person = _person(request, wish)
    message = exchange_of(request).phone_send(session, person, _draft(request, wish))
    return JSONResponse({"id": message.hex, "number": person.number, "chat_id": person.chat_id}, 201)


async def pair(request: Request) -> Response:
    """Scan the code that the session shows."""
    session = _session(request, await json_body(request))
    exchange_of(request).sessions.pair(session)
    return JSONResponse(session.info())


async def fail_session(request: Request) -> Response:
    """The session breaks and keeps its login."""
    sessions = exchange_of(request).sessions
    session = sessions.named(request.path_params["session"])
    sessions.fail(session)
    return JSONResponse(session.info())


async def unpair_session(request: Request) -> Response:
    """The login is gone: the session starts again and shows a code."""
    sessions = exchange_of(request).sessions
    session = sessions.named(request.path_params["session"])
    sessions.unpair(session)
    return JSONResponse(session.info())


async def read_journal(request: Request) -> Response:
    """Entries after `after`; with `wait` (seconds) the answer waits for the first one."""
    exchange = exchange_of(request)
    try:
        after = int(request.query_params.get("after", "0"))
        limit = min(int(request.query_params.get("limit", str(JOURNAL_PAGE))), JOURNAL_PAGE)
        wait = min(float(request.query_params.get("wait", "0")), LONGEST_WAIT)
    except ValueError:
        raise refusals.invalid(["after, limit and wait must be numbers"]) from None
    kinds = request.query_params.getlist("kind")
    if wait:
        await exchange.journal.wait(after, wait)
    newest = exchange.journal.last
    entries = exchange.journal.after(after, limit, kinds)
    upto = entries[-1].seq if len(entries) == limit else newest
    return JSONResponse({"entries": [entry.as_json() for entry in entries], "upto": upto})


async def journal_counts(request: Request) -> Response:
    exchange = exchange_of(request)
    return JSONResponse({"counts": exchange.journal.counts(), "waiting": exchange.postman.waiting})


async def list_faults(request: Request) -> Response:
    return JSONResponse([fault.as_json() for fault in exchange_of(request).faults.listed()])


async def order_fault(request: Request) -> Response:
    wish = await json_body(request)
    if wish.get("trouble") not in list(Trouble):
        raise refusals.invalid([f"trouble must be one of: {', '.join(Trouble)}"])
    try:
        fault = Fault(
            Trouble(wish["trouble"]),
            rate=float(wish.get("rate", 1.0)),
            remaining=int(wish["once"]) if "once" in wish else None,
            session=wish.get("session"),
            event=wish.get("event"),
            seconds=float(wish.get("seconds", 1.0)),
        )
    except (TypeError, ValueError):
        raise refusals.invalid(["rate, once and seconds must be numbers"]) from None
    exchange_of(request).faults.order(fault)
    return JSONResponse(fault.as_json(), 201)


async def clear_faults(request: Request) -> Response:
    exchange_of(request).faults.clear()
    return Response(status_code=204)


async def reset(request: Request) -> Response:
    exchange_of(request).reset()
    return Response(status_code=204)


ROUTES = [
    Route("/_sim/leads", create_lead, methods=["POST"]),
    Route("/_sim/messages", lead_writes, methods=["POST"]),
    Route("/_sim/reactions", lead_reacts, methods=["POST"]),
    Route("/_sim/read", lead_reads, methods=["POST"]),
    Route("/_sim/phone-send", phone_send, methods=["POST"]),
    Route("/_sim/pair", pair, methods=["POST"]),
    Route("/_sim/sessions/{session}/failed", fail_session, methods=["POST"]),
    Route("/_sim/sessions/{session}/unpaired", unpair_session, methods=["POST"]),
    Route("/_sim/journal", read_journal),
    Route("/_sim/journal/counts", journal_counts),
    Route("/_sim/faults", list_faults),
    Route("/_sim/faults", order_fault, methods=["POST"]),
    Route("/_sim/faults", clear_faults, methods=["DELETE"]),
    Route("/_sim/reset", reset, methods=["POST"]),
]
