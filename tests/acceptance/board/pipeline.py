"""A team and leads to look at: names, chats and figures are invented."""

from __future__ import annotations

from datetime import timedelta

from app.clock import SystemClock
from app.database import notify, transaction
from app.leads.models import Lead
from app.notices import of_lead
from app.team import service as team
from app.team.service import NewMember
from app.team.viewer import OPERATOR
from app.vocabulary import Role

PASSWORD = "correct horse battery"
MANAGER, ANA, BRUNO = "mara@example.test", "ana@example.test", "bruno@example.test"
PEOPLE = (
    ("Mara Lindqvist", MANAGER, Role.MANAGER),
    ("Ana Ribeiro", ANA, Role.CONSULTANT),
    ("Bruno Costa", BRUNO, Role.CONSULTANT),
)


async def add_team() -> dict[str, int]:
    """The team, by e-mail; returns the ids."""
    ids: dict[str, int] = {}
    for name, email, role in PEOPLE:
        member = await team.add_member(OPERATOR, NewMember(name=name, email=email, role=role, password=PASSWORD))
        ids[email] = member.id
    return ids


async def add_lead(name: str, **columns: object) -> int:
    """A lead with these columns; the boards hear of it. ``waits`` and ``due`` are minutes from now."""
    now = SystemClock().now()
    waits, due, closes = (columns.pop(name, None) for name in ("waits", "due", "closes"))
    moments = {
        "waiting_since": None if waits is None else now - timedelta(minutes=float(str(waits))),
        "due_at": None if due is None else now + timedelta(minutes=float(str(due))),
        "last_inbound_at": None if closes is None else now - timedelta(hours=24 - float(str(closes))),
    }
    lead = Lead.model_validate(
        {"name": name, "search": name.lower(), "position": -now.timestamp(), "created_at": now, "updated_at": now}
        | moments
        | columns
    )
    async with transaction() as db:
        db.add(lead)
        await db.flush()
        notify(db, of_lead(lead.id or 0))
    assert lead.id is not None
    return lead.id
