"""Messages out: a row first, then a job, then the gateway, in the order in which they were written.

A row goes queued → sending → accepted. ``sending`` is committed together with the id that the gateway will use,
before the
gateway is called: whoever finds a row in that state later (a crash, a lost answer) looks for the id in the chat and
never repeats the call blindly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

import metrics.whatsapp
from app import notices
from app.clock import Clock
from app.database import at_once, notify, tell, transaction
from app.jobs.queue import Job, defer
from app.leads import ledger
from app.messages import repository as messages
from app.messages import steps
from app.registry import use
from app.telemetry import NOWHERE, Trail, traces
from app.vocabulary import Author, DeliveryStatus, MessageKind, Method
from app.whatsapp.address import Address, AddressKind
from app.whatsapp.errors import AmbiguousSend, AuthError, GatewayError, SessionNotFound
from app.whatsapp.gateway import Gateway, OutboundMessage, SessionRef, SightingOutcome

log = structlog.get_logger(__name__)

SEND_TASK = "send"
MOST_IN_A_ROW = 20
LOST_ANSWER = timedelta(seconds=45)
LOOK_AGAIN = timedelta(seconds=3)
SETTLED = timedelta(seconds=10)
GIVE_UP_LOOKING = timedelta(minutes=10)
LONGEST_PAUSE = 60.0


class Purpose:
    """Why the agent writes: a last word may still go out after the agent gave the chat away."""

    REPLY = "reply"
    LAST_WORD = "last_word"
    FAREWELL = "farewell"
    FOLLOW_UP = "follow_up"


@dataclass(frozen=True)
class Draft:
    """A message to be written to a lead; ``quiet_until`` is when its turn was due, ``method`` who read the lead, and
    after ``send_before`` it is not sent any more. A person's ``draft_id`` names what they wrote: it is stored once.
    """

    lead_id: int
    session: str
    author: Author
    body: str
    author_id: int | None = None
    draft_id: str | None = None
    purpose: str | None = None
    method: Method | None = None
    quiet_until: datetime | None = None
    send_before: datetime | None = None


@dataclass(frozen=True)
class Outgoing:
    """The next message of a chat, as the sender sees it."""

    id: int
    lead_id: int
    session: str
    author: str
    body: str
    status: str
    gateway_id: str | None
    attempts: int
    due: datetime | None
    claimed_at: datetime | None
    trace: str | None
    address_kind: str | None
    address: str | None

    @property
    def to(self) -> Address | None:
        """Where to write: to the lid when WhatsApp gave one, because the lead's chat goes by it."""
        return None if self.address_kind is None else Address(AddressKind(self.address_kind), self.address or "")


def send_job(lead_id: int, session: str, trail: Trail = NOWHERE) -> Job:
    """The job that sends what waits in one chat; two of them never run at once."""
    arguments = {"lead_id": lead_id, "session": session}
    return Job(SEND_TASK, lock=f"send:{session}:{lead_id}", arguments=arguments, trail=trail)


_ENQUEUE = sa.text("""
with written as (
  insert into message (lead_id, session, direction, author, author_id, draft_id, purpose, method, trace, kind, body,
    status, quiet_until, send_before, at, created_at)
  values (:lead_id, cast(:session as varchar), 'out', :author, :author_id, :draft_id, :purpose, :method, :trace, 'text',
    :body, 'queued', :quiet_until, :send_before, :now, :now) returning id
),
counted as (
  insert into ledger (kind, labels, lead_id, amount, at)
  select 'message_persisted', jsonb_build_object('session', cast(:session as varchar), 'direction', 'out'),
    :lead_id, 1, :now
    from written
)
select id from written
""")


async def enqueue(db: AsyncSession, draft: Draft, now: datetime) -> int:
    """Write a message and the job that sends it, in the caller's transaction; returns the message's id."""
    values = {**vars(draft), "now": now, "trace": traces.traceparent()}
    message_id = (await db.execute(_ENQUEUE, values)).scalar_one()
    await defer(db, send_job(draft.lead_id, draft.session))
    return int(message_id)


async def send_waiting(lead_id: int, session: str) -> None:
    """Send what waits in a chat, oldest first; stops at a message whose time has not come."""
    for _ in range(MOST_IN_A_ROW):
        outgoing = await _next(lead_id, session)
        if outgoing is None or not await _advance(outgoing):
            return


async def _advance(outgoing: Outgoing) -> bool:
    """Bring the message a step further; False when the chat has to wait."""
    if outgoing.status == DeliveryStatus.SENDING:
        return await _look_for(outgoing)
    if outgoing.due is not None and outgoing.due > use(Clock).now():
        return False
    gateway_id = outgoing.gateway_id or await _new_id(outgoing)
    if not await _claim(outgoing, gateway_id):
        return await _cancel(outgoing)
    return await _send(outgoing, gateway_id)


_NEXT = sa.text("""
select m.id, m.lead_id, m.session, m.author, m.body, m.status, m.gateway_id, m.attempts, m.send_due_at, m.claimed_at,
  m.trace, i.kind, i.value
from message m left join lateral (
  select kind, value from lead_identity where lead_id = m.lead_id
   order by case kind when 'lid' then 0 when 'phone' then 1 else 2 end, id desc limit 1) i on true
where m.lead_id = :lead_id and m.session = :session and m.status in ('queued', 'sending') order by m.id limit 1
""")


