"""When a silent lead is followed up, by whom, and when not: pure, from how the lead stands and what time it is.

In the interview the agent writes itself, twice at most, while the lead is awake, inside WhatsApp's 24 hours and before
the interview counts as abandoned. For leads of a consultant it reminds the consultant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.conversations.waking import Waking
from app.qualification.extraction.reading import Signal
from app.qualification.progress import NOT_CUSTOMERS, Progress
from app.settings import Settings
from app.vocabulary import Automation, QualificationStatus, Stage

WINDOW = timedelta(hours=24)
LAST_CALL = timedelta(minutes=15)
"""So long before the chat closes, or the interview ends, nothing is begun any more."""
APART = timedelta(hours=4)
"""The least time between two follow-ups, and between a question and one that has to come early."""
SPREAD = 20
"""Minutes over which the follow-ups of one morning are spread: a number that writes to everybody at nine is a robot."""
MOST_REMINDERS = 2
LATER = 3
"""The second reminder comes after so many times the silence that led to the first."""

_LEFT_ALONE = NOT_CUSTOMERS | {Signal.ILLEGAL, Signal.ABUSE, Signal.REFUSES, Signal.NO_PLANS, Signal.CONTACT_LATER}
"""Who said one of these is not asked again: they answered, in their way."""


class Audience(StrEnum):
    """To whom a follow-up goes."""

    LEAD = "lead"
    CONSULTANT = "consultant"


class Status(StrEnum):
    """How far a follow-up has come."""

    RESERVED = "reserved"
    SENT = "sent"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class Reason(StrEnum):
    """Why a follow-up was left out, or called off at the last moment."""

    REPLIED = "replied"
    OPTED_OUT = "opted_out"
    TAKEN_OVER = "taken_over"
    MOVED = "moved"
    WINDOW_CLOSED = "window_closed"
    NO_TIME = "no_time"
    WAVED_OFF = "waved_off"
    NOT_DELIVERED = "not_delivered"


@dataclass(frozen=True)
class Made:
    """A follow-up of this interview in this stage that was made before."""

    number: int
    status: Status
    at: datetime


@dataclass(frozen=True)
class Silence:
    """How a silent lead stands. ``asked_at`` is the agent's last question, ``gives_up_at`` when the interview counts as
    abandoned (None: it waits for nothing), ``quiet_since`` the last word of anybody.
    """

    lead_id: int
    stage: str
    automation: str
    owner_id: int | None
    status: str | None
    progress: Progress
    asked_at: datetime | None
    gives_up_at: datetime | None
    written_at: datetime | None
    quiet_since: datetime | None
    made: Sequence[Made]
    waking: Waking
    waking_of_team: Waking


@dataclass(frozen=True)
class Wait:
    """Nothing is due before then."""

    until: datetime


@dataclass(frozen=True)
class Write:
    """Say it now; ``before`` is when it has come too late."""

    number: int
    audience: Audience
    before: datetime | None = None


@dataclass(frozen=True)
class Skip:
    """It would be due, and cannot be."""

    number: int
    reason: Reason


Decision = Wait | Write | Skip | None
"""None: nothing will be due until something happens."""


def first_look(settings: Settings, now: datetime) -> datetime | None:
    """When to look at a lead who was just asked something; None when no follow-up fits before the interview is over."""
    if settings.follow_ups == 0 or Stage.QUALIFYING not in settings.stages_of_follow_ups:
        return None
    first = timedelta(hours=settings.follow_up_hours)
    return now + first if first + LAST_CALL < timedelta(seconds=settings.abandon_after_seconds) else None


def decide(silence: Silence, settings: Settings, now: datetime) -> Decision:
    """What is due for this lead."""
    if silence.automation == Automation.OFF:
        return None
    if silence.stage == Stage.QUALIFYING:
        return _in_interview(silence, settings, now)
    if silence.stage in {Stage.QUALIFIED, Stage.WORKING}:
        return _in_work(silence, settings, now)
    return None


def because(silence: Silence, stage: str) -> Reason:
    """Why a follow-up that was wanted in ``stage`` a moment ago is not wanted any more."""
    if silence.automation == Automation.OFF:
        return Reason.OPTED_OUT
    if silence.stage != stage:
        return Reason.MOVED
    return Reason.TAKEN_OVER if silence.automation == Automation.HUMAN else Reason.REPLIED


def _in_interview(silence: Silence, settings: Settings, now: datetime) -> Decision:
    asked_at, gives_up_at, written_at = silence.asked_at, silence.gives_up_at, silence.written_at
    if silence.automation != Automation.AGENT or silence.status != QualificationStatus.ACTIVE:
        return None
    if asked_at is None or gives_up_at is None or written_at is None:
        return None
    number = _next_number(silence)
    nothing_missing = silence.progress.last_asked in {None, silence.progress.in_doubt}
    if number > settings.follow_ups or nothing_missing or _gave_up_on(silence, asked_at):
        return None
    if not _LEFT_ALONE.isdisjoint(silence.progress.signals):
        return Skip(number, Reason.WAVED_OFF)
    closes_at = written_at + WINDOW
    last = min(closes_at, gives_up_at) - LAST_CALL
    reason = Reason.WINDOW_CLOSED if closes_at <= gives_up_at else Reason.NO_TIME
    moment = _moment(silence, _wanted(asked_at, number, settings), last, now)
    if moment is None:
        return Skip(number, reason)
    return Wait(moment) if moment > now else Write(number, Audience.LEAD, before=last)


def _next_number(silence: Silence) -> int:
    """The number of a follow-up that was reserved and never made, else the next one."""
    reserved = [one.number for one in silence.made if one.status is Status.RESERVED]
    return reserved[0] if reserved else max((one.number for one in silence.made), default=0) + 1


def _gave_up_on(silence: Silence, asked_at: datetime) -> bool:
    """Whether one of this silence was skipped: a second would be no better."""
    return any(one.status is Status.SKIPPED and one.at >= asked_at for one in silence.made)


def _wanted(asked_at: datetime, number: int, settings: Settings) -> datetime:
    hours = settings.follow_up_hours if number == 1 else settings.second_follow_up_hours
    return asked_at + timedelta(hours=hours)


def _moment(silence: Silence, wanted: datetime, last: datetime, now: datetime) -> datetime | None:
    """The first waking moment from ``wanted`` on; if that would be too late, the last one before; None: there is none.

    A moment that had to be moved to the morning is moved by some minutes more, a different number for each lead.
    """
    waking = silence.waking
    moment = waking.next(max(wanted, now))
    if moment is not None and moment > max(wanted, now):
        moment += timedelta(minutes=silence.lead_id % SPREAD)
    if moment is not None and moment <= last:
        return moment
    earlier = waking.latest(min(wanted, last))
    if earlier is None or earlier < _earliest(silence):
        return None
    if earlier > now:
        return earlier
    return now if waking.awake(now) and now <= last else None


def _earliest(silence: Silence) -> datetime:
    before = [one.at for one in silence.made if one.status is not Status.RESERVED]
    return max([*before, silence.asked_at] if silence.asked_at else before) + APART


def _in_work(silence: Silence, settings: Settings, now: datetime) -> Decision:
    if settings.remind_after_hours == 0 or silence.owner_id is None or silence.quiet_since is None:
        return None
    pause = timedelta(hours=settings.remind_after_hours)
    quiet_since = silence.quiet_since
    said = sum(one.at >= quiet_since for one in silence.made if one.status is not Status.RESERVED)
    if said >= MOST_REMINDERS:
        return Wait(now + pause)
    wanted = quiet_since + pause * (LATER if said else 1)
    moment = silence.waking_of_team.next(max(wanted, now)) or max(wanted, now)
    if moment > now:
        return Wait(moment)
    number = _next_number(silence)
    if not _agent_may_write(silence, settings, now):
        return Write(number, Audience.CONSULTANT)
    return Write(number, Audience.LEAD, before=_closes_at(silence, now))


def _agent_may_write(silence: Silence, settings: Settings, now: datetime) -> bool:
    """Whether the agent writes to a lead of a consultant: wanted by a setting, no person in the chat, window open."""
    return (
        silence.stage in settings.stages_of_follow_ups
        and silence.automation == Automation.AGENT
        and _LEFT_ALONE.isdisjoint(silence.progress.signals)
        and silence.waking.awake(now)
        and now < _closes_at(silence, now)
    )


def _closes_at(silence: Silence, now: datetime) -> datetime:
    return (silence.written_at + WINDOW if silence.written_at else now) - LAST_CALL
