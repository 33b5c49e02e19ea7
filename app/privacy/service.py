"""Erasing a person: everything that says who they are or what they wrote goes, in one transaction.

What stays says nothing about anybody: the counts in the ledger, that somebody erased a lead, and for some days a hash
of the address, so that the history of the chat does not bring the person back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import Clock
from app.conversations import arrivals
from app.database import reading, transaction
from app.errors import NotAllowed, NotFound
from app.leads import erasures
from app.leads import repository as leads
from app.leads.desk import owned_lead
from app.leads.models import AuditEvent
from app.leads.repository import Identity
from app.leads.service import WHATSAPP, digits_of
from app.registry import use
from app.team.viewer import Viewer

log = structlog.get_logger(__name__)

SHORTEST_ADDRESS = 7
"""Letters of an address from which on it is looked for in bodies: shorter ones would be found in anybody's."""


@dataclass(frozen=True)
class Erased:
    """How much went: messages, and webhooks whose bodies were emptied."""

    messages: int
    raw_events: int


async def erase(viewer: Viewer, lead_id: int) -> Erased:
    """Erase a lead for good. Raises NotFound, and NotAllowed for whoever does not lead the team."""
    now = use(Clock).now()
    async with transaction() as db:
        await owned_lead(db, viewer, lead_id, lock=True)
        if not viewer.leads_team:
            raise NotAllowed("Only managers erase leads.", lead=lead_id)
        addresses = await leads.identities_of(db, lead_id)
        await erasures.remember(db, addresses, now)
        done = await _empty(db, lead_id, addresses, now)
        db.add(AuditEvent(lead_id=lead_id, user_id=viewer.user_id or None, action="erased", at=now, details={}))
        await db.flush()
        arrivals.tell_lead(db, lead_id)
    log.info("lead_erased", lead_id=lead_id, messages=done.messages)
    return done


_BLANK = """
update raw_event set body = '', headers = '{{}}'::jsonb, lead_id = null, error = null,
  processed_at = coalesce(processed_at, :now), kind = 'erased' where {which}
"""
_MENTIONED = """
lead_id is null and body <> '' and exists (
  select 1 from unnest(cast(:needles as text[])) as needle where position(convert_to(needle, 'UTF8') in body) > 0)
"""
_BLANK_OWN = sa.text(_BLANK.format(which="lead_id = :lead_id"))
_BLANK_STRAY = sa.text(_BLANK.format(which=_MENTIONED))
_ACKS = """
delete from pending_ack using message where message.lead_id = :lead_id
  and pending_ack.session = message.session and pending_ack.gateway_id = message.gateway_id
"""
_FORGET = (
    sa.text(_ACKS),
    sa.text("delete from procrastinate_jobs where status = 'todo' and args ->> 'lead_id' = cast(:lead_id as text)"),
    sa.text("update ledger set lead_id = null where lead_id = :lead_id"),
    sa.text("update audit_event set details = '{}'::jsonb where lead_id = :lead_id"),
)
_MESSAGES = sa.text("select count(*) from message where lead_id = :lead_id and kind <> 'note'")
_DELETE = sa.text("delete from lead where id = :lead_id")


async def _empty(db: AsyncSession, lead_id: int, addresses: Sequence[tuple[str, Identity]], now: datetime) -> Erased:
    """Everything that hangs on the lead goes with its row; what does not is emptied."""
    values = {"lead_id": lead_id}
    needles = [one.value for _, one in addresses if len(one.value) >= SHORTEST_ADDRESS]
    own = await db.execute(_BLANK_OWN, {**values, "now": now})
    stray = await db.execute(_BLANK_STRAY, {"needles": needles, "now": now})
    messages = (await db.execute(_MESSAGES, values)).scalar_one()
    for statement in _FORGET:
        await db.execute(statement, values)
    await db.execute(_DELETE, values)
    return Erased(messages, _count(own) + _count(stray))


def _count(result: sa.Result[tuple[object]]) -> int:
    return int(getattr(result, "rowcount", 0))


async def lead_with_phone(phone: str) -> int:
    """The lead with this number, written in any usual way; raises NotFound, Invalid."""
    async with reading() as db:
        found = await leads.find(db, WHATSAPP, [Identity("phone", digits_of(phone))])
    if not found:
        raise NotFound("Nobody with this number is known.")
    return found[0]
