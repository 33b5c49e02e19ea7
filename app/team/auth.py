"""Signing in and out, and who is behind a cookie or an API token.

The cookie and the token are random; only their SHA-256 is stored. A sign-in ends at once when it is revoked:
the process that revokes forgets it immediately, every other web process when it hears the NOTIFY, and none
remembers a viewer for more than five seconds.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

import metrics.service
from app import notices
from app.clock import Clock
from app.database import notify, reading, transaction
from app.errors import NotAllowed, NotSignedIn, TooMany
from app.registry import use
from app.settings import Settings
from app.team import repository
from app.team.cache import ViewerCache
from app.team.models import SignIn
from app.team.passwords import PasswordCheck, check_password
from app.team.throttle import ACCOUNT, CLIENT, Tally, account_subject, client_subject, wait
from app.team.viewer import OPERATOR, Viewer

__all__ = [
    "COOKIE",
    "OPERATOR",
    "Scope",
    "SignInThrottled",
    "TokenHolder",
    "Viewer",
    "WrongCredentials",
    "forget_viewers",
    "revoke_all",
    "sign_in",
    "sign_out",
    "token_holder",
    "viewer_of",
    "viewers_of",
]

COOKIE = "leadline_sid"
TOKEN_PREFIX = "leadline_"  # noqa: S105 - the visible beginning of every token, no secret
TOUCH_EVERY = timedelta(minutes=1)
"""A sign-in's or token's last use is written at most this often."""

log = structlog.get_logger(__name__)
_viewers = ViewerCache()


class WrongCredentials(NotSignedIn):
    """E-mail and password do not match."""

    code = "wrong_credentials"


class SignInThrottled(TooMany):
    """Too many failed sign-ins; wait a little."""

    code = "sign_in_throttled"


class BadToken(NotSignedIn):
    """This needs a valid API token: Authorization: Bearer leadline_..."""

    code = "bad_token"


class Scope(StrEnum):
    """What an API token may do; write includes read."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True)
class TokenHolder:
    """The member for whom an API token acts, and what it may do."""

    viewer: Viewer
    scope: Scope

    def allow(self, needed: Scope) -> Viewer:
        """The viewer, if the token's scope covers ``needed``; raises NotAllowed."""
        if needed is Scope.WRITE and self.scope is not Scope.WRITE:
            raise NotAllowed("This token may only read.", scope=self.scope)
        return self.viewer


@dataclass(frozen=True)
class _Claim:
    """One counted try: it stays counted unless the password turns out right."""

    account: str
    try_ids: list[int]
    left: int


