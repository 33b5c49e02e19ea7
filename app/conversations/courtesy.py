"""What a polite person does on WhatsApp besides writing: let the lead see that their message was read."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
import structlog

from app.database import at_once
from app.registry import use
from app.vocabulary import SessionName
from app.whatsapp.address import Address, AddressKind
from app.whatsapp.errors import GatewayError
from app.whatsapp.gateway import Gateway, SessionRef

log = structlog.get_logger(__name__)

_READ = sa.text("""
select m.gateway_id, i.kind, i.value from message m, lateral (
  select kind, value from lead_identity where lead_id = m.lead_id
   order by case kind when 'lid' then 0 when 'phone' then 1 else 2 end, id desc limit 1) i
where m.id = any(:ids) and m.session = :session and m.gateway_id is not null
""")


async def show_read(message_ids: Sequence[int]) -> None:
    """Turn the lead's ticks blue for messages that the agent has answered. A gateway that fails here costs nothing."""
    rows = await at_once(_READ, {"ids": list(message_ids), "session": SessionName.AGENT})
    if not rows:
        return
    chat = Address(AddressKind(rows[0].kind), rows[0].value)
    try:
        await use(Gateway).mark_seen(SessionRef(SessionName.AGENT), chat, [row.gateway_id for row in rows])
    except GatewayError as error:
        log.info("not_marked_read", error=error.code)
