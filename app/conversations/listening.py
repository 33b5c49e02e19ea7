"""Voice notes: fetched, written down, kept beside the recording, and then read like any other message.

Fetching and writing down happen between transactions, because both are slow. What cannot be heard stays a message
without a text, to which the agent answers that it cannot listen.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
import structlog

from app.classification.service import note_model_use
from app.conversations import arrivals
from app.database import at_once, transaction
from app.llm.account import Charge
from app.llm.errors import ChatFailed
from app.llm.transcription import Transcriber
from app.registry import use
from app.vocabulary import Language, MessageKind
from app.whatsapp.address import Address, AddressKind
from app.whatsapp.errors import GatewayError
from app.whatsapp.events import MediaRef
from app.whatsapp.gateway import Gateway, SessionRef

log = structlog.get_logger(__name__)

SPOKEN = frozenset({MessageKind.VOICE, MessageKind.AUDIO})
MOST_NOTES = 5
"""Voice notes of one burst that are written down; whoever sends more is answered as if the others were silent."""
LARGEST = 8 * 1024 * 1024
"""Bytes: an hour of WhatsApp's voice notes."""

_NOTES = sa.text("""
select m.id, m.session, m.gateway_id, m.media, i.kind, i.value
from message m join lateral (
  select kind, value from lead_identity where lead_id = m.lead_id
   order by case kind when 'lid' then 0 when 'phone' then 1 else 2 end, id desc limit 1) i on true
where m.id = any(:ids) and m.gateway_id is not null order by m.id
""")
_KEEP = sa.text(
    "update message set body = :text, media = coalesce(media, '{}'::jsonb) || cast(:transcript as jsonb)"
    " where id = :id and body = ''"
)


async def write_down(lead_id: int, message_ids: Sequence[int], language: Language | None) -> dict[int, str]:
    """The texts of those voice notes that could be heard, by message; they are stored when this returns."""
    heard: dict[int, str] = {}
    for note in await at_once(_NOTES, {"ids": list(message_ids[:MOST_NOTES])}):
        text, charges = await _hear(note, language)
        if text:
            heard[note.id] = text
        await _keep(lead_id, note.id, text, charges)
    return heard


async def _hear(note: sa.Row[Any], language: Language | None) -> tuple[str, tuple[Charge, ...]]:
    media: dict[str, str | None] = note.media or {}
    address = Address(AddressKind(note.kind), note.value)
    reference = MediaRef(note.gateway_id, address, url=media.get("url"), mime_type=media.get("mime_type"))
    try:
        audio = await use(Gateway).fetch_media(SessionRef(note.session), reference, max_bytes=LARGEST)
        told = await use(Transcriber).transcribe(audio, mime_type=reference.mime_type or "audio/ogg", language=language)
    except (GatewayError, ChatFailed) as error:
        log.info("voice_note_not_heard", message_id=note.id, reason=error.code)
        return "", error.charges if isinstance(error, ChatFailed) else ()
    return told.text, (told.charge,)


async def _keep(lead_id: int, message_id: int, text: str, charges: tuple[Charge, ...]) -> None:
    async with transaction() as db:
        note_model_use(db, lead_id, charges, None)
        if text:
            await db.execute(_KEEP, {"id": message_id, "text": text, "transcript": json.dumps({"transcript": text})})
            arrivals.tell_message(db, lead_id, message_id)
