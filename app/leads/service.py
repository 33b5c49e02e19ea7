"""Leads that come by another way than WhatsApp: a form, an import, the API."""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers
from sqlalchemy.exc import IntegrityError

from app import notices
from app.clock import Clock
from app.database import notify, transaction
from app.errors import Invalid
from app.leads import ledger
from app.leads import repository as leads
from app.leads.desk import may_see
from app.leads.models import AuditEvent
from app.leads.repository import Identity
from app.leads.search import searchable
from app.registry import use
from app.team.viewer import Viewer
from app.vocabulary import Language, Source

WHATSAPP = "waha"
CANNOT_BE_ADDED = "This number cannot be added. Check it, or ask a manager."


async def create(
    viewer: Viewer, *, phone: str, name: str = "", source: Source = Source.API, language: Language | None = None
) -> int:
    """Add a lead by phone number; a known number answers with the lead it belongs to. Raises Invalid.

    A consultant hears the same of a number that is no number and of one whose lead is not theirs to see.
    """
    person = _Person(Identity("phone", _number(viewer, phone)), name.strip(), source, language)
    try:
        return await _create(viewer, person)
    except IntegrityError:
        # The same person wrote at this very instant, and is known by now.
        return await _create(viewer, person)


@dataclass(frozen=True)
class _Person:
    """Who is to be added."""

    identity: Identity
    name: str
    source: Source
    language: Language | None


async def _create(viewer: Viewer, person: _Person) -> int:
    identity, source, now = person.identity, person.source, use(Clock).now()
    async with transaction() as db:
        await leads.guard_creation(db, WHATSAPP, [identity])
        known = await leads.find(db, WHATSAPP, [identity])
        if known:
            if not may_see(await leads.get(db, known[0]), viewer):
                raise Invalid(CANNOT_BE_ADDED)
            return known[0]
        lead_id = await leads.create(
            db,
            now=now,
            name=person.name,
            search=searchable(person.name, identity.value),
            source=source,
            language=person.language,
        )
        await leads.first_identities(db, lead_id, WHATSAPP, [identity])
        ledger.record(db, ledger.Kind.LEAD_CREATED, lead_id=lead_id, source=source)
        db.add(AuditEvent(lead_id=lead_id, user_id=viewer.user_id or None, action="added", at=now, details={}))
        await db.flush()
        notify(db, notices.of_lead(lead_id))
    return lead_id


def _number(viewer: Viewer, phone: str) -> str:
    try:
        return digits_of(phone)
    except Invalid:
        if viewer.leads_team:
            raise
        raise Invalid(CANNOT_BE_ADDED) from None


def digits_of(phone: str) -> str:
    """An international number as WhatsApp writes it: digits, country code first. Raises Invalid."""
    try:
        number = phonenumbers.parse(phone if phone.strip().startswith("+") else f"+{phone.strip()}")
    except phonenumbers.NumberParseException as error:
        raise Invalid("This is no telephone number with its country code.") from error
    if not phonenumbers.is_possible_number(number):
        raise Invalid("This number is too short or too long for its country.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")
