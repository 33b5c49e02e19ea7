"""The playbooks that managers save and publish, and the one by which the agent talks.

Versions are only ever added; publishing points at one of them. Every process takes up a newly published playbook by
its number, which a turn reads together with its lead: no restart, and no further question to the database.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import Clock
from app.database import at_once, reading, transaction
from app.errors import Invalid, NotAllowed, NotFound, Stale
from app.leads.models import AuditEvent
from app.qualification.models import PlaybookVersion
from app.qualification.playbook import (
    Playbook,
    PlaybookError,
    check_playbook,
    parse_playbook,
    shipped_playbooks,
    text_of,
)
from app.qualification.playbook_text import LARGEST, is_storable
from app.registry import provide, use
from app.settings import Settings
from app.team.viewer import Viewer

log = structlog.get_logger(__name__)

LONGEST_NOTE = 200
"""Letters of a note."""
SHOWN = 100
"""Versions in a list, newest first."""


@dataclass(frozen=True)
class Version:
    """A saved playbook without its text: ``published`` says whether the agent talks by it now."""

    number: int
    playbook: str
    note: str
    by: str
    created_at: datetime
    published: bool
    published_at: datetime | None


@dataclass(frozen=True)
class Draft:
    """What a manager wants to save; ``based_on`` is the newest version they saw, 0 while there was none."""

    text: str
    based_on: int
    note: str = ""


async def keep_up(number: int | None) -> None:
    """Let the playbook with this number be the agent's from now on, if it is not; None while none was published.

    One that this version of Leadline cannot read any more is reported once, and the agent goes on as before.
    """
    running = use(Playbook)
    if number is None or running.edition == number:
        return
    found = await at_once(_TEXT, {"number": number})
    try:
        playbook = parse_playbook(found[0].yaml) if found else running
    except PlaybookError:
        log.exception("published_playbook_unreadable", number=number)
        provide(Playbook, running.standing_in_for(number))
        return
    provide(Playbook, playbook.as_edition(number))


_TEXT = sa.text("select yaml from playbook_version where number = :number")
_PUBLISHED = sa.text("select number from playbook_version where published")


async def current() -> Playbook:
    """The agent's playbook as it is published now, for whoever is not inside a turn."""
    found = await at_once(_PUBLISHED, {})
    await keep_up(found[0].number if found else None)
    return use(Playbook)


async def sweep() -> int:
    """Keep up also while no lead writes: messages to silent leads have words of the playbook, too."""
    await current()
    return 0


async def versions(viewer: Viewer) -> list[Version]:
    """What was saved, newest first, and in any case the published one; for managers."""
    _managing(viewer)
    query = sa.select(PlaybookVersion).order_by(sa.desc("published"), sa.desc("number")).limit(SHOWN)
    async with reading() as db:
        rows = (await db.execute(query)).scalars().all()
    return sorted(map(_version, rows), key=lambda version: version.number, reverse=True)


async def text(viewer: Viewer, number: int) -> str:
    """The text of a version; for managers. Raises NotFound."""
    _managing(viewer)
    async with reading() as db:
        return (await _row(db, number)).yaml


def starting_text(viewer: Viewer, name: str = "") -> str:
    """The text of a shipped playbook, or without a name of the one in the settings; for managers."""
    _managing(viewer)
    settings = use(Settings)
    if name and name not in shipped_playbooks():
        raise NotFound(playbook=name)
    given = text_of(name or settings.playbook)
    if not settings.business_name:
        return given
    # A quoted text of JSON is one of YAML, too.
    own = f"business_name: {json.dumps(settings.business_name, ensure_ascii=False)}"
    return re.sub(r"(?m)^business_name:.*$", lambda _: own, given, count=1)


