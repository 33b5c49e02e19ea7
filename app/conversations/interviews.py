"""The interview with one lead: what was heard goes in, the next step comes out, and everything that follows is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.classification import service as classification
from app.leads import ledger
from app.leads.models import Lead
from app.qualification.dialogue import Progress, next_step
from app.qualification.extraction.reading import Reading
from app.qualification.models import Qualification
from app.qualification.playbook import Playbook
from app.registry import use
from app.vocabulary import (
    MessageKind,
)

SAFETY = timedelta(seconds=5)
"""If the process dies between the interview's end and the assignment, the sweep assigns after this long."""


@dataclass(frozen=True)
class Interview:
    """The stored interview, None before the first turn, and how the asking stands."""

    row: Qualification | None
    progress: Progress


@dataclass(frozen=True)
class Heard:
    """The burst that a turn answers."""

    message_ids: tuple[int, ...]
    texts: tuple[str, ...]
    kinds: tuple[MessageKind, ...]


async def load(db: AsyncSession, lead_id: int, *, lock: bool = False) -> Interview:
    """The newest interview with a lead."""
    query = sa.select(Qualification).where(Qualification.lead_id == lead_id)  # pyright: ignore[reportArgumentType]
    query = query.order_by(sa.desc("id")).limit(1)
    if lock:
        query = query.with_for_update()
    row = (await db.execute(query)).scalar_one_or_none()
    return Interview(row, Progress() if row is None else Progress.from_json(row.progress))


async def advance(
    db: AsyncSession, lead: Lead, heard: Heard, read: Reading, *, due: datetime, now: datetime
) -> bool:
    """Bring the interview a step further and write the reply; True when there was one. The lead is locked."""
    before = await load(db, _id(lead), lock=True)
    row = before.row or await _begin(db, lead, now)
    step = next_step(before.progress, read, use(Playbook), now)
    _keep(row, step, heard)
    _show(lead, step)
    rated = await classification.rate(db, lead, step.progress, now) if _judgeable(step) else None
    await _follow(db, lead, row, step, heard, now)
    if rated is not None:
        lead.temperature, lead.risk, lead.score = rated.temperature, rated.risk, rated.score
    if step.reply:
        await _reply(db, lead, step, due=due, now=now)
    return bool(step.reply)


async def _begin(db: AsyncSession, lead: Lead, now: datetime) -> Qualification:
    playbook = use(Playbook)
    row = Qualification(
        lead_id=_id(lead), playbook=playbook.id, playbook_version=playbook.version, started_at=now, facts={}, progress={}
    )
    db.add(row)
    await ledger.record(db, ledger.Kind.QUALIFICATION_STARTED, lead_id=lead.id, source=lead.source)
    return row
