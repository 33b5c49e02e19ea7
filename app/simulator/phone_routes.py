"""`/phone`: a WhatsApp-like chat in the browser, in which anybody can play the lead."""

import asyncio
import html
import json
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from app.simulator import refusals
from app.simulator.access import exchange_of
from app.simulator.exchange import Draft, Exchange, bubble
from app.simulator.people import Addressing, Person
from app.simulator.refusals import json_body
from app.simulator.sessions import Session, Status
from app.simulator.shapes import Json

STATIC = Path(__file__).parent / "static"
TOKENS = Path(__file__).parents[2] / "assets" / "tokens.css"
"""Colours and sizes have one source, that of the board."""
HEARTBEAT = 15.0
LONGEST_TEXT = 4096
PAGE_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}


async def page(request: Request) -> Response:
    """The page, with the key that its own calls present; another site cannot read it."""
    exchange = exchange_of(request)
    text = (STATIC / "phone.html").read_text("utf-8")
    values = {
        "key": request.app.state.page_key,
        "business": exchange.options.business,
        "board": exchange.options.board(),
    }
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", html.escape(value, quote=True))
    return HTMLResponse(text, headers=PAGE_HEADERS)


def _person(request: Request) -> Person:
    person = exchange_of(request).people.by_number(request.path_params["number"])
    if person is None or not person.watched:
        raise refusals.not_found("Nobody has this number")
    return person


def _summary(exchange: Exchange, person: Person) -> Json:
    said = [
        message for session in exchange.sessions.all() for message in exchange.chats.of(session.name, person.number)
    ]
    last = max(said, key=lambda message: message.at, default=None)
    return {
        "number": person.number,
        "name": person.name,
        "language": person.language,
        "hidden": person.addressing is not Addressing.NUMBER,
        "online": person.online,
        "last": bubble(last) if last else None,
    }


def _session_json(session: Session) -> Json:
    return {"name": session.name, "number": f"+{session.number}", "status": session.status}


async def state(request: Request) -> Response:
    """Everybody who is played here, and the business's numbers."""
    exchange = exchange_of(request)
    people = [_summary(exchange, person) for person in reversed(exchange.people.watched())]
    sessions = [_session_json(session) for session in exchange.sessions.all()]
    return JSONResponse({"people": people, "sessions": sessions})


async def pick_up(request: Request) -> Response:
    """Take a phone in hand: a new person, or one who is already known."""
    wish = await json_body(request)
    name = str(wish.get("name") or "").strip()
    if not name:
        raise refusals.invalid(["name should not be empty"])
    exchange = exchange_of(request)
    addressing = Addressing.LID_ONLY if wish.get("hidden") else Addressing.NUMBER
    person = exchange.meet(wish.get("number") or None, name[:80], addressing)
    person.language = str(wish.get("language") or "en")[:2]
    exchange.watch(person, watched=True)
    return JSONResponse(_summary(exchange, person), 201)


async def put_down(request: Request) -> Response:
    """Start over: this phone forgets its chats, and the next message comes from a new number."""
    exchange_of(request).watch(_person(request), watched=False)
    return Response(status_code=204)


async def chats(request: Request) -> Response:
    """All chats of one phone, one for each number of the business that was in touch."""
    person = _person(request)
    exchange = exchange_of(request)
    shown: Json = {}
    for session in exchange.sessions.all():
        messages = [m for m in exchange.chats.of(session.name, person.number) if _on_the_phone(m.from_me, m.ack)]
        if messages or session.name == "agent":
            shown[session.name] = [bubble(message) for message in messages]
    return JSONResponse({"person": _summary(exchange, person), "chats": shown})


def _on_the_phone(from_business: bool, ack: int) -> bool:  # noqa: FBT001  (two facts of one message)
    return not from_business or ack >= 1


async def write(request: Request) -> Response:
    """The lead writes; 503 while the business's number is not connected."""
    person = _person(request)
    wish = await json_body(request)
    text = str(wish.get("text") or "").strip()
    if not text or len(text) > LONGEST_TEXT:
        raise refusals.invalid([f"text must have 1 to {LONGEST_TEXT} characters"])
    exchange = exchange_of(request)
    session = exchange.sessions.get(str(wish.get("session") or "agent"))
    if session is None or session.status is not Status.WORKING:
        raise refusals.Refusal(503, {"message": "The business is not on WhatsApp right now"})
    return JSONResponse(bubble(exchange.receive(session, person, Draft(text))), 201)


async def look(request: Request) -> Response:
    """The lead looks at a chat, so the business sees blue ticks."""
    wish = await json_body(request)
    exchange_of(request).read(_person(request), str(wish.get("session") or "agent"))
    return Response(status_code=204)


async def signal(request: Request) -> Response:
    """The phone loses or finds its network."""
    wish = await json_body(request)
    exchange_of(request).set_online(_person(request), online=bool(wish.get("online")))
    return Response(status_code=204)


async def events(request: Request) -> Response:
    """What happens on one phone, as server-sent events."""
    return StreamingResponse(_stream(exchange_of(request), _person(request)), media_type="text/event-stream")


async def _stream(exchange: Exchange, person: Person) -> AsyncIterator[str]:
    with exchange.lines.line(person.number) as line:
        yield ": open\n\n"
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT):
                    happening = await line.get()
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if happening is None:
                return
            yield f"data: {json.dumps(happening)}\n\n"


async def tokens(_request: Request) -> Response:
    """The design tokens."""
    return FileResponse(TOKENS, media_type="text/css")


ROUTES = [
    Route("/phone", page),
    Route("/phone/api/state", state),
    Route("/phone/api/people", pick_up, methods=["POST"]),
    Route("/phone/api/people/{number}", put_down, methods=["DELETE"]),
    Route("/phone/api/people/{number}/chats", chats),
    Route("/phone/api/people/{number}/messages", write, methods=["POST"]),
    Route("/phone/api/people/{number}/look", look, methods=["POST"]),
    Route("/phone/api/people/{number}/signal", signal, methods=["POST"]),
    Route("/phone/api/people/{number}/events", events),
    Route("/phone/static/tokens.css", tokens),
    Mount("/phone/static", StaticFiles(directory=STATIC)),
]