def digest(secret: str) -> bytes:
    """What is stored of a cookie or a token."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


async def sign_in(email: str, password: str, *, client: str, agent: str = "") -> tuple[str, Viewer]:
    """Open a sign-in; returns the cookie's value and who it is.

    ``client`` is the network address, ``agent`` the browser family. Raises WrongCredentials, or
    SignInThrottled with ``retry_after`` seconds; neither tells whether the account exists.
    """
    claim = await _claim_try(email, client)
    async with reading() as db:
        known = await repository.credentials(db, email)
    check = await check_password(password, known.password_hash if known else None)
    if known is None or not check.right:
        log.info("sign_in_refused")
        raise WrongCredentials(tries_left=claim.left)
    cookie = await _open(known.viewer, check, claim, agent)
    log.info("signed_in", user_id=known.viewer.user_id)
    return cookie, known.viewer


async def _claim_try(email: str, client: str) -> _Claim:
    """Count the try before the password is looked at, so that many at once cannot slip past the limit."""
    now = use(Clock).now()
    account, address = account_subject(email), client_subject(client)
    async with transaction() as db:
        await repository.lock_subjects(db, (account, address))
        counted = await repository.tallies(db, (account, address), now)
        of_account, of_address = counted.get(account, Tally()), counted.get(address, Tally())
        pause = max(wait(ACCOUNT, of_account, now), wait(CLIENT, of_address, now))
        if pause:
            metrics.service.throttled("login", "local_limiter")
            log.warning("sign_in_throttled")
            raise SignInThrottled(retry_after=pause.total_seconds())
        try_ids = await repository.add_tries(db, (account, address), now)
    left = min(ACCOUNT.left(of_account.failures), CLIENT.left(of_address.failures))
    return _Claim(account, try_ids, left)


async def _open(viewer: Viewer, check: PasswordCheck, claim: _Claim, agent: str) -> str:
    cookie, now = secrets.token_urlsafe(32), use(Clock).now()
    lasts = timedelta(days=use(Settings).session_days)
    async with transaction() as db:
        await repository.forgive_tries(db, claim.try_ids, claim.account, now)
        if check.renewed:
            await repository.store_password(db, viewer.user_id, check.renewed)
        opened = SignIn(
            user_id=viewer.user_id,
            cookie_sha256=digest(cookie),
            agent=agent[:64],
            created_at=now,
            seen_at=now,
            expires_at=now + lasts,
        )
        await repository.open_sign_in(db, opened)
    return cookie


async def viewer_of(cookie: str | None) -> Viewer | None:
    """Who is behind the cookie, known at most five seconds late; None for nobody."""
    return (await viewers_of([cookie])).get(cookie) if cookie else None


async def viewers_of(cookies: Iterable[str]) -> dict[str, Viewer]:
    """Who is behind each of these cookies, known at most five seconds late; whoever is nobody is left out.

    However many they are, they cost one read and at most one write.
    """
    now, keys = use(Clock).now(), {cookie: digest(cookie) for cookie in cookies}
    known = {key: viewer for key in keys.values() if (viewer := _viewers.recall(key, now))}
    if unknown := [key for key in keys.values() if key not in known]:
        known |= await _read_viewers(unknown, now)
    return {cookie: known[key] for cookie, key in keys.items() if key in known}


async def _read_viewers(keys: Sequence[bytes], now: datetime) -> dict[bytes, Viewer]:
    generation = _viewers.generation
    async with reading() as db:
        found = await repository.signed_in(db, keys, now)
    if due := [one.key_id for one in found.values() if _due(one.seen_at, now)]:
        async with transaction() as db:
            await repository.touch_sign_ins(db, due, now)
    for key, one in found.items():
        _viewers.remember(key, one.viewer, now, generation=generation)
    return {key: one.viewer for key, one in found.items()}


def _due(seen_at: datetime | None, now: datetime) -> bool:
    return seen_at is None or now - seen_at >= TOUCH_EVERY


def forget_viewers(user_id: int | None = None) -> None:
    """Ask the database again who a cookie is: on NOTIFY ``signin``, and for all after a lost LISTEN."""
    _viewers.forget(user_id)


async def sign_out(cookie: str | None) -> None:
    """End this sign-in everywhere; nothing happens for an unknown cookie."""
    if not cookie:
        return
    async with transaction() as db:
        users = await repository.revoke_sign_ins(db, use(Clock).now(), cookie_sha256=digest(cookie))
        for user_id in users:
            await announce(db, user_id)
    for user_id in users:
        forget_viewers(user_id)
        log.info("signed_out", user_id=user_id)


async def revoke_all(user_id: int) -> None:
    """End every sign-in of a member at once."""
    async with transaction() as db:
        await end_sign_ins(db, user_id)
    forget_viewers(user_id)


async def end_sign_ins(db: AsyncSession, user_id: int) -> None:
    """Revoke a member's sign-ins in the caller's transaction; call ``forget_viewers`` once it committed."""
    await repository.revoke_sign_ins(db, use(Clock).now(), user_id=user_id)
    await announce(db, user_id)


async def announce(db: AsyncSession, user_id: int) -> None:
    """Tell every web process that this member's sign-ins or rights changed."""
    notify(db, notices.of_sign_in(user_id))


async def token_holder(token: str) -> TokenHolder:
    """For whom an API token acts; raises BadToken for one that is unknown, expired or revoked."""
    now = use(Clock).now()
    async with reading() as db:
        found = await repository.token_viewer(db, digest(token), now) if token.startswith(TOKEN_PREFIX) else None
    if found is None:
        raise BadToken
    if _due(found.seen_at, now):
        async with transaction() as db:
            await repository.touch_token(db, found.key_id, now)
    return TokenHolder(found.viewer, Scope(found.scope))
