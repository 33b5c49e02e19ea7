"""What stays of a lead who was erased: for some days, that there was one behind an address, as a hash.

The gateway still has the chat. Without this trace, the next look into its history would bring the person back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.leads.repository import Identity

REMEMBERED = timedelta(days=7)
"""Longer than any history that is read back, and any webhook that is tried again."""
LATE = timedelta(seconds=30)
"""A message that takes longer to arrive may come from before an erasure; younger ones are not asked about."""
ON_ITS_WAY = timedelta(minutes=2)
"""So long after an erasure a send that had begun before may still be seen."""

_REMEMBER = sa.text(
    "insert into erasure (address_sha256, erased_at) select hash, :now from unnest(cast(:hashes as bytea[])) as hash"
    " on conflict on constraint erasure_once do update set erased_at = excluded.erased_at"
)
_COVERS = sa.text("select 1 from erasure where address_sha256 = any(:hashes) and erased_at >= :at limit 1")
_FORGET = sa.text("delete from erasure where erased_at < :before")


def is_late(written_at: datetime | None, now: datetime) -> bool:
    """Whether a message is so old that it may have been erased already."""
    return written_at is not None and now - written_at > LATE


async def remember(db: AsyncSession, addresses: Sequence[tuple[str, Identity]], now: datetime) -> None:
    """Keep the trace of an erasure for each of these addresses ``(gateway, identity)``."""
    await db.execute(_REMEMBER, {"hashes": [_hash(gateway, one) for gateway, one in addresses], "now": now})


async def covers(db: AsyncSession, gateway: str, identities: Sequence[Identity], at: datetime) -> bool:
    """Whether what was written at that time, in a chat with these addresses, was erased."""
    hashes = [_hash(gateway, one) for one in identities]
    return (await db.execute(_COVERS, {"hashes": hashes, "at": at})).first() is not None


async def forget(db: AsyncSession, now: datetime) -> None:
    """Drop the traces that nothing can need any more."""
    await db.execute(_FORGET, {"before": now - REMEMBERED})


def _hash(gateway: str, identity: Identity) -> bytes:
    return hashlib.sha256(f"{gateway}:{identity.kind}:{identity.value}".encode()).digest()
