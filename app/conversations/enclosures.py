"""What a lead sends besides words: the agent says kindly that a person will look, and the team is told to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations import arrivals, ownership
from app.conversations.listening import SPOKEN
from app.conversations.team_notes import system_note
from app.leads.models import Lead
from app.qualification.dialogue import Enclosed
from app.vocabulary import MessageKind

_CALLED = {
    MessageKind.IMAGE: ("a photo", "photos"),
    MessageKind.VIDEO: ("a video", "videos"),
    MessageKind.DOCUMENT: ("a document", "documents"),
    MessageKind.LOCATION: ("a location", "locations"),
    MessageKind.CONTACT: ("a contact", "contacts"),
    MessageKind.OTHER: ("something that only the phone can show", "messages that only the phone can show"),
}
_HEARD = ("a voice note", "voice notes")


def enclosed(kinds: Sequence[MessageKind], texts: Sequence[str]) -> Enclosed:
    """What a burst brought besides words; a sticker is a gesture, and nobody has to look at it."""
    return Enclosed(
        unheard=bool(_unheard(kinds, texts)),
        files=any(kind in _CALLED for kind in kinds),
        gesture=MessageKind.STICKER in kinds,
    )


def _unheard(kinds: Sequence[MessageKind], texts: Sequence[str]) -> int:
    return sum(kind in SPOKEN and not text for kind, text in zip(kinds, texts, strict=True))


def sentence(kinds: Sequence[MessageKind], texts: Sequence[str], *, over: bool) -> str | None:
    """What the team is told of a burst; None when there is nothing to look at.

    A voice note is the team's to hear only when the interview is ``over``: before, the agent asks for words.
    """
    counted = Counter(kind for kind in kinds if kind in _CALLED)
    things = [_count(_CALLED[kind], count) for kind, count in counted.items()]
    if over and (unheard := _unheard(kinds, texts)):
        things.append(_count(_HEARD, unheard))
    if not things:
        return None
    listed = " and ".join(filter(None, (", ".join(things[:-1]), things[-1])))
    them = "it" if len(things) == 1 and not things[0][0].isdigit() else "them"
    return f"Sent {listed}: look at {them}."


def _count(names: tuple[str, str], count: int) -> str:
    return names[0] if count == 1 else f"{count} {names[1]}"


async def tell_team(db: AsyncSession, lead: Lead, sent: str | None, now: datetime) -> None:
    """Leave the sentence in the chat and let the lead wait for a person; None changes nothing."""
    if sent is None:
        return
    message_id = await system_note(db, lead, sent, now)
    if lead.waiting_since is None:
        ownership.wait_for_human(lead, now)
    arrivals.tell_message(db, lead.id or 0, message_id)
