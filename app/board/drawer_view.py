"""What the drawer shows of a lead, worked out from what the services know: plain values and finished sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from app.board.drawer_rating import Briefed, Judgement, briefed, first_name, judgement
from app.team.viewer import initials_of
from app.ui.words import phone_words
from app.vocabulary import SOURCE_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.conversations.chat import Bubble
    from app.conversations.record import AssignmentView, FactView, Record
    from app.team.service import Member
    from app.team.viewer import Viewer

LANGUAGES = {"en": "English", "pt": "Portuguese", "es": "Spanish"}
STAGES = {
    "new": "New",
    "qualifying": "Qualifying",
    "qualified": "Qualified",
    "working": "Working",
    "won": "Won",
    "lost": "Lost",
}
KINDS = {
    "image": "Photo",
    "audio": "Audio",
    "voice": "Voice note",
    "video": "Video",
    "document": "Document",
    "sticker": "Sticker",
    "location": "Location",
    "contact": "Contact",
    "other": "A kind of message that cannot be shown here",
}
NUMBERS = {"agent": "the agent’s number", "consultant": "the consultants’ number"}

HANDED = {"taken": "Took it from the unassigned.", "manual": "Given by hand."}
"""Why somebody has a lead that no rule gave them."""

SURE = 0.7
"""Below this confidence a fact is shown in amber: somebody should ask again."""


class MessageRow(TypedDict):
    """One message as the browser gets it; ``at`` in ms since 1970, ``draft`` is how the browser named it."""

    id: int
    author: str
    name: str
    kind: str
    label: str
    text: str
    status: str
    trouble: str
    again: bool
    edited: bool
    at: int
    draft: str


class FactRow(TypedDict):
    """One line of the Facts list."""

    label: str
    value: str
    known: bool
    sure: str
    low: bool
    quote: str
    message_id: int
    locked_by: str


class ShareRow(TypedDict):
    """One consultant that was considered: leads got and due, as widths and as ``share``, or why they were skipped."""

    name: str
    initials: str
    number: int
    picked: bool
    skipped: str
    got: str
    due: str
    share: str


class TimelineRow(TypedDict):
    """Something that happened; ``at`` in ms since 1970."""

    at: int
    text: str


class Colleague(TypedDict):
    """A consultant to whom a manager may hand the lead; ``id`` as the text that a select gives."""

    id: str
    name: str


class Assigned(TypedDict):
    """To whom a lead was given, when (ms since 1970), and why."""

    assigned_to: str
    assigned_at: int
    assigned_because: str
    shares: list[ShareRow]


class Drawer(Judgement, Briefed, Assigned):
    """A lead as the drawer shows it, but for its messages."""

    id: int
    reader: str
    reader_name: str
    version: int
    name: str
    stage: str
    stage_name: str
    temperature: str | None
    risk: str | None
    rated_by: str | None
    owner_id: int | None
    owner_name: str
    owner_initials: str
    mine: bool
    may_erase: bool
    automation: str
    waiting_since: int | None
    due_at: int | None
    window_closes_at: int | None
    phones: str
    language: str
    source: str
    number: str
    answers: str
    answers_more: str
    known: str
    facts: list[FactRow]
    timeline: list[TimelineRow]
    colleagues: list[Colleague]


def drawer_of(record: Record, viewer: Viewer, colleagues: Sequence[Member] = ()) -> Drawer:
    """Everything beside the chat, for this viewer; ``colleagues`` are those they may hand the lead to."""
    facts = [fact_row(fact) for fact in record.facts]
    answers, more = who_answers(record, viewer)
    return {
        "id": record.lead_id,
        "version": record.version,
        "reader": str(viewer.user_id),
        "reader_name": viewer.name,
        "name": record.name,
        "stage": record.stage,
        "stage_name": STAGES.get(record.stage, record.stage),
        "temperature": record.temperature,
        "risk": record.risk,
        "rated_by": record.rated_by,
        "owner_id": record.owner_id,
        "owner_name": record.owner_name,
        "owner_initials": initials_of(record.owner_name),
        "mine": record.owner_id == viewer.user_id,
        "may_erase": viewer.leads_team,
        "automation": record.automation,
        "waiting_since": record.waiting_since,
        "due_at": record.due_at,
        "window_closes_at": record.window_closes_at,
        "phones": ", ".join(phone_words(phone) for phone in record.phones),
        "language": LANGUAGES.get(record.language or "", ""),
        "source": SOURCE_NAMES[record.source],
        "number": NUMBERS.get(record.reply_session, record.reply_session),
        "answers": answers,
        "answers_more": more,
        "known": f"{sum(fact['known'] for fact in facts)} of {len(facts)} known",
        "facts": facts,
        **judgement(record),
        **briefed(record.brief),
        **assigned(record.assignment),
        "timeline": [{"at": at, "text": text} for at, text in record.timeline],
        "colleagues": [{"id": str(one.id), "name": one.name} for one in colleagues],
    }


def assigned(assignment: AssignmentView | None) -> Assigned:
    """Who got the lead and why, or why nobody did; empty until somebody was looked for."""
    if assignment is None:
        return {"assigned_to": "", "assigned_at": 0, "assigned_because": "", "shares": []}
    shares = share_rows(assignment)
    because = assignment.sentence or HANDED.get(assignment.reason, "")
    return {
        "assigned_to": first_name(assignment.consultant),
        "assigned_at": assignment.assigned_at,
        "assigned_because": f"{because} Line = leads due." if any(not one["skipped"] for one in shares) else because,
        "shares": shares,
    }


def who_answers(record: Record, viewer: Viewer) -> tuple[str, str]:
    """Who writes to the lead now, and what that means for the reader."""
    if record.automation == "off":
        return "Nobody writes.", "The lead asked us to stop"
    if record.automation == "agent":
        return "The agent answers.", "Sending a reply pauses it"
    if record.owner_id is None:
        return "Nobody answers yet.", "Agent paused"
    name = "You answer." if record.owner_id == viewer.user_id else f"{first_name(record.owner_name)} answers."
    return name, "Agent paused"


def fact_row(fact: FactView) -> FactRow:
    """A fact with its confidence in percent, marked when it is under 70 %."""
    return {
        "label": fact.label,
        "value": fact.value if fact.known else "Not known yet",
        "known": fact.known,
        "sure": f"{fact.confidence:.0%}" if fact.known else "",
        "low": fact.known and fact.confidence < SURE,
        "quote": f"«{fact.quote}»" if fact.known and fact.quote else "",
        "message_id": fact.message_id or 0,
        "locked_by": first_name(fact.locked_by or ""),
    }


def share_rows(assignment: AssignmentView) -> list[ShareRow]:
    """Who was considered, the chosen one first: leads got as a bar, leads due as a line."""
    longest = max((max(one.got, one.due) for one in assignment.considered), default=0) * 1.25 or 1
    rows: list[ShareRow] = [
        {
            "name": first_name(one.name),
            "initials": initials_of(one.name),
            "number": one.user_id,
            "picked": one.name == assignment.consultant,
            "skipped": f"skipped: {one.skip}" if one.skip else "",
            "got": f"{one.got / longest:.0%}",
            "due": f"{one.due / longest:.0%}",
            "share": f"{one.got:g} of {one.due:.1f}",
        }
        for one in assignment.considered
    ]
    return sorted(rows, key=lambda row: (not row["picked"], bool(row["skipped"])))


def message_row(bubble: Bubble) -> MessageRow:
    """A message with what it carries and, when it did not arrive, why, in words."""
    return {
        "id": bubble.id,
        "author": bubble.author,
        "name": bubble.author_name,
        "kind": bubble.kind,
        "label": "The lead deleted this message" if bubble.revoked else KINDS.get(bubble.kind, ""),
        "text": bubble.text,
        "status": bubble.status,
        "trouble": trouble(bubble),
        "again": bubble.status in STUCK,
        "edited": bubble.edited,
        "at": bubble.sent_at,
        "draft": bubble.draft_id or "",
    }


STUCK = {
    "failed": "Not delivered.",
    "cancelled": "Not sent.",
    "unknown": "Nobody can tell whether this was sent.",
}
"""Statuses from which only a person leads on, and what they mean when nothing more is known."""


def trouble(bubble: Bubble) -> str:
    """Why a message did not arrive, or waits, as a sentence; empty when nothing is wrong with it."""
    if bubble.status in STUCK:
        return bubble.error or STUCK[bubble.status]
    return f"Waits to be sent again: {bubble.error}" if bubble.status == "queued" and bubble.error else ""
