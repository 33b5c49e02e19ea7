"""Who may call what: the gateway's keys, the control token, and the phone page's own key."""

import hmac
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.simulator import refusals
from app.simulator.exchange import Exchange
from app.simulator.people import Person
from app.simulator.sessions import Session, Status
from app.simulator.shapes import Json


@dataclass
class Key:
    """A key of the gateway's API; without admin rights it serves one session."""

    id: str
    key: str
    isActive: bool  # noqa: N815  (names of the wire)
    isAdmin: bool  # noqa: N815  (as above)
    session: str | None
    actions: Json | None = None

    def as_json(self) -> Json:
        """The key as the keys API gives it."""
        return asdict(self)


class KeyRing:
    """All keys; the operator's own is always an admin's."""

    def __init__(self, admin_key: str) -> None:
        """Start with the operator's key."""
        self._admin = Key("key_admin", admin_key, isActive=True, isAdmin=True, session=None)
        self.keys: dict[str, Key] = {}

    def find(self, presented: str) -> Key | None:
        """The active key that was presented, or None."""
        for key in (self._admin, *self.keys.values()):
            if key.isActive and hmac.compare_digest(key.key.encode(), presented.encode()):
                return key
        return None

    def make(self, wish: Json) -> Key:
        """A new key for one session, or for all when it is an admin's."""
        name = f"key_{secrets.token_hex(8)}"
        key = Key(name, f"key_{secrets.token_hex(24)}", isActive=True, isAdmin=False, session=None)
        self.keys[name] = key
        change_key(key, wish)
        return key


def change_key(key: Key, wish: Json) -> None:
    """Apply what the caller may choose."""
    key.isAdmin = bool(wish.get("isAdmin", key.isAdmin))
    key.isActive = bool(wish.get("isActive", key.isActive))
    key.session = wish.get("session", key.session)
    key.actions = wish.get("actions", key.actions)


class Doorkeeper:
    """ASGI middleware: each part of the simulator has its own key."""

    def __init__(self, app: ASGIApp, *, ring: KeyRing, token: str, page_key: str) -> None:
        """Guard `app`."""
        self._app = app
        self._ring = ring
        self._token = token.encode()
        self._page_key = page_key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer 401."""
        if scope["type"] == "http" and not self._may_pass(HTTPConnection(scope)):
            refusal = refusals.unauthorized()
            await JSONResponse(refusal.body, refusal.status)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _may_pass(self, connection: HTTPConnection) -> bool:
        path = connection.url.path
        if path.startswith("/_sim"):
            return hmac.compare_digest(connection.headers.get("x-sim-token", "").encode(), self._token)
        if path.startswith("/phone/api"):
            presented = connection.headers.get("x-phone-key") or connection.query_params.get("key", "")
            return hmac.compare_digest(presented.encode(), self._page_key)
        if path.startswith("/api"):
            presented = connection.headers.get("x-api-key") or connection.query_params.get("x-api-key", "")
            connection.scope.setdefault("state", {})["key"] = self._ring.find(presented)
            return connection.scope["state"]["key"] is not None
        return True


def exchange_of(request: Request) -> Exchange:
    """The exchange that this application serves."""
    return request.app.state.exchange


def permit(request: Request, session_name: str | None) -> None:
    """Refuse a key that belongs to another session.

    Raises:
        Refusal: 403.
    """
    key: Key = request.state.key
    if not key.isAdmin and key.session != session_name:
        raise refusals.forbidden()


async def working_session(request: Request, name: Any, expected: Status = Status.WORKING) -> Session:
    """The session that a messaging call names, once it is ready.

    Raises:
        Refusal: 403 another's key, 422 no such session, 404 stopped, 422 not ready in time.
    """
    permit(request, str(name))
    sessions = exchange_of(request).sessions
    session = sessions.get(str(name))
    if session is None:
        raise refusals.no_such_session(str(name))
    if session.status is Status.STOPPED:
        raise refusals.not_running(session.name)
    await sessions.expect(session, expected)
    return session


def person_of(request: Request, chat_id: str) -> Person:
    """Who is behind a chat id.

    Raises:
        Refusal: 404, a hidden id that the gateway never met.
    """
    person = exchange_of(request).people.by_chat(chat_id)
    if person is None:
        raise refusals.not_found("Chat not found")
    return person
