"""Adding a lead who did not write by WhatsApp: from a form of the website, or from another system."""

from __future__ import annotations

import json

import phonenumbers
from phonenumbers import NumberParseException
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import Clock
from app.database import notify, transaction
from app.errors import Invalid, LeadlineError
from app.leads import desk, ledger
from app.leads import repository as leads
from app.leads.repository import Identity
from app.leads.search import searchable
from app.registry import use
from app.team.viewer import Viewer
from app.vocabulary import Language, Source

GATEWAY = "waha"
"""Under which gateway a telephone number is kept, so that the lead is recognised when they write."""


class BadPhone(Invalid):
    """This is no telephone number; write it with its country code, such as +1 555 010 0110."""

    code = "bad_phone"


class AlreadyKnown(LeadlineError):
    """A lead with this telephone number exists already."""

    status = 409
    code = "already_known"


def digits_of(phone: str) -> str:
    """Country code and number as digits, the way the gateway writes them; raises BadPhone."""
    try:
        number = phonenumbers.parse(phone if phone.startswith("+") else f"+{phone}")
    except NumberParseException as error:
        raise BadPhone from error
    if not phonenumbers.is_possible_number(number):
        raise BadPhone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")


async def add_lead(
    viewer: Viewer, *, phone: str, name: str, source: Source, language: Language | None
) -> int:
    """A new lead in the first column; returns its id.

    Raises BadPhone, and AlreadyKnown with the known lead's id if the viewer may see it.
    """
    identity = Identity("phone", digits_of(phone))
    async with transaction() as db:
        await leads.guard_creation(db, GATEWAY, identity)
        for known in await leads.find(db, GATEWAY, [identity]):
            raise AlreadyKnown(**await _shown(db, viewer, known))
        lead_id = await leads.create(
            db,
            now=use(Clock).now(),
            name=name,
            search=searchable(name, identity.value),
            source=source,
            language=language,
        )
        await leads.add_identities(db, lead_id, GATEWAY, [identity])
        await ledger.record(db, ledger.Kind.LEAD_CREATED, lead_id=lead_id, source=source)
        await notify(db, json.dumps({"k": "lead", "id": lead_id}, separators=(",", ":")))
    return lead_id


async def _shown(db: AsyncSession, viewer: Viewer, lead_id: int) -> dict[str, int]:
    lead = await leads.get(db, lead_id)
    return {"lead": lead_id} if desk.may_see(lead, viewer) else {}
