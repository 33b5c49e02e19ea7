"""Rows of the team: members, signed-in browsers, failed tries and API tokens. Callers own the transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from app.team.models import ApiToken, SignIn, User
from app.team.throttle import WINDOW, Tally
from app.team.viewer import Viewer, initials_of
from app.vocabulary import Role

_tables = SQLModel.metadata.tables
_user, _sign_in, _try, _token = (_tables[name] for name in ("team_user", "sign_in", "sign_in_try", "api_token"))


@dataclass(frozen=True)
class Credentials:
    """What a password is checked against, and whom it lets in."""

    viewer: Viewer
    password_hash: str | None


@dataclass(frozen=True)
class SeenViewer:
    """A viewer, and when the sign-in or token that names them was last used."""

    viewer: Viewer
    key_id: int
    seen_at: datetime | None
    scope: str = ""


_VIEWER_COLUMNS = (_user.c.id, _user.c.name, _user.c.role, _user.c.email)


def _viewer(row: Any) -> Viewer:
    return Viewer(user_id=row.id, name=row.name, initials=initials_of(row.name), role=Role(row.role), email=row.email)


def _has_email(email: str) -> sa.ColumnElement[bool]:
    return sa.func.lower(_user.c.email) == email.strip().lower()


async def credentials(db: AsyncSession, email: str) -> Credentials | None:
    """The active member with this e-mail address."""
    found = sa.select(*_VIEWER_COLUMNS, _user.c.password_hash).where(_has_email(email), _user.c.active)
    row = (await db.execute(found)).one_or_none()
    return None if row is None else Credentials(_viewer(row), row.password_hash)


async def member_row(db: AsyncSession, user_id: int, *, lock: bool = False) -> User | None:
    """One member, whether active or not; ``lock`` holds the row until the transaction ends."""
    return await db.get(User, user_id, with_for_update=lock, populate_existing=lock)


async def member_by_email(db: AsyncSession, email: str) -> User | None:
    """One member by e-mail address, whether active or not."""
    return (await db.execute(sa.select(User).where(_has_email(email)))).scalar_one_or_none()


async def member_rows(db: AsyncSession) -> list[User]:
    """Everybody, by name."""
    return list((await db.execute(sa.select(User).order_by(_user.c.name, _user.c.id))).scalars())


async def add_member(db: AsyncSession, values: Mapping[str, object]) -> User | None:
    """A new member; None when the e-mail address is taken."""
    added = (
        insert(User).values(**values).on_conflict_do_nothing(index_elements=[sa.text("lower(email)")]).returning(User)
    )
    return (await db.execute(added)).scalar_one_or_none()


async def open_sign_in(db: AsyncSession, sign_in: SignIn) -> None:
    """Keep a new sign-in, and drop what long ended for the same member."""
    ended = sa.delete(_sign_in).where(
        _sign_in.c.user_id == sign_in.user_id, _sign_in.c.expires_at < sign_in.created_at - WINDOW
    )
    await db.execute(ended)
    db.add(sign_in)
    await db.flush()


async def signed_in(db: AsyncSession, cookies_sha256: Sequence[bytes], now: datetime) -> dict[bytes, SeenViewer]:
    """The active members behind those of these cookies whose sign-ins are valid."""
    valid = (
        sa.select(*_VIEWER_COLUMNS, _sign_in.c.id.label("key_id"), _sign_in.c.seen_at, _sign_in.c.cookie_sha256)
        .join(_sign_in, _sign_in.c.user_id == _user.c.id)
        .where(
            _sign_in.c.cookie_sha256 == _any(cookies_sha256, sa.LargeBinary()),
            _sign_in.c.revoked_at.is_(None),
            _sign_in.c.expires_at > now,
            _user.c.active,
        )
    )
    rows = await db.execute(valid)
    return {bytes(row.cookie_sha256): SeenViewer(_viewer(row), row.key_id, row.seen_at) for row in rows}


async def touch_sign_ins(db: AsyncSession, key_ids: Sequence[int], now: datetime) -> None:
    """Note that these sign-ins were used; one that somebody else notes at this moment is left to them."""
    free = sa.select(_sign_in.c.id).where(_sign_in.c.id == _any(key_ids, sa.BigInteger()))
    free = free.order_by(_sign_in.c.id).with_for_update(skip_locked=True)
    await db.execute(sa.update(_sign_in).where(_sign_in.c.id.in_(free)).values(seen_at=now))


def _any(values: Sequence[object], kind: sa.types.TypeEngine[Any]) -> sa.ColumnElement[Any]:
    return sa.any_(sa.literal(list(values), ARRAY(kind)))


async def revoke_sign_ins(
    db: AsyncSession, now: datetime, *, cookie_sha256: bytes | None = None, user_id: int | None = None
) -> list[int]:
    """End the sign-in with this cookie, or all of a user; returns the users concerned, once each."""
    chosen = _sign_in.c.user_id == user_id if cookie_sha256 is None else _sign_in.c.cookie_sha256 == cookie_sha256
    ended = sa.update(_sign_in).where(chosen, _sign_in.c.revoked_at.is_(None)).values(revoked_at=now)
    return sorted(set((await db.execute(ended.returning(_sign_in.c.user_id))).scalars()))


async def lock_subjects(db: AsyncSession, subjects: Iterable[str]) -> None:
    """Let only one transaction at a time count tries on these subjects."""
    for subject in sorted(subjects):
        await db.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(subject, 0))))


async def tallies(db: AsyncSession, subjects: Iterable[str], now: datetime) -> dict[str, Tally]:
    """The failed tries of each subject inside the window."""
    counted = (
        sa.select(
            _try.c.subject,
            sa.func.count().label("failures"),
            sa.func.max(_try.c.at).label("latest"),
        )
        .where(_try.c.subject.in_(list(subjects)), _try.c.at > now - WINDOW)
        .group_by(_try.c.subject)
    )
    return {row.subject: Tally(row.failures, row.latest) for row in await db.execute(counted)}


async def add_tries(db: AsyncSession, subjects: Iterable[str], now: datetime) -> list[int]:
    """Count one try on each subject; returns the rows' ids."""
    added = insert(_try).values([{"subject": subject, "at": now} for subject in subjects])
    return list((await db.execute(added.returning(_try.c.id))).scalars())


