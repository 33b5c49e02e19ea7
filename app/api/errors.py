"""Errors at the HTTP edge, mapped once: each becomes ``{"error": {"code", "message", ...facts}}``."""

from __future__ import annotations

import json
import math
import secrets
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import sqlalchemy.exc
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import LeadlineError, NotSignedIn, RetryLater

log = structlog.get_logger(__name__)

RETRY_AFTER = 2
"""Seconds after which to try again when nobody knows better."""

_CODES = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large"}
"""Names that do not depend on what a release of Python calls a status."""

DATABASE_TROUBLE = (
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.TimeoutError,
)
"""What SQLAlchemy raises when the database is away, starting, out of connections or too slow."""


class DatabaseAway(RetryLater):
    """The database does not answer; nothing was changed."""

    code = "database_away"


def envelope(
    status: int,
    code: str,
    message: str,
    facts: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The one shape in which this edge tells what went wrong."""
    shown = json.loads(json.dumps(dict(facts or {}), default=str))
    return JSONResponse({"error": {**shown, "code": code, "message": message}}, status, headers=headers)


def told(error: LeadlineError) -> JSONResponse:
    """The envelope of one of our own errors."""
    return envelope(error.status, error.code, str(error), error.facts, _headers(error))


def _headers(error: LeadlineError) -> dict[str, str]:
    if isinstance(error, NotSignedIn):
        return {"WWW-Authenticate": "Bearer"}
    if error.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        return {"Retry-After": str(max(1, math.ceil(getattr(error, "retry_after", RETRY_AFTER))))}
    return {}


def map_errors(api: FastAPI) -> None:
    """Teach the application every error it may meet."""
    api.add_exception_handler(LeadlineError, _domain)
    api.add_exception_handler(RequestValidationError, _unusable)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(ClientDisconnect, _gone)
    for kind in DATABASE_TROUBLE:
        api.add_exception_handler(kind, _database)


async def _domain(_request: Request, error: Exception) -> Response:
    assert isinstance(error, LeadlineError)  # noqa: S101 - registered for it above
    return told(error)


async def _database(_request: Request, error: Exception) -> Response:
    log.warning("database_away", error_type=type(error).__name__)
    return told(DatabaseAway())


async def _unusable(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it above
    faults = [{"where": ".".join(map(str, fault["loc"])), "what": fault["msg"]} for fault in error.errors()]
    return envelope(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "The input cannot be used.", {"fields": faults})


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it above
    status = HTTPStatus(error.status_code)
    code = _CODES.get(status, status.name.lower())
    return envelope(status, code, status.phrase, headers=error.headers)


async def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=HTTPStatus.BAD_REQUEST)


class Unexpected:
    """Answers what nobody foresaw with 500 and an error id; the log says where, never with which data."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer in its place if it fails before it answered."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - the last line of defence of the edge
            error_id = report(error)
            if not started:
                await _failed(error_id)(scope, receive, send)


def report(error: BaseException) -> str:
    """Log an unforeseen error by type and place (its text may quote personal data); returns its id."""
    error_id = secrets.token_hex(6)
    log.error("unexpected_error", error_id=error_id, **_place(error))
    return error_id


def _place(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    at = [f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
    return {"error_type": type(error).__name__, "at": at}


def _failed(error_id: str) -> JSONResponse:
    return envelope(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "unexpected",
        "Something went wrong on our side. The error id leads us to it.",
        {"error_id": error_id},
    )
