"""What the team does with leads on the board. Every call says who asks; this is where it is allowed or refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app import notices
from app.clock import Clock
from app.database import notify, reading, transaction
from app.errors import Invalid, NotFound, Stale
from app.leads import cards, ledger
from app.leads import repository as leads
from app.leads.cards import Card, card_json, covered, visible_to
from app.leads.models import Lead, StageChange
from app.registry import use
from app.team.viewer import Viewer
from app.vocabulary import OPEN_STAGES, Stage

__all__ = [
    "Card",
    "board",
    "card",
    "card_json",
    "cards_of",
    "covered",
    "mark_read",
    "move",
    "note_stage",
    "owned_lead",
    "visible_to",
]


async def board(viewer: Viewer) -> list[Card]:
    """The cards that this viewer may see."""
    async with reading() as db:
        return await cards.board_of(db, viewer, use(Clock).now())


async def cards_of(lead_ids: Sequence[int]) -> dict[int, Card]:
    """Cards by lead id, for the live board, which decides itself who gets to see them."""
    async with reading() as db:
        return await cards.some(db, lead_ids)


_CHANGED = sa.text(
    "select id, cast(extract(epoch from updated_at) as float8) as at from lead"
    " where updated_at > :since and updated_at <= :until"
)


async def changed_between(since: datetime, until: datetime) -> dict[int, float]:
    """The leads whose last change was then, and when that was, in seconds since 1970."""
    async with reading() as db:
        rows = await db.execute(_CHANGED, {"since": since, "until": until})
        return {row.id: row.at for row in rows}


async def card(lead_id: int) -> Card | None:
    """One card, None when the lead is gone."""
    return (await cards_of([lead_id])).get(lead_id)


def may_see(lead: Lead, viewer: Viewer) -> bool:
    """The same rule as ``visible_to``, for a row."""
    return viewer.leads_team or lead.owner_id is None or lead.owner_id == viewer.user_id


async def owned_lead(db: AsyncSession, viewer: Viewer, lead_id: int, *, lock: bool = False) -> Lead:
    """The lead, if this viewer may see it; raises NotFound alike for hidden and absent ones, so that ids tell
    nothing.
    """
    lead = await (leads.lock if lock else leads.get)(db, lead_id)
    if not may_see(lead, viewer):
        raise NotFound(lead=lead_id)
    return lead


async def move(
    viewer: Viewer,
    lead_id: int,
    stage: Stage | str,
    *,
    version: int,
    before: int | None = None,
    after: int | None = None,
) -> Card:
    """Put a card into a column, above ``before`` and below ``after`` when those are named.

    Raises Stale when a person moved or assigned the card since ``version``, NotFound, Invalid.
    """
    target = _stage(stage)
    now = use(Clock).now()
    async with transaction() as db:
        lead = await owned_lead(db, viewer, lead_id, lock=True)
        _refuse_stale(lead, version)
        position = await _position(db, target, before=before, after=after, now=now)
        await _place(db, lead, target, position, viewer=viewer, now=now)
    moved = await card(lead_id)
    if moved is None:
        raise NotFound(lead=lead_id)
    return moved


def _stage(stage: Stage | str) -> Stage:
    try:
        return Stage(stage)
    except ValueError as error:
        raise Invalid("There is no such column.") from error


def _refuse_stale(lead: Lead, version: int) -> None:
    if version < lead.placed_version:
        raise Stale(
            f"{lead.moved_by or 'Somebody'} changed this card a moment ago.",
            lead=lead.id,
            stage=lead.stage,
            moved_by=lead.moved_by,
            version=lead.version,
        )


_NEIGHBOURS = sa.text("select id, position from lead where id = any(:ids) and stage = :stage")


async def _position(db: AsyncSession, stage: Stage, *, before: int | None, after: int | None, now: datetime) -> float:
    """A number between the neighbours: ``before`` is the card below the gap, ``after`` the one above it."""
    ids = [one for one in (before, after) if one is not None]
    places = {row[0]: row[1] for row in await db.execute(_NEIGHBOURS, {"ids": ids, "stage": stage})} if ids else {}
    below, above = places.get(before or 0), places.get(after or 0)
    if below is not None and above is not None:
        return (below + above) / 2
    if below is not None:
        return below - 1
    return above + 1 if above is not None else leads.top_position(now)


async def _place(db: AsyncSession, lead: Lead, stage: Stage, position: float, *, viewer: Viewer, now: datetime) -> None:
    before = lead.stage
    lead.stage, lead.position = stage, position
    lead.version += 1
    lead.updated_at = now
    lead.placed_version = lead.version
    if before != stage:
        await note_stage(db, lead, before, viewer, now)
    await db.flush()
    notify(db, notices.of_lead(lead.id or 0))


async def note_stage(db: AsyncSession, lead: Lead, before: str, viewer: Viewer, now: datetime) -> None:
    """Write down and count that a person brought a lead from the stage ``before`` to the one it has now."""
    lead.moved_by, lead.moved_at = viewer.name, now
    if lead.stage not in OPEN_STAGES:
        lead.waiting_since = lead.due_at = None
    elif before not in OPEN_STAGES and lead.qualified_at is not None and lead.owner_id is None:
        lead.assign_due_at = now  # closed, it was no longer looked for a consultant
    db.add(
        StageChange(
            lead_id=lead.id or 0,
            before=before,
            after=lead.stage,
            by_user_id=viewer.user_id or None,
            by_name=viewer.name,
            at=now,
        )
    )
    ledger.record(db, ledger.Kind.STAGE_CHANGED, lead_id=lead.id, stage=lead.stage)
    if before in INTAKE and lead.stage not in INTAKE:
        await _processed_by_hand(db, lead.id or 0)


INTAKE = frozenset({Stage.NEW, Stage.QUALIFYING})
"""Stages in which the agent asks."""


async def _processed_by_hand(db: AsyncSession, lead_id: int) -> None:
    """A person decided where the lead goes; the agent had its part when it had begun to ask."""
    begun = await ledger.happened(db, ledger.Kind.QUALIFICATION_STARTED, lead_id=lead_id)
    await ledger.record_once(db, ledger.Kind.LEAD_PROCESSED, lead_id=lead_id, mode="mixed" if begun else "manual")


async def mark_read(viewer: Viewer, lead_id: int) -> None:
    """The viewer looked at the chat: nothing is unread any more when it is theirs to answer."""
    async with transaction() as db:
        lead = await owned_lead(db, viewer, lead_id, lock=True)
        if lead.unread == 0 or (lead.owner_id is not None and lead.owner_id != viewer.user_id):
            return
        lead.unread = 0
        lead.version += 1
        await db.flush()
        notify(db, notices.of_lead(lead.id or 0))
