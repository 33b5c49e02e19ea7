"""The members of the team and the tokens that act for them: who may change what, and what a change ends."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import Clock
from app.database import reading, transaction
from app.errors import Invalid, NotAllowed, NotFound
from app.registry import use
from app.team import repository
from app.team.auth import TOKEN_PREFIX, Scope, Viewer, announce, digest, end_sign_ins, forget_viewers
from app.team.models import ApiToken, User
from app.team.passwords import hash_password
from app.team.viewer import initials_of
from app.vocabulary import Role

_EMAIL = re.compile(r"[^@\s\x00]+@[^@\s\x00]+")
log = structlog.get_logger(__name__)


class EmailTaken(Invalid):
    """Somebody with this e-mail address is already on the team."""

    code = "email_taken"


@dataclass(frozen=True)
class Member:
    """Somebody of the team, without anything secret."""

    id: int
    name: str
    initials: str
    email: str
    role: Role
    active: bool
    on_duty: bool
    weight: float
    capacity: int | None


@dataclass(frozen=True)
class NewMember:
    """Somebody who joins. Without a password they cannot sign in yet."""

    email: str
    name: str
    role: Role = Role.CONSULTANT
    password: str | None = None


@dataclass(frozen=True)
class MemberChange:
    """What is to be different about a member; None leaves it as it is."""

    name: str | None = None
    role: Role | None = None
    active: bool | None = None
    on_duty: bool | None = None
    weight: float | None = None
    capacity: int | None = None

    def values(self) -> dict[str, Any]:
        """The columns to set."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class Token:
    """An API token as it may be shown: never its secret."""

    id: int
    name: str
    user_id: int | None
    scope: Scope
    created_at: datetime
    used_at: datetime | None


async def members(viewer: Viewer) -> list[Member]:
    """Everybody, by name: managers and admins may ask."""
    _managing(viewer)
    async with reading() as db:
        return [_member(user) for user in await repository.member_rows(db)]


async def consultants() -> list[Member]:
    """The active consultants, by name: those to whom a lead can be given."""
    async with reading() as db:
        found = [_member(user) for user in await repository.member_rows(db)]
    return [member for member in found if member.active and member.role is Role.CONSULTANT]


async def add_member(viewer: Viewer, new: NewMember) -> Member:
    """Add somebody; raises Invalid, EmailTaken, NotAllowed."""
    _may_touch(viewer, new.role)
    values = {"email": _email(new.email), "name": _name(new.name), "role": new.role}
    hashed = await hash_password(new.password) if new.password is not None else None
    async with transaction() as db:
        added = await repository.add_member(db, {**values, "password_hash": hashed})
    if added is None:
        raise EmailTaken
    log.info("member_added", user_id=added.id, role=new.role)
    return _member(added)


async def change_member(viewer: Viewer, user_id: int, change: MemberChange) -> Member:
    """Change somebody; raises Invalid, NotAllowed, NotFound.

    A new role or leaving the team ends their sign-ins at once.
    """
    async with transaction() as db:
        user = await _touchable(db, viewer, user_id)
        _may_touch(viewer, change.role or Role(user.role))
        received_before = _receives(user)
        for column, value in change.values().items():
            setattr(user, column, _name(value) if column == "name" else value)
        if _receives(user) and not received_before:
            # Whoever comes back starts level: they are not given all that they missed.
            user.roster_since = use(Clock).now()
        if change.role is not None or change.active is False:
            await end_sign_ins(db, user_id)
        else:
            await announce(db, user_id)
        await db.flush()
    if _receives(user):
        await _hurry_unassigned()
    forget_viewers(user_id)
    log.info("member_changed", user_id=user_id, changed=sorted(change.values()))
    return _member(user)


async def _hurry_unassigned() -> None:
    """Try waiting leads at once. In a transaction of its own: who assigns locks the lead first and the member then."""
    async with transaction() as db:
        await repository.hurry_unassigned(db, use(Clock).now())


