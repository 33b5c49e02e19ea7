"""Reads of the REST API: keyset pages, with the same few statements a page however many rows it has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.cursor import Cursor
from app.errors import NotFound
from app.leads.search import fold
from app.schema import METADATA
from app.team.viewer import Viewer
from app.vocabulary import Automation, QualificationStatus, Stage, Temperature

SUFFIX_DIGITS = 4
"""From this many digits on, a search also looks for telephone numbers that end in them."""

_NOT_DIGITS = re.compile(r"[^0-9]")
_NOT_WORDS = re.compile(r"\W+")

_tables = METADATA.tables
_lead, _identity, _member = _tables["lead"], _tables["lead_identity"], _tables["team_user"]
_interview, _given, _judged = _tables["qualification"], _tables["assignment"], _tables["classification"]
_message = _tables["message"]

Fields = dict[str, Any]


@dataclass(frozen=True)
class LeadFilter:
    """Which leads a list asks for; None asks for any."""

    stage: Stage | None = None
    temperature: Temperature | None = None
    owner: int | None = None
    unassigned: bool = False
    created_after: datetime | None = None
    q: str | None = None


@dataclass(frozen=True)
class Slice:
    """One page of rows, and the cursor of the page after it."""

    items: list[Fields]
    next: str | None


async def leads(db: AsyncSession, viewer: Viewer, asked: LeadFilter, *, after: Cursor | None, limit: int) -> Slice:
    """The leads that the viewer may see and asks for, newest first."""
    wanted = _ITEMS.where(_visible(viewer), *_conditions(asked, viewer), *_older(_lead, _lead.c.created_at, after))
    newest = wanted.order_by(_lead.c.created_at.desc(), _lead.c.id.desc()).limit(limit + 1)
    page = _slice((await db.execute(newest)).mappings().all(), limit, "created_at")
    await _add_parts(db, page.items)
    for item in page.items:
        _cover(item, viewer)
    return page


async def lead(db: AsyncSession, viewer: Viewer, lead_id: int) -> Fields:
    """One lead with its newest classification; raises NotFound for one that the viewer may not see."""
    row = (await db.execute(_ITEMS.where(_lead.c.id == lead_id, _visible(viewer)))).mappings().one_or_none()
    if row is None:
        raise NotFound(lead=lead_id)
    fields = dict(row)
    await _add_parts(db, [fields])
    if _cover(fields, viewer):
        return {**fields, "classification": None}
    judged = sa.select(_judged).where(_judged.c.lead_id == lead_id).order_by(_judged.c.id.desc()).limit(1)
    newest = (await db.execute(judged)).mappings().one_or_none()
    return {**fields, "classification": None if newest is None else dict(newest)}


def _cover(item: Fields, viewer: Viewer) -> bool:
    """Take the rating out for consultants who are asked for theirs blindly; says whether it did."""
    blind = bool(item.pop("blind")) and item["automation"] != Automation.OFF and not viewer.leads_team
    if blind:
        item.update(temperature=None, risk=None, score=None)
    return blind


async def messages(db: AsyncSession, viewer: Viewer, lead_id: int, *, after: Cursor | None, limit: int) -> Slice:
    """The messages of a lead, newest first; raises NotFound for a lead that the viewer may not see."""
    seen = sa.select(_lead.c.id).where(_lead.c.id == lead_id, _visible(viewer))
    if (await db.execute(seen)).one_or_none() is None:
        raise NotFound(lead=lead_id)
    of_lead = _MESSAGES.where(_message.c.lead_id == lead_id, *_older(_message, _message.c.at, after))
    newest = of_lead.order_by(_message.c.at.desc(), _message.c.id.desc()).limit(limit + 1)
    return _slice((await db.execute(newest)).mappings().all(), limit, "at")


_ITEMS = sa.select(
    _lead.c.id,
    _lead.c.name,
    _lead.c.stage,
    _lead.c.temperature,
    _lead.c.risk,
    _lead.c.score,
    _lead.c.blind,
    _lead.c.owner_id,
    _member.c.name.label("owner_name"),
    _lead.c.automation,
    _lead.c.language,
    _lead.c.source,
    _lead.c.unread,
    _lead.c.version,
    _lead.c.created_at,
    _lead.c.updated_at,
).outerjoin_from(_lead, _member, _member.c.id == _lead.c.owner_id)

_MESSAGES = sa.select(
    _message.c.id,
    _message.c.session,
    _message.c.direction,
    _message.c.author,
    _member.c.name.label("author_name"),
    _message.c.kind,
    sa.case((_message.c.revoked_at.is_not(None), ""), else_=_message.c.body).label("text"),
    _message.c.status,
    _message.c.error,
    _message.c.at,
    _message.c.sent_at,
    _message.c.delivered_at,
    _message.c.read_at,
).outerjoin_from(_message, _member, _member.c.id == _message.c.author_id)


def _visible(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Managers see every lead, consultants their own and those that nobody owns."""
    if viewer.leads_team:
        return sa.true()
    return sa.or_(_lead.c.owner_id == viewer.user_id, _lead.c.owner_id.is_(None))


