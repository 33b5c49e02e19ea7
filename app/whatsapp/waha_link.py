"""The wire to WAHA: one HTTP call, and its failure in our words.

A body is never logged and never part of an error as it is: WAHA's error envelope repeats the request, text
and number included.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, unquote, urlsplit

import httpx
from opentelemetry.trace import SpanKind

from app.telemetry import span
from app.whatsapp.breaker import Breaker, BreakerOpen, BreakerState, OnChange
from app.whatsapp.errors import (
    AccountRestricted,
    AmbiguousSend,
    AuthError,
    GatewayError,
    GatewayResting,
    InvalidRequest,
    MediaError,
    RateLimited,
    SessionNotFound,
    SessionNotReady,
    Transient,
)
from app.whatsapp.gateway import SessionRef
from app.whatsapp.wire import Json, decode, inside, number, rows, table, text, texts
from metrics import whatsapp as metrics
from metrics.service import throttled

TIMEOUT: Final = httpx.Timeout(30.0, connect=3.0)  # WAHA itself waits up to 14 s for a session's state
_RATE_PAUSE = 5.0
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_RESTRICTED = re.compile(r"\b463\b|reach-?out", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s\"'@]+@[\w.]+")
_NUMBER = re.compile(r"\+?\d[\d\s().-]{5,}\d")
_QUOTE = re.compile(r"\"[^\"]{55,}\"|'[^']{55,}'")  # longer than any session name


class AlreadyDone(GatewayError):
    """The session already exists, or already runs."""


def path(*segments: str) -> str:
    """A path below the server's address, each segment percent-encoded (``@`` too)."""
    return "/" + "/".join(quote(segment, safe="") for segment in segments)


def redacted(message: str) -> str:
    """What the gateway said, without addresses, numbers and long quotations; at most 200 characters."""
    said = _QUOTE.sub("<quote>", _NUMBER.sub("<number>", _ADDRESS.sub("<address>", message)))
    return said[:200]


def _message_of(body: Json) -> str:
    said = body.get("message")
    parts = rows(said) or (said, inside(body, "exception", "message"), inside(body, "error", "message"))
    return "; ".join(texts(parts))


def classify(status: int, body: Json, *, sending: bool, retry_after: object = None) -> GatewayError:
    """The error behind an answer that is no success: told by status and keys first, by words last."""
    said = _message_of(body)
    facts = {"provider_code": str(status), "detail": redacted(said)}
    if "expected" in body or (status in (422, 503) and isinstance(body.get("status"), str)):
        expected = texts(rows(body.get("expected")))
        return SessionNotReady(raw_status=text(body.get("status")), expected=expected, **facts)
    if status in (401, 403):
        return AuthError(**facts)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(retry_after=number(retry_after) or _RATE_PAUSE, **facts)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _server_failed(status, said, facts, sending=sending)
    return _refused(status, said, facts)


def _server_failed(status: int, said: str, facts: dict[str, str], *, sending: bool) -> GatewayError:
    if _RESTRICTED.search(said):
        return AccountRestricted(provider_code="463", detail=facts["detail"])
    if status == HTTPStatus.NOT_IMPLEMENTED:
        return InvalidRequest(**facts)
    return AmbiguousSend(**facts) if sending else Transient(**facts)


def _refused(status: int, said: str, facts: dict[str, str]) -> GatewayError:
    if status == HTTPStatus.UNPROCESSABLE_ENTITY and "already" in said:
        return AlreadyDone(**facts)
    if status in (404, 422) and "session" in said.lower():
        return SessionNotFound(**facts)
    return InvalidRequest(**facts)


def _unreachable(error: httpx.RequestError, *, sending: bool) -> GatewayError:
    ambiguous = sending and not isinstance(error, _NOT_SENT)
    kind = AmbiguousSend if ambiguous else Transient
    return kind(provider_code=type(error).__name__)


def _is_failure(error: Exception) -> bool:
    return isinstance(error, Transient | AmbiguousSend)


