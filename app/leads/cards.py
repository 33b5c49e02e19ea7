"""A lead as the board shows it: plain values, read by one query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import epoch_ms
from app.leads.sla import allowed_wait
from app.registry import use
from app.settings import Settings
from app.team.viewer import Viewer, initials_of
from app.vocabulary import Temperature

WINDOW = timedelta(hours=24)


@dataclass(frozen=True)
class Card:
    """One card. Times are milliseconds since 1970; ``waiting_since`` and ``due_at`` are set while a human is
    awaited. ``rated_by`` names the person whose verdict the rating is; while ``blind``, consultants get it ``covered``.
    """

    id: int
    name: str
    stage: str
    position: float
    version: int
    owner_id: int | None
    owner_name: str
    owner_initials: str
    temperature: str | None
    risk: str | None
    score: int | None
    rated_by: str | None
    blind: bool
    interest: str
    language: str | None
    automation: str
    source: str
    preview: str
    preview_author: str | None
    preview_kind: str | None
    unread: int
    waiting_since: int | None
    due_at: int | None
    window_closes_at: int | None
    facts_known: int
    facts_total: int
    created_at: int
    updated_at: int
    moved_by: str | None
    moved_at: int | None


def card_json(card: Card) -> dict[str, Any]:
    """The card as it goes over the wire."""
    return asdict(card)


def visible_to(card: Card, viewer: Viewer) -> bool:
    """Managers see every lead, consultants their own and those that nobody has."""
    return viewer.leads_team or card.owner_id is None or card.owner_id == viewer.user_id


def covered(card: Card) -> Card:
    """The card as consultants get it: without the rating while they are asked for theirs blindly."""
    if not card.blind:
        return card
    due_at = shortest_clock(card.waiting_since)
    return replace(card, temperature=None, risk=None, score=None, rated_by=None, due_at=due_at)


def shortest_clock(waiting_since: int | None) -> int | None:
    """When a reply is due as far as a blind viewer may know: as for HOT, because the clock would tell the rating."""
    allowed = allowed_wait(use(Settings), Temperature.HOT)
    return None if waiting_since is None else waiting_since + int(allowed.total_seconds() * 1000)


_COLUMNS = """
select l.id, l.name, l.stage, l.position, l.version, l.owner_id, coalesce(u.name, '') as owner_name, l.temperature,
  l.risk, l.score, l.rated_by, l.blind and l.automation <> 'off' as blind, l.interest, l.language, l.automation,
  l.source, l.preview, l.preview_author, l.preview_kind,
  l.unread,
  l.waiting_since, l.due_at, l.last_inbound_at, l.facts_known, l.facts_total, l.created_at, l.updated_at, l.moved_by,
  l.moved_at from lead l left join team_user u on u.id = l.owner_id
"""
CLOSED_FOR = timedelta(days=14)
MOST_CARDS = 2000

_SOME = sa.text(_COLUMNS + " where l.id = any(:ids)")
_BOARD = sa.text(
    _COLUMNS
    + " where (:everything or l.owner_id is null or l.owner_id = :user_id)"
    + " and (l.stage not in ('won', 'lost') or l.updated_at > :closed_after)"
    + " order by l.updated_at desc limit :most"
)


async def some(db: AsyncSession, lead_ids: Sequence[int]) -> dict[int, Card]:
    """The cards of these leads; leads that are gone are missing."""
    rows = (await db.execute(_SOME, {"ids": list(lead_ids)})).mappings()
    return {row["id"]: _card(row) for row in rows}


async def board_of(db: AsyncSession, viewer: Viewer, now: datetime) -> list[Card]:
    """Every card that the viewer may see: won and lost leads for two weeks, the newest 2000 at most."""
    values = {
        "everything": viewer.leads_team,
        "user_id": viewer.user_id,
        "closed_after": now - CLOSED_FOR,
        "most": MOST_CARDS,
    }
    cards = [_card(row) for row in (await db.execute(_BOARD, values)).mappings()]
    return cards if viewer.leads_team else [covered(card) for card in cards]


def _card(row: Mapping[Any, Any]) -> Card:
    values = dict(row)
    inbound = values.pop("last_inbound_at")
    for column in ("waiting_since", "due_at", "created_at", "updated_at", "moved_at"):
        values[column] = epoch_ms(values[column])
    return Card(
        **values,
        owner_initials=initials_of(values["owner_name"]),
        window_closes_at=epoch_ms(inbound + WINDOW) if inbound else None,
    )