def _conditions(asked: LeadFilter, viewer: Viewer) -> Iterator[sa.ColumnElement[bool]]:
    if asked.stage is not None:
        yield _lead.c.stage == asked.stage
    if asked.temperature is not None:
        yield _lead.c.temperature == asked.temperature
        yield sa.or_(sa.literal(viewer.leads_team), ~_lead.c.blind, _lead.c.automation == Automation.OFF)
    if asked.owner is not None:
        yield _lead.c.owner_id == asked.owner
    if asked.unassigned:
        yield _lead.c.owner_id.is_(None)
    if asked.created_after is not None:
        yield _lead.c.created_at > asked.created_after
    if asked.q is not None:
        yield _found_by(asked.q)


def _found_by(q: str) -> sa.ColumnElement[bool]:
    """Leads that have a word beginning with each word of ``q``, or a number that ends in its digits."""
    words = _NOT_WORDS.sub(" ", fold(q)).split()
    beginnings = " & ".join(f"{word}:*" for word in words)
    # The configuration is written out, as in the index that serves this.
    simple: sa.ColumnElement[str] = sa.literal_column("'simple'")
    by_word = sa.func.to_tsvector(simple, _lead.c.search).op("@@")(sa.func.to_tsquery(simple, beginnings))
    digits = _NOT_DIGITS.sub("", q)
    return sa.or_(by_word, _ends_in(digits)) if len(digits) >= SUFFIX_DIGITS else by_word


def _ends_in(digits: str) -> sa.ColumnElement[bool]:
    reversed_value = sa.func.reverse(_identity.c.value)
    return _lead.c.id.in_(sa.select(_identity.c.lead_id).where(reversed_value.like(f"{digits[::-1]}%")))


def _older(
    table: sa.Table, moment: sa.ColumnElement[datetime], after: Cursor | None
) -> Iterator[sa.ColumnElement[bool]]:
    if after is not None:
        yield sa.tuple_(moment, table.c.id) < sa.tuple_(sa.literal(after.at), sa.literal(after.id))


def _slice(rows: Sequence[Any], limit: int, moment: str) -> Slice:
    """Cut off the one row too many that tells whether another page follows."""
    found = [dict(row) for row in rows]
    items = found[:limit]
    more = len(found) > limit
    return Slice(items, Cursor(items[-1][moment], items[-1]["id"]).encode() if more else None)


async def _add_parts(db: AsyncSession, items: Sequence[Fields]) -> None:
    """Give each lead its owner, addresses, newest interview and open assignment."""
    ids = [item["id"] for item in items]
    identities, interviews, assignments = (
        await _identities(db, ids),
        await _interviews(db, ids),
        await _assignments(db, ids),
    )
    for item in items:
        owner_id, owner_name = item.pop("owner_id"), item.pop("owner_name")
        item["owner"] = None if owner_id is None else {"id": owner_id, "name": owner_name}
        item["identities"] = identities.get(item["id"], [])
        item["qualification"] = interviews.get(item["id"])
        item["assignment"] = assignments.get(item["id"])


async def _identities(db: AsyncSession, ids: Sequence[int]) -> dict[int, list[Fields]]:
    known = sa.select(_identity.c.lead_id, _identity.c.kind, _identity.c.value)
    found: dict[int, list[Fields]] = {}
    for row in await db.execute(known.where(_identity.c.lead_id.in_(ids)).order_by(_identity.c.id)):
        found.setdefault(row.lead_id, []).append({"kind": row.kind, "value": row.value})
    return found


async def _interviews(db: AsyncSession, ids: Sequence[int]) -> dict[int, Fields]:
    newest = (
        sa.select(_interview)
        .where(_interview.c.lead_id.in_(ids))
        .ext(distinct_on(_interview.c.lead_id))
        .order_by(_interview.c.lead_id, _interview.c.id.desc())
    )
    return {row.lead_id: _interview_of(row) for row in await db.execute(newest)}


def _interview_of(row: Any) -> Fields:
    return {
        "status": row.status,
        "outcome": None if row.status == QualificationStatus.ACTIVE else row.status,
        "started_at": row.started_at,
        "completed_at": row.finished_at,
        "facts": {name: fact.get("value") for name, fact in row.facts.items()},
    }


async def _assignments(db: AsyncSession, ids: Sequence[int]) -> dict[int, Fields]:
    still_open = (
        sa.select(
            _given.c.lead_id,
            _given.c.consultant_id,
            _member.c.name.label("consultant"),
            _given.c.assigned_at,
            _given.c.reason,
        )
        .join_from(_given, _member, _member.c.id == _given.c.consultant_id)
        .where(_given.c.lead_id.in_(ids), _given.c.released_at.is_(None))
    )
    return {row["lead_id"]: dict(row) for row in (await db.execute(still_open)).mappings()}