async def _next(lead_id: int, session: str) -> Outgoing | None:
    rows = await at_once(_NEXT, {"lead_id": lead_id, "session": session})
    return Outgoing(*rows[0]) if rows else None


async def _new_id(outgoing: Outgoing) -> str | None:
    try:
        return await use(Gateway).new_message_id(SessionRef(outgoing.session))
    except GatewayError as error:
        log.info("message_id_unavailable", message_id=outgoing.id, error=error.code)
        return None


_CLAIM = sa.text("""
update message set status = 'sending', gateway_id = :gateway_id, attempts = attempts + 1, send_due_at = :lost_at,
  claimed_at = :now, error = null
  from lead where message.id = :id and message.status = 'queued' and lead.id = message.lead_id
   and (lead.automation <> 'off' or message.purpose = 'farewell')
   and (message.author <> 'agent' or lead.automation = 'agent' or (message.purpose in ('last_word', 'farewell')
        and not exists (select 1 from message as later where later.lead_id = message.lead_id and later.id > message.id
                           and later.author = 'human' and later.direction = 'out')))
   and (message.send_before is null or message.send_before > :now)
   and (message.purpose is distinct from 'follow_up' or (coalesce(lead.last_inbound_id, 0) < message.id
        and lead.stage = (select follow_up.stage from follow_up where follow_up.message_id = message.id)))
returning message.id
""")


async def _claim(outgoing: Outgoing, gateway_id: str | None) -> bool:
    """Take the message for sending, unless the lead opted out or a human took the chat in the meantime."""
    now = use(Clock).now()
    values = {"id": outgoing.id, "gateway_id": gateway_id, "now": now, "lost_at": now + LOST_ANSWER}
    return bool(await at_once(_CLAIM, values))


_CANCEL = sa.text(
    "update message set status = 'cancelled', error = :error, send_due_at = null"
    " where id = :id and status = 'queued' returning id"
)


async def _cancel(outgoing: Outgoing) -> bool:
    async with transaction() as db:
        reason = "Not sent: the lead wrote, the chat belongs to somebody else, or it asked to be left alone by now."
        row = (await db.execute(_CANCEL, {"id": outgoing.id, "error": reason})).first()
        if row is not None:
            _tell(db, outgoing)
    return row is not None


async def _send(outgoing: Outgoing, gateway_id: str | None) -> bool:
    session = SessionRef(outgoing.session)
    to = outgoing.to
    # One job sends what several wrote; this message may come from another trace than the job.
    traces.point_at(outgoing.trace)
    if to is None:
        return await _fail(outgoing, "This lead has no WhatsApp address.")
    try:
        receipt = await use(Gateway).send(
            session,
            to,
            OutboundMessage.text(outgoing.body),
            client_ref=str(outgoing.id),
            message_id=gateway_id,
        )
    except AmbiguousSend:
        metrics.whatsapp.sent(outgoing.session, "text", "timeout")
        return await _look_later(outgoing, LOOK_AGAIN)
    except GatewayError as error:
        metrics.whatsapp.sent(outgoing.session, "text", _label(error))
        return await _refused(outgoing, error)
    metrics.whatsapp.sent(outgoing.session, "text")
    return await _accepted(outgoing, receipt.message_id)


_ACCEPT = sa.text(f"""
with climbed as (
  update message set status = 'accepted', gateway_id = :gateway_id, accepted_at = :reached, send_due_at = null,
    error = null
   where id = :id and status in ('sending', 'unknown')
  returning {steps.TAKEN}, true as unaccepted, false as undelivered
),
{steps.CONTACT},
counted as (
  insert into ledger (kind, labels, lead_id, amount, at)
  select 'message_status', jsonb_build_object('session', cast(:session as text), 'message_type', 'text', 'status',
    'accepted'),
    :lead_id, 1, :reached from climbed
)
select climbed.*, contact.first_inbound_at, contact.first_contact_at,
  exists (select 1 from pending_ack where session = :session and gateway_id = :gateway_id) as parked
from (select 1) as this left join climbed on true left join contact on true
""")  # noqa: S608 - constants of our own
"""An echo or an ack may have told it before the answer came; then nothing is left to be done here."""


async def _accepted(outgoing: Outgoing, gateway_id: str | None) -> bool:
    now = use(Clock).now()
    values = {"id": outgoing.id, "lead_id": outgoing.lead_id, "session": outgoing.session}
    (row,) = await at_once(_ACCEPT, {**values, "gateway_id": gateway_id, "reached": now})
    tell(notices.of_message(outgoing.id, outgoing.lead_id))
    if row.id is not None:
        steps.measure(outgoing.session, row, now)
    if row.parked:
        async with transaction() as db:
            await messages.apply_parked(db, outgoing.session, gateway_id or "", now)
            _tell(db, outgoing)
    return True