class WahaLink:
    """Calls one WAHA server, with one breaker for each session: a dead one must not stop the other."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        base_url: str,
        api_key: str,
        on_breaker: OnChange | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._base = base_url.rstrip("/")
        self._key = {"X-Api-Key": api_key}
        self._on_breaker = on_breaker
        self._now = now
        self._breakers: dict[str, Breaker] = {}

    def breaker_state(self, session: SessionRef) -> BreakerState:
        """Whether calls for this session are let through."""
        return self._breaker(session).state

    async def ask(
        self,
        method: str,
        where: str,
        *,
        json: Mapping[str, object] | None = None,
        params: Mapping[str, str | int] | None = None,
        sending: bool = False,
    ) -> httpx.Response:
        """One call; returns its answer when that is a success and raises a GatewayError otherwise."""
        try:
            answer = await self._client.request(
                method,
                self._base + where,
                json=json,
                params=params,
                headers=self._key,
                timeout=TIMEOUT,
                follow_redirects=False,
            )
        except httpx.RequestError as error:
            raise _unreachable(error, sending=sending) from error
        if not answer.is_success:
            body = table(decode(answer.content))
            if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                throttled("whatsapp", "http_429")
            raise classify(answer.status_code, body, sending=sending, retry_after=answer.headers.get("retry-after"))
        return answer

    async def value(self, method: str, where: str, *, params: Mapping[str, str | int] | None = None) -> object:
        """The JSON in the answer to a call without a body; None when the answer is empty."""
        answer = await self.ask(method, where, params=params)
        return decode(answer.content)

    async def download(self, where: str, *, max_bytes: int) -> bytes:
        """A file of this server; raises MediaError when it is gone or larger than ``max_bytes``."""
        try:
            async with self._client.stream(
                "GET", self._base + where, headers=self._key, timeout=TIMEOUT, follow_redirects=False
            ) as answer:
                if not answer.is_success:
                    raise _file_error(answer.status_code)
                return await _capped(answer, max_bytes)
        except httpx.RequestError as error:
            raise _unreachable(error, sending=False) from error

    def file_path(self, url: str) -> str:
        """The path of a media address below this server; raises MediaError when it leads anywhere else."""
        base = urlsplit(self._base)
        try:
            there = urlsplit(url)
        except ValueError as error:
            raise MediaError(provider_code="foreign_address") from error
        below = there.path.startswith(f"{base.path}/api/files/") and ".." not in unquote(there.path)
        if (there.scheme, there.netloc) != (base.scheme, base.netloc) or not below:
            # Following it would hand our key to a stranger, or read what is no file.
            raise MediaError(provider_code="foreign_address")
        return there.path.removeprefix(base.path) + (f"?{there.query}" if there.query else "")

    @contextmanager
    def watched(self, session: SessionRef, operation: str) -> Iterator[None]:
        """Measure a call, and leave the gateway alone when it failed too often for this session."""
        with self.measured(session, operation), self.guarded(session):
            yield

    @contextmanager
    def guarded(self, session: SessionRef) -> Iterator[None]:
        """Leave the gateway alone when it failed too often for this session; raises GatewayResting then."""
        try:
            with self._breaker(session).guard(_is_failure):
                yield
        except BreakerOpen as rest:
            raise GatewayResting(retry_after=rest.retry_after) from rest

    @contextmanager
    def measured(self, session: SessionRef, operation: str) -> Iterator[None]:
        """Measure a call under one of the names of the metrics catalogue, as a span of the work it belongs to."""
        begun = time.perf_counter()
        failed = True
        with span(f"{operation} {session.name}", _messaging(session, operation), kind=SpanKind.CLIENT):
            try:
                yield
                failed = False
            finally:
                metrics.operation(session.name, operation, time.perf_counter() - begun, failed=failed)

    def _breaker(self, session: SessionRef) -> Breaker:
        name = session.name
        if name not in self._breakers:
            self._breakers[name] = Breaker(name, now=self._now, on_change=self._on_breaker)
        return self._breakers[name]


def _messaging(session: SessionRef, operation: str) -> dict[str, str]:
    kind = {"messaging.operation.type": "send"} if operation == "send" else {}
    return {
        "messaging.system": "whatsapp",
        "messaging.destination.name": session.name,
        "messaging.operation.name": operation,
        **kind,
    }


def _file_error(status: int) -> GatewayError:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Transient(provider_code=str(status))
    return MediaError(provider_code=str(status))


async def _capped(answer: httpx.Response, max_bytes: int) -> bytes:
    if (number(answer.headers.get("content-length")) or 0) > max_bytes:
        raise MediaError(provider_code="too_large")
    data = bytearray()
    async for chunk in answer.aiter_bytes():
        data += chunk
        if len(data) > max_bytes:
            raise MediaError(provider_code="too_large")
    return bytes(data)