async def forgive_tries(db: AsyncSession, ids: Iterable[int], subject: str, now: datetime) -> None:
    """Drop the given tries, every try on ``subject``, and whatever left the window."""
    dropped = sa.or_(_try.c.id.in_(list(ids)), _try.c.subject == subject, _try.c.at <= now - WINDOW)
    await db.execute(sa.delete(_try).where(dropped))


async def store_password(db: AsyncSession, user_id: int, password_hash: str) -> None:
    """Keep a member's new password hash."""
    await db.execute(sa.update(_user).where(_user.c.id == user_id).values(password_hash=password_hash))


async def token_viewer(db: AsyncSession, token_sha256: bytes, now: datetime) -> SeenViewer | None:
    """The active member for whom a valid API token acts."""
    valid = (
        sa.select(*_VIEWER_COLUMNS, _token.c.id.label("key_id"), _token.c.used_at, _token.c.scope)
        .join(_token, _token.c.user_id == _user.c.id)
        .where(
            _token.c.token_sha256 == token_sha256,
            _token.c.revoked_at.is_(None),
            sa.or_(_token.c.expires_at.is_(None), _token.c.expires_at > now),
            _user.c.active,
        )
    )
    row = (await db.execute(valid)).one_or_none()
    return None if row is None else SeenViewer(_viewer(row), row.key_id, row.used_at, row.scope)


async def touch_token(db: AsyncSession, key_id: int, now: datetime) -> None:
    """Note that the token was used."""
    await db.execute(sa.update(_token).where(_token.c.id == key_id).values(used_at=now))


async def add_token(db: AsyncSession, values: Mapping[str, object]) -> int:
    """Keep a token's hash, or renew the row that has it; returns its id."""
    added = insert(_token).values(**values)
    renewed = {"name": added.excluded.name, "user_id": added.excluded.user_id, "scope": added.excluded.scope}
    kept = added.on_conflict_do_update(index_elements=["token_sha256"], set_={**renewed, "revoked_at": None})
    return (await db.execute(kept.returning(_token.c.id))).scalar_one()


async def token_rows(db: AsyncSession) -> list[ApiToken]:
    """Every token that was not revoked, oldest first."""
    valid = sa.select(ApiToken).where(_token.c.revoked_at.is_(None)).order_by(_token.c.id)
    return list((await db.execute(valid)).scalars())


async def revoke_token(db: AsyncSession, token_id: int, now: datetime) -> bool:
    """End a token; False when it was not valid."""
    ended = sa.update(_token).where(_token.c.id == token_id, _token.c.revoked_at.is_(None))
    return (await db.execute(ended.values(revoked_at=now).returning(_token.c.id))).scalar_one_or_none() is not None


_HURRY = sa.text("""
update lead set assign_due_at = :now where id in (
  select id from lead where owner_id is null and assign_due_at > :now order by id for no key update)
""")


async def hurry_unassigned(db: AsyncSession, now: datetime) -> None:
    """Let the leads that wait for a consultant be tried again at once: somebody may have room for them now.

    Waits for whoever holds one of them, so the caller must hold no member.
    """
    await db.execute(_HURRY, {"now": now})