async def _look_for(outgoing: Outgoing) -> bool:
    """Find out what became of a send whose answer never came."""
    now = use(Clock).now()
    address = outgoing.to
    if outgoing.gateway_id is None or address is None:
        return await _nobody_can_tell(outgoing)
    sighting = await use(Gateway).find_sent(SessionRef(outgoing.session), address, outgoing.gateway_id)
    if sighting.outcome is SightingOutcome.FOUND:
        return await _accepted(outgoing, outgoing.gateway_id)
    waited = now - (outgoing.claimed_at or now)
    if sighting.outcome is SightingOutcome.UNKNOWN and waited > GIVE_UP_LOOKING:
        return await _nobody_can_tell(outgoing)
    # A gateway may still be working on a call whose answer we stopped waiting for: its absence proves nothing yet.
    if sighting.outcome is SightingOutcome.NOT_FOUND and waited > SETTLED:
        return await _back_to_queue(outgoing, now, "The gateway does not have it; it is sent again.")
    return await _look_later(outgoing, LOOK_AGAIN * 2)


async def _refused(outgoing: Outgoing, error: GatewayError) -> bool:
    """Nothing was sent. What may pass by itself is tried again later; the rest has failed for good."""
    if not error.retryable and not isinstance(error, SessionNotFound | AuthError):
        return await _fail(outgoing, str(error), code=error.code)
    await _back_to_queue(outgoing, use(Clock).now() + timedelta(seconds=_pause(outgoing, error)), str(error))
    return False


def _pause(outgoing: Outgoing, error: GatewayError) -> float:
    asked = getattr(error, "retry_after", None)
    grown: float = 2.0 ** min(outgoing.attempts, 6)
    return min(max(grown, float(asked or 0)), LONGEST_PAUSE)


_STATE = sa.text(
    "update message set status = :status, send_due_at = :due, error = :error where id = :id and status = 'sending'"
)


async def _set(outgoing: Outgoing, status: DeliveryStatus, *, due: datetime | None, error: str | None) -> None:
    async with transaction() as db:
        await db.execute(_STATE, {"id": outgoing.id, "status": status, "due": due, "error": error})
        _tell(db, outgoing)


async def _back_to_queue(outgoing: Outgoing, due: datetime, why: str) -> bool:
    await _set(outgoing, DeliveryStatus.QUEUED, due=due, error=why)
    return True


async def _look_later(outgoing: Outgoing, pause: timedelta) -> bool:
    await _set(outgoing, DeliveryStatus.SENDING, due=use(Clock).now() + pause, error=None)
    return False


async def _nobody_can_tell(outgoing: Outgoing) -> bool:
    log.warning("send_unknown", message_id=outgoing.id, session=outgoing.session)
    await _set(
        outgoing,
        DeliveryStatus.UNKNOWN,
        due=None,
        error="Nobody can tell whether this was sent. Look at the phone before you send it again.",
    )
    return True


_FAIL = sa.text(
    "update message set status = 'failed', failed_at = :now, send_due_at = null, error = :error"
    " where id = :id and status = 'sending' returning id"
)


async def _fail(outgoing: Outgoing, why: str, *, code: str = "no_address") -> bool:
    log.warning("send_failed", message_id=outgoing.id, session=outgoing.session, error=code)
    async with transaction() as db:
        values = {"id": outgoing.id, "error": why, "now": use(Clock).now()}
        if (await db.execute(_FAIL, values)).first() is not None:
            await _count_status(db, outgoing, DeliveryStatus.FAILED)
        _tell(db, outgoing)
    return True


async def _count_status(db: AsyncSession, outgoing: Outgoing, status: DeliveryStatus) -> None:
    ledger.record(
        db,
        ledger.Kind.MESSAGE_STATUS,
        lead_id=outgoing.lead_id,
        session=outgoing.session,
        message_type=MessageKind.TEXT,
        status=status,
    )


def _tell(db: AsyncSession, outgoing: Outgoing) -> None:
    notify(db, notices.of_message(outgoing.id, outgoing.lead_id))


def _label(error: GatewayError) -> str:
    known = {
        "gateway_rate_limited": "rate_limited",
        "recipient_unreachable": "not_on_whatsapp",
        "session_not_ready": "session_not_ready",
        "account_restricted": "restricted",
    }
    return known.get(error.code, "other")


_DUE = sa.text("""
with due as (
  update message set send_due_at = null where id in (
    select id from message where send_due_at <= :now and status in ('queued', 'sending')
     order by send_due_at limit :batch for update skip locked)
  returning lead_id, session, trace
)
select lead_id, session, count(*) as messages, array_agg(trace) as traces from due group by lead_id, session
 order by lead_id, session
""")


async def sweep_due(batch: int = 100) -> int:
    """Defer a send for each message whose time has come again; returns how many there were."""
    async with transaction() as db:
        chats = list(await db.execute(_DUE, {"now": use(Clock).now(), "batch": batch}))
        # They were delayed, so their jobs point at the traces of the messages instead of continuing one.
        await defer(db, *(send_job(chat.lead_id, chat.session, Trail.apart(chat.traces)) for chat in chats))
    return sum(chat.messages for chat in chats)
