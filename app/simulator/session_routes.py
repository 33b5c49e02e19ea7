"""The gateway's API for its server, sessions, pairing and keys."""

import base64
import io
import re

import qrcode
from qrcode.constants import ERROR_CORRECT_L
from qrcode.image.pil import PilImage
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.simulator import refusals
from app.simulator.access import KeyRing, change_key, exchange_of, permit, working_session
from app.simulator.hooks import check_config
from app.simulator.pulse import millis
from app.simulator.refusals import json_body
from app.simulator.sessions import Session, Status

NAME = re.compile(r"^[a-zA-Z0-9_-]{1,54}$")
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTVWXYZ123456789"


async def ping(_request: Request) -> Response:
    return JSONResponse({"message": "pong"})


async def health(_request: Request) -> Response:
    return JSONResponse({"status": "ok", "info": {}, "error": {}, "details": {}})


async def server_version(_request: Request) -> Response:
    return JSONResponse({**refusals.VERSION, "platform": "linux/x64", "worker": {"id": None}})


async def server_status(request: Request) -> Response:
    """A changed `startTimestamp` tells the caller that the gateway restarted."""
    exchange = exchange_of(request)
    uptime = millis(exchange.pulse.now() - exchange.started_at)
    return JSONResponse(
        {"startTimestamp": millis(exchange.started_at), "uptime": uptime, "worker": {"id": "simulator"}}
    )


async def list_sessions(request: Request) -> Response:
    """Stopped sessions are missing without `all=true`."""
    key = request.state.key
    show_all = request.query_params.get("all") == "true"
    sessions = [
        session for session in exchange_of(request).sessions.all() if key.isAdmin or key.session == session.name
    ]
    shown = [session.info() for session in sessions if show_all or session.status is not Status.STOPPED]
    return JSONResponse(shown)


async def create_session(request: Request) -> Response:
    wish = await json_body(request)
    name = wish.get("name") or "default"
    if not isinstance(name, str) or not NAME.match(name):
        raise refusals.invalid(["name must match /^[a-zA-Z0-9_-]*$/ regular expression"])
    permit(request, name)
    check_config(wish.get("config"))
    session = exchange_of(request).sessions.create(name, wish.get("config"), start=wish.get("start", True))
    return JSONResponse(session.dto(), 201)


def _session(request: Request) -> Session:
    name = request.path_params["session"]
    permit(request, name)
    return exchange_of(request).sessions.named(name)


async def get_session(request: Request) -> Response:
    return JSONResponse(_session(request).info())


async def put_session(request: Request) -> Response:
    session = _session(request)
    wish = await json_body(request)
    check_config(wish.get("config"))
    exchange_of(request).sessions.configure(session, wish.get("config"))
    return JSONResponse(session.dto())


async def delete_session(request: Request) -> Response:
    await exchange_of(request).sessions.delete(_session(request))
    return Response(status_code=200)


async def start_session(request: Request) -> Response:
    session = _session(request)
    exchange_of(request).sessions.start(session)
    return JSONResponse(session.dto(), 201)


async def stop_session(request: Request) -> Response:
    session = _session(request)
    await exchange_of(request).sessions.stop(session)
    return JSONResponse(session.dto(), 201)


async def restart_session(request: Request) -> Response:
    session = _session(request)
    exchange_of(request).sessions.restart(session)
    return JSONResponse(session.dto(), 201)


async def logout_session(request: Request) -> Response:
    session = _session(request)
    await exchange_of(request).sessions.logout(session)
    return JSONResponse(session.dto(), 201)


async def get_me(request: Request) -> Response:
    """Nobody is logged in: 200 with an empty body, not `null`."""
    name = request.path_params["session"]
    permit(request, name)
    session = exchange_of(request).sessions.get(name)
    if session is None or session.status is Status.STOPPED:
        raise refusals.not_running(name)
    me = session.me
    return JSONResponse(me) if me else Response(status_code=200)


async def get_code(request: Request) -> Response:
    """The pairing code as a picture, as base64 in JSON, or raw."""
    session = await working_session(request, request.path_params["session"], Status.SCAN_QR_CODE)
    code = session.code or ""
    if request.query_params.get("format") == "raw":
        return JSONResponse({"value": code})
    picture = code_png(code)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"mimetype": "image/png", "data": base64.b64encode(picture).decode()})
    return Response(picture, media_type="image/png")


def code_png(code: str) -> bytes:
    """The pairing code as a PNG that a phone could scan."""
    drawing = qrcode.QRCode(error_correction=ERROR_CORRECT_L, box_size=6, border=4)
    drawing.add_data(code)
    buffer = io.BytesIO()
    drawing.make_image(image_factory=PilImage).save(buffer, "PNG")
    return buffer.getvalue()


async def request_code(request: Request) -> Response:
    """A code to type on the phone instead of scanning; only `/_sim/pair` completes it."""
    session = await working_session(request, request.path_params["session"], Status.SCAN_QR_CODE)
    number = sum((session.code or "").encode())
    letters = "".join(CODE_ALPHABET[(number * (place + 3)) % len(CODE_ALPHABET)] for place in range(8))
    return JSONResponse({"code": f"{letters[:4]}-{letters[4:]}"}, 201)


def _ring(request: Request) -> KeyRing:
    permit(request, None)
    return request.app.state.keys


async def list_keys(request: Request) -> Response:
    return JSONResponse([key.as_json() for key in _ring(request).keys.values()])


async def create_key(request: Request) -> Response:
    wish = await json_body(request)
    if not wish.get("isAdmin") and not wish.get("session"):
        raise refusals.invalid(["session should not be empty"])
    return JSONResponse(_ring(request).make(wish).as_json(), 201)


async def put_key(request: Request) -> Response:
    key = _ring(request).keys.get(request.path_params["id"])
    if key is None:
        raise refusals.not_found("Key not found")
    change_key(key, await json_body(request))
    return JSONResponse(key.as_json())


async def delete_key(request: Request) -> Response:
    if _ring(request).keys.pop(request.path_params["id"], None) is None:
        raise refusals.not_found("Key not found")
    return Response(status_code=200)


ROUTES = [
    Route("/ping", ping),
    Route("/health", health),
    Route("/api/server/version", server_version),
    Route("/api/server/status", server_status),
    Route("/api/sessions", list_sessions),
    Route("/api/sessions", create_session, methods=["POST"]),
    Route("/api/sessions/{session}", get_session),
    Route("/api/sessions/{session}", put_session, methods=["PUT"]),
    Route("/api/sessions/{session}", delete_session, methods=["DELETE"]),
    Route("/api/sessions/{session}/start", start_session, methods=["POST"]),
    Route("/api/sessions/{session}/stop", stop_session, methods=["POST"]),
    Route("/api/sessions/{session}/restart", restart_session, methods=["POST"]),
    Route("/api/sessions/{session}/logout", logout_session, methods=["POST"]),
    Route("/api/sessions/{session}/me", get_me),
    Route("/api/keys", list_keys),
    Route("/api/keys", create_key, methods=["POST"]),
    Route("/api/keys/{id}", put_key, methods=["PUT"]),
    Route("/api/keys/{id}", delete_key, methods=["DELETE"]),
    Route("/api/{session}/auth/qr", get_code),
    Route("/api/{session}/auth/request-code", request_code, methods=["POST"]),
]