def _receives(user: User) -> bool:
    """Whether new leads are shared with this member."""
    return user.active and user.on_duty and user.role == Role.CONSULTANT


async def set_password(viewer: Viewer, user_id: int, password: str) -> None:
    """Set your own password, or anybody's as a manager; their sign-ins end. Raises PasswordTooShort."""
    hashed = await hash_password(password)
    async with transaction() as db:
        if viewer.user_id != user_id:
            await _touchable(db, viewer, user_id)
        await repository.store_password(db, user_id, hashed)
        await end_sign_ins(db, user_id)
    forget_viewers(user_id)
    log.info("password_set", user_id=user_id)


async def member_named(email: str) -> Member:
    """Somebody by e-mail address; raises NotFound."""
    async with reading() as db:
        user = await repository.member_by_email(db, email)
        if user is None:
            raise NotFound("Nobody on the team has this e-mail address.")
        return _member(user)


async def tokens(viewer: Viewer) -> list[Token]:
    """Every valid API token, oldest first: managers and admins may ask."""
    _managing(viewer)
    async with reading() as db:
        return [_token(row) for row in await repository.token_rows(db)]


async def create_token(viewer: Viewer, *, acts_for: int, name: str, scope: Scope) -> str:
    """Make a token that acts for a member; its secret is returned once and never stored."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    await keep_token(viewer, secret, acts_for=acts_for, name=name, scope=scope)
    return secret


async def keep_token(viewer: Viewer, secret: str, *, acts_for: int, name: str, scope: Scope) -> int:
    """Let a secret that was made elsewhere (the demo's) be a valid token; doing it twice changes nothing."""
    if not secret.startswith(TOKEN_PREFIX):
        raise Invalid(f"A token starts with {TOKEN_PREFIX}")
    async with transaction() as db:
        await _touchable(db, viewer, acts_for)
        values = {"token_sha256": digest(secret), "name": _name(name), "user_id": acts_for, "scope": scope}
        token_id = await repository.add_token(db, values)
    log.info("token_created", token_id=token_id, user_id=acts_for, scope=scope)
    return token_id


async def revoke_token(viewer: Viewer, token_id: int) -> None:
    """End a token at once; raises NotFound for one that is not valid."""
    _managing(viewer)
    async with transaction() as db:
        if not await repository.revoke_token(db, token_id, use(Clock).now()):
            raise NotFound("There is no such token.")
    log.info("token_revoked", token_id=token_id)


async def _touchable(db: AsyncSession, viewer: Viewer, user_id: int) -> User:
    _managing(viewer)
    user = await repository.member_row(db, user_id, lock=True)
    if user is None:
        raise NotFound("There is no such member of the team.")
    _may_touch(viewer, Role(user.role))
    return user


def _managing(viewer: Viewer) -> None:
    if not viewer.leads_team:
        raise NotAllowed("Only managers may do this.")


def _may_touch(viewer: Viewer, role: Role) -> None:
    _managing(viewer)
    if role is Role.ADMIN and viewer.role is not Role.ADMIN:
        raise NotAllowed("Only admins may change admins.")


def _email(value: str) -> str:
    email = value.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise Invalid("This is no e-mail address.")
    return email


def _name(value: str) -> str:
    name = value.strip()
    if not name or "\x00" in name:
        raise Invalid("A name is missing.")
    return name


def _member(user: User) -> Member:
    return Member(
        id=user.id or 0,
        name=user.name,
        initials=initials_of(user.name),
        email=user.email,
        role=Role(user.role),
        active=user.active,
        on_duty=user.on_duty,
        weight=user.weight,
        capacity=user.capacity,
    )


def _token(row: ApiToken) -> Token:
    return Token(
        id=row.id or 0,
        name=row.name,
        user_id=row.user_id,
        scope=Scope(row.scope),
        created_at=row.created_at,
        used_at=row.used_at,
    )