async def save(viewer: Viewer, draft: Draft) -> Version:
    """Keep a draft as a new version, mistakes and all; the same text again is no new version.

    Raises Stale, with the newest version's number and author, when somebody saved since.
    """
    _managing(viewer)
    note = " ".join(draft.note.split())[:LONGEST_NOTE]
    _refuse(draft.text)
    async with transaction() as db:
        await db.execute(_ONE_AT_A_TIME)
        newest = await _newest(db)
        if newest is not None and newest.yaml == draft.text:
            return _version(newest)
        if (newest.number if newest else 0) != draft.based_on:
            raise _stale(newest)
        row = await _add(db, viewer, draft.text, note, newest.number + 1 if newest else 1)
        return _version(row)


async def publish(viewer: Viewer, number: int, *, seen: int | None) -> Version:
    """Let the agent talk by this version from its next turn on; an older one rolls back.

    ``seen`` is the published number that the viewer saw. Raises PlaybookError for one with mistakes, NotFound, and
    Stale when somebody published since.
    """
    _managing(viewer)
    now = use(Clock).now()
    async with transaction() as db:
        await db.execute(_ONE_AT_A_TIME)
        row = await _row(db, number)
        parse_playbook(row.yaml)
        before = (await db.execute(_OF_PUBLISHED)).scalar_one_or_none()
        if (before.number if before else None) != seen:
            raise _stale(before)
        if before is not None:
            before.published = False
            await db.flush()
        row.published, row.published_at = True, now
        details: dict[str, object] = {"number": number, "before": seen}
        db.add(AuditEvent(user_id=viewer.user_id or None, action="playbook_published", details=details, at=now))
        await db.flush()
        log.info("playbook_published", number=number, before=seen)
        return _version(row)


async def publish_text(viewer: Viewer, given: str, note: str) -> Version:
    """Save a text on top of whatever is newest, and publish it. Raises PlaybookError."""
    known = await versions(viewer)
    version = await save(viewer, Draft(given, known[0].number if known else 0, note))
    return await publish(viewer, version.number, seen=next((each.number for each in known if each.published), None))


_ONE_AT_A_TIME = sa.text("select pg_advisory_xact_lock(hashtext('playbook'))")
_OF_PUBLISHED = sa.select(PlaybookVersion).where(sa.column("published"))
_NEWEST = sa.select(PlaybookVersion).order_by(sa.desc("number")).limit(1)


async def _newest(db: AsyncSession) -> PlaybookVersion | None:
    return (await db.execute(_NEWEST)).scalar_one_or_none()


async def _row(db: AsyncSession, number: int) -> PlaybookVersion:
    row = (await db.execute(sa.select(PlaybookVersion).filter_by(number=number))).scalar_one_or_none()
    if row is None:
        raise NotFound(version=number)
    return row


async def _add(db: AsyncSession, viewer: Viewer, given: str, note: str, number: int) -> PlaybookVersion:
    playbook = check_playbook(given).playbook
    row = PlaybookVersion(
        number=number,
        playbook=playbook.id if playbook else "",
        yaml=given,
        note=note,
        by_user_id=viewer.user_id or None,
        by_name=viewer.name,
        created_at=use(Clock).now(),
    )
    db.add(row)
    await db.flush()
    return row


def _refuse(given: str) -> None:
    """A draft may have any mistake but these."""
    if len(given.encode(errors="replace")) > LARGEST:
        raise Invalid(f"The playbook is larger than {LARGEST // 1024} kB.")
    if not is_storable(given):
        raise Invalid("The playbook has a character that no text may have.")


def _stale(newer: PlaybookVersion | None) -> Stale:
    if newer is None:
        return Stale("There is no such version any more; look again.", number=0)
    return Stale(
        f"{newer.by_name} was quicker: there is a version {newer.number} now.", number=newer.number, by=newer.by_name
    )


def _version(row: PlaybookVersion) -> Version:
    return Version(row.number, row.playbook, row.note, row.by_name, row.created_at, row.published, row.published_at)


def _managing(viewer: Viewer) -> None:
    if not viewer.leads_team:
        raise NotAllowed("Managers shape the playbook.")
