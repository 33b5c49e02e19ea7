"""The gateway's API for reading back: chats, messages, and which hidden id is which number."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.simulator import refusals
from app.simulator.access import exchange_of, person_of, working_session
from app.simulator.chats import ACK_NAMES, ChatMessage
from app.simulator.payloads import bare_id
from app.simulator.people import Addressing, Person
from app.simulator.shapes import Json

ACK_NUMBERS = {name: number for number, name in ACK_NAMES.items()}
PAGE = 100


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not text.isdigit():
        raise refusals.invalid([f"{name} must be a number conforming to the specified constraints"])
    return int(text)


def _page(request: Request, items: list[Any], default: int = PAGE) -> list[Any]:
    offset = _number(request, "offset", 0)
    return items[offset : offset + _number(request, "limit", default)]


def _filters(request: Request) -> list[Callable[[ChatMessage], bool]]:
    asked = request.query_params
    found: list[Callable[[ChatMessage], bool]] = []
    since, until = _number(request, "filter.timestamp.gte", 0), _number(request, "filter.timestamp.lte", 0)
    if since:
        found.append(lambda message: int(message.at) >= since)
    if until:
        found.append(lambda message: int(message.at) <= until)
    if from_me := asked.get("filter.fromMe"):
        found.append(lambda message: message.from_me == (from_me == "true"))
    if ack := asked.get("filter.ack"):
        found.append(lambda message: message.ack == ACK_NUMBERS.get(ack))
    return found


async def chat_messages(request: Request) -> Response:
    """One chat, newest first unless asked otherwise."""
    session = await working_session(request, request.path_params["session"])
    exchange = exchange_of(request)
    person = person_of(request, request.path_params["chat"])
    filters = _filters(request)
    messages = [m for m in exchange.chats.of(session.name, person.number) if all(f(m) for f in filters)]
    newest_first = request.query_params.get("sortOrder", "desc") == "desc"
    ordered = messages[::-1] if newest_first else messages
    return JSONResponse([exchange.shown(message, person) for message in _page(request, ordered)])


async def one_message(request: Request) -> Response:
    session = await working_session(request, request.path_params["session"])
    exchange = exchange_of(request)
    person = person_of(request, request.path_params["chat"])
    message = exchange.chats.find(session.name, person.number, bare_id(request.path_params["id"]))
    if message is None:
        raise refusals.not_found("Message not found")
    return JSONResponse(exchange.shown(message, person))


async def mark_read(request: Request) -> Response:
    session = await working_session(request, request.path_params["session"])
    person = person_of(request, request.path_params["chat"])
    exchange = exchange_of(request)
    unseen = [m.hex for m in exchange.chats.of(session.name, person.number) if not m.from_me and not m.seen]
    exchange.see(session, person, set())
    return JSONResponse({"ids": unseen}, 201)


async def overview(request: Request) -> Response:
    """Each chat with its last message, newest chat first."""
    session = await working_session(request, request.path_params["session"])
    exchange = exchange_of(request)
    rows: list[Json] = []
    for message in _page(request, exchange.chats.latest(session.name), 20):
        person = exchange.people.meet(message.number)
        last = exchange.shown(message, person)
        rows.append({"id": person.chat_id, "name": person.name, "picture": None, "lastMessage": last, "_chat": {}})
    return JSONResponse(rows)


def _pair(person: Person) -> Json:
    known = person.addressing is not Addressing.LID_ONLY
    return {"lid": person.lid, "pn": person.phone_chat if known else None}


async def list_lids(request: Request) -> Response:
    await working_session(request, request.path_params["session"])
    hidden = [_pair(person) for person in exchange_of(request).people.hidden()]
    return JSONResponse(_page(request, hidden))


async def count_lids(request: Request) -> Response:
    await working_session(request, request.path_params["session"])
    return JSONResponse({"count": len(exchange_of(request).people.hidden())})


async def lid_to_number(request: Request) -> Response:
    """The number behind a hidden id; it may stay unknown for ever."""
    await working_session(request, request.path_params["session"])
    lid = request.path_params["lid"]
    lid = lid if lid.endswith("@lid") else f"{lid}@lid"
    person = exchange_of(request).people.by_chat(lid)
    return JSONResponse(_pair(person) if person else {"lid": lid, "pn": None})


async def number_to_lid(request: Request) -> Response:
    await working_session(request, request.path_params["session"])
    number = request.path_params["phone"]
    person = exchange_of(request).people.by_number(number.partition("@")[0])
    known = person is not None and person.addressing is Addressing.LID
    chat = number if "@" in number else f"{number}@c.us"
    return JSONResponse({"lid": person.lid if person and known else None, "pn": chat})


ROUTES = [
    Route("/api/{session}/chats/overview", overview),
    Route("/api/{session}/chats/{chat}/messages", chat_messages),
    Route("/api/{session}/chats/{chat}/messages/read", mark_read, methods=["POST"]),
    Route("/api/{session}/chats/{chat}/messages/{id}", one_message),
    Route("/api/{session}/lids", list_lids),
    Route("/api/{session}/lids/count", count_lids),
    Route("/api/{session}/lids/pn/{phone}", number_to_lid),
    Route("/api/{session}/lids/{lid}", lid_to_number),
]
