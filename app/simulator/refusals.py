"""The error answers of the gateway, word for word."""

import json
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.simulator.shapes import Json

VERSION: Json = {"version": "2026.7.1", "engine": "NOWEB", "tier": "CORE", "browser": None}


class Refusal(Exception):
    """The gateway answers with an error."""

    def __init__(self, status: int, body: Json) -> None:
        """Keep the status and the body to answer with."""
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body


def _plain(status: HTTPStatus, message: str | list[str]) -> Refusal:
    return Refusal(status, {"statusCode": int(status), "message": message, "error": status.phrase})


def unauthorized() -> Refusal:
    """The key is missing or wrong."""
    return Refusal(401, {"message": "Unauthorized", "statusCode": 401})


def forbidden() -> Refusal:
    """The key belongs to another session."""
    return Refusal(403, {"message": "Forbidden resource", "error": "Forbidden", "statusCode": 403})


def unknown_session() -> Refusal:
    """The sessions API does not know the name."""
    return _plain(HTTPStatus.NOT_FOUND, "Session not found")


def no_such_session(name: str) -> Refusal:
    """A messaging call names a session that was never made."""
    return _plain(HTTPStatus.UNPROCESSABLE_ENTITY, f'Session "{name}" does not exist')


def not_running(name: str) -> Refusal:
    """A messaging call names a session that is stopped."""
    path = f"POST /api/sessions/{name}/start"
    message = f"We didn't find a session with name '{name}'.\nPlease start it first by using {path} request"
    return _plain(HTTPStatus.NOT_FOUND, message)


def not_as_expected(name: str, status: str, expected: list[str]) -> Refusal:
    """The session runs but is not in the state the call needs."""
    sentence = "Session status is not as expected. Try again later or restart the session"
    return Refusal(422, {"error": sentence, "session": name, "status": status, "expected": expected})


def already_exists(name: str) -> Refusal:
    """Create was called twice."""
    message = f"Session '{name}' already exists. Use PUT to update it."
    return _plain(HTTPStatus.UNPROCESSABLE_ENTITY, message)


def already_started(name: str) -> Refusal:
    """Start was called twice."""
    return _plain(HTTPStatus.UNPROCESSABLE_ENTITY, f"Session '{name}' is already started.")


def invalid(messages: list[str]) -> Refusal:
    """The body breaks the schema; the message is a list."""
    return _plain(HTTPStatus.BAD_REQUEST, messages)


def malformed(message: str) -> Refusal:
    """The body is no JSON; the message is a string."""
    return _plain(HTTPStatus.BAD_REQUEST, message)


def no_route(method: str, path: str) -> Refusal:
    """Nothing answers at this path."""
    return _plain(HTTPStatus.NOT_FOUND, f"Cannot {method} {path}")


def not_found(message: str) -> Refusal:
    """A named thing is not there."""
    return _plain(HTTPStatus.NOT_FOUND, message)


def file_gone() -> Refusal:
    """A media file is past its lifetime."""
    details = "File not found or no longer available"
    error = {"code": 404, "key": "FILE_NOT_FOUND", "message": "File not found", "details": details}
    return Refusal(404, {"error": error})


def engine_failed(request: Request, body: Json, message: str, timestamp: str) -> Refusal:
    """The envelope of an internal error: it repeats the request, texts and numbers included."""
    exception = {"message": message, "name": "Error", "stack": f"Error: {message}"}
    echoed = {"path": request.url.path, "method": request.method, "body": body, "query": dict(request.query_params)}
    envelope = {"statusCode": 500, "timestamp": timestamp, "exception": exception, "request": echoed}
    return Refusal(500, envelope | {"version": VERSION})


async def answer_refusal(_request: Request, refusal: Exception) -> Response:
    """Turn a `Refusal` into its HTTP answer."""
    assert isinstance(refusal, Refusal)  # noqa: S101  (Starlette calls this handler for Refusal alone)
    return JSONResponse(refusal.body, refusal.status)


async def answer_missing(request: Request, _error: Exception) -> Response:
    """The gateway's own 404 and 405."""
    refusal = no_route(request.method, request.url.path)
    return JSONResponse(refusal.body, refusal.status)


async def json_body(request: Request) -> Json:
    """The JSON object of a request; an empty body is an empty object.

    Raises:
        Refusal: the body is malformed or no object.
    """
    raw = await request.body()
    if not raw.strip():
        return {}
    try:
        parsed: Any = json.loads(raw)
    except ValueError as error:
        raise malformed(str(error)) from None
    if not isinstance(parsed, dict):
        raise malformed("Unexpected JSON value, an object is required")
    return parsed  # pyright: ignore[reportUnknownVariableType]  (a JSON object has string keys)
