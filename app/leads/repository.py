"""SQL about leads. Statements are written out: the webhook path counts every round trip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import NotFound
from app.leads.models import Lead
from app.vocabulary import Automation, Source


@dataclass(frozen=True)
class Identity:
    """An address of a lead on a gateway: ``kind`` is phone or lid."""

    kind: str
    value: str


_FIND = sa.text(
    "select distinct lead_id from lead_identity where gateway = :gateway"
    " and (kind, value) in (select * from unnest(cast(:kinds as text[]), cast(:values as text[]))) order by lead_id"
)
_GUARD = sa.text("select pg_advisory_xact_lock(hashtextextended(:key, 7))")
_CREATE = sa.text(
    "insert into lead (name, search, source, language, automation, position, facts_total, created_at, updated_at)"
    " values (:name, :search, :source, :language, :automation, :position, :facts_total, :now, :now) returning id"
)
_NEW_IDENTITY = "insert into lead_identity (lead_id, gateway, kind, value) values (:lead_id, :gateway, :kind, :value)"
_ADD_IDENTITY = f"{_NEW_IDENTITY} on conflict on constraint lead_identity_once do nothing"
_IDENTITIES = sa.text("select gateway, kind, value from lead_identity where lead_id = :lead_id order by id")


async def find(db: AsyncSession, gateway: str, identities: Sequence[Identity]) -> list[int]:
    """The leads that have any of these addresses; more than one means that two records are one person."""
    rows = await db.execute(
        _FIND,
        {
            "gateway": gateway,
            "kinds": [one.kind for one in identities],
            "values": [one.value for one in identities],
        },
    )
    return [row[0] for row in rows]


async def guard_creation(db: AsyncSession, gateway: str, identities: Sequence[Identity]) -> None:
    """Let nobody else create a lead with any of these addresses until the transaction ends.

    They are taken in one order, so that two who know the same addresses never wait for each other.
    """
    for key in sorted(f"{gateway}:{one.kind}:{one.value}" for one in identities):
        await db.execute(_GUARD, {"key": key})


async def create(
    db: AsyncSession,
    *,
    now: datetime,
    name: str = "",
    search: str = "",
    source: Source = Source.WHATSAPP,
    language: str | None = None,
    automation: Automation = Automation.AGENT,
    facts_total: int = 7,
) -> int:
    """A new lead, at the top of the first column; returns its id."""
    values = {
        "name": name,
        "search": search,
        "source": source,
        "language": language,
        "automation": automation,
        "position": top_position(now),
        "facts_total": facts_total,
        "now": now,
    }
    return (await db.execute(_CREATE, values)).scalar_one()


def top_position(now: datetime) -> float:
    """The position of a card that enters a column now: before all that came earlier."""
    return -now.timestamp()


async def add_identities(db: AsyncSession, lead_id: int, gateway: str, identities: Sequence[Identity]) -> None:
    """Remember addresses of a lead; those known already stay as they are."""
    await _insert_identities(db, _ADD_IDENTITY, lead_id, gateway, identities)


async def first_identities(db: AsyncSession, lead_id: int, gateway: str, identities: Sequence[Identity]) -> None:
    """The addresses of a lead that was just created. Raises IntegrityError when one of them came to belong to another
    lead meanwhile: without its address this lead would be nobody.
    """
    await _insert_identities(db, _NEW_IDENTITY, lead_id, gateway, identities)


async def _insert_identities(
    db: AsyncSession, statement: str, lead_id: int, gateway: str, identities: Sequence[Identity]
) -> None:
    for one in identities:
        values = {"lead_id": lead_id, "gateway": gateway, "kind": one.kind, "value": one.value}
        await db.execute(sa.text(statement), values)


async def identities_of(db: AsyncSession, lead_id: int) -> list[tuple[str, Identity]]:
    """Every address of a lead as ``(gateway, identity)``, oldest first."""
    rows = await db.execute(_IDENTITIES, {"lead_id": lead_id})
    return [(gateway, Identity(kind, value)) for gateway, kind, value in rows]


async def lock(db: AsyncSession, lead_id: int) -> Lead:
    """The lead, locked until the transaction ends; raises NotFound. Rows that merely point at it are not held up."""
    found = await db.get(Lead, lead_id, with_for_update={"key_share": True}, populate_existing=True)
    if found is None:
        raise NotFound(lead=lead_id)
    return found


async def get(db: AsyncSession, lead_id: int) -> Lead:
    """The lead as it is; raises NotFound."""
    found = await db.get(Lead, lead_id)
    if found is None:
        raise NotFound(lead=lead_id)
    return found


_DUE = """
with due as (
  select id from lead where {column} <= :now order by {column} limit :batch for no key update skip locked
)
update lead set {column} = :later {besides} from due, lead as before
 where lead.id = due.id and before.id = due.id returning lead.id, before.{column}, before.turn_trace
"""


async def claim_due(
    db: AsyncSession, column: str, *, now: datetime, batch: int, later: datetime | None = None
) -> list[tuple[int, datetime]]:
    """Take the leads whose ``column`` has come; it becomes ``later``. Returns ids with the time that was due."""
    statement = sa.text(_DUE.format(column=column, besides=""))
    rows: Any = await db.execute(statement, {"now": now, "batch": batch, "later": later})
    return [(row[0], row[1]) for row in rows]


async def claim_turns(db: AsyncSession, *, now: datetime, batch: int) -> list[tuple[int, datetime, str | None]]:
    """Take the leads whose turn is due: ids, the time that was due, and the traces of what is to be answered."""
    statement = sa.text(_DUE.format(column="turn_due_at", besides=", turn_trace = null"))
    rows: Any = await db.execute(statement, {"now": now, "batch": batch, "later": None})
    return [(row[0], row[1], row[2]) for row in rows]
