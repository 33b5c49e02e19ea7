"""Giving leads to consultants: one transaction locks the roster, picks, explains and writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

import metrics.assignment
from app import notices
from app.clock import Clock
from app.database import notify, transaction
from app.distribution.fairness import WINDOW, Candidate, Choice, pick
from app.distribution.models import Assignment
from app.errors import Invalid, NotAllowed, NotFound, Stale
from app.jobs.due import each
from app.leads import ledger
from app.leads import repository as leads
from app.leads.desk import INTAKE, note_stage, owned_lead
from app.leads.models import AuditEvent, Lead
from app.leads.sla import allowed_wait, reminder_after
from app.registry import use
from app.settings import Settings
from app.team.models import User
from app.team.viewer import Viewer
from app.vocabulary import OPEN_STAGES, Automation, Role, Stage

log = structlog.get_logger(__name__)

TRY_AGAIN = timedelta(seconds=5)
TRY_LATER = timedelta(minutes=1)

_LOCK_ROSTER = sa.text("select set_config('lock_timeout', '2s', true), pg_advisory_xact_lock(4711)")
"""Whoever holds the roster for longer stands still; others must not stand still with it, and the sweep comes back."""
_ROSTER = sa.text("""
with shared as (
  select greatest(:longest_ago, max(roster_since) filter (where on_duty)) as since
    from team_user where role = 'consultant' and active
)
select u.id, u.name, u.weight, u.active, u.on_duty, u.capacity, u.last_assigned_at,
  (select count(*) from lead l where l.owner_id = u.id and l.stage in ('qualified', 'working')) as open,
  (select count(*) from assignment a where a.consultant_id = u.id and a.assigned_at >= shared.since
    and a.reason <> 'taken') as got,
  exists (select 1 from assignment a where a.lead_id = :lead_id and a.consultant_id = u.id and a.released_at is not
    null) as had_it
from team_user u cross join shared where u.role = 'consultant' and u.active order by u.id
""")
"""Shares count since the newest consultant on duty joined the roster, at most a week ago: ``fairness`` says why."""


async def assign_fairly(lead_id: int) -> int | None:
    """Give a qualified lead to whose turn it is; returns the consultant's id, None when nobody can or need not."""
    async with transaction() as db:
        lead = await leads.lock(db, lead_id)
        given = await assign_within(db, lead)
    note_assigned(given)
    return lead.owner_id


@dataclass(frozen=True)
class Given:
    """What came of giving a lead: ``outcome`` is assigned or no_consultant, ``qualified_at`` when its waiting began."""

    outcome: str
    qualified_at: datetime


async def assign_within(db: AsyncSession, lead: Lead) -> Given | None:
    """Give a lead, which is locked, to whose turn it is, in the transaction that made it wait for a consultant.

    Nobody sees it qualified and without an owner, and a crash leaves neither. None when nobody has to be found, or when
    it is known already that nobody can. An assignment is flushed, with all else that waits for that, and told to the
    boards. The roster stays locked until the transaction ends: call it last.
    """
    if not _wants_owner(lead):
        lead.assign_due_at = lead.unassigned_why = None
        return None
    await db.execute(_LOCK_ROSTER)
    now = use(Clock).now()
    choice = await _choose(db, _id(lead), now)
    if choice.chosen is None:
        return _keep_waiting(db, lead, choice, now)
    await _give(db, lead, choice.chosen.user_id, "round_robin", _explained(choice), now=now)
    return Given("assigned", lead.qualified_at or now)


def _keep_waiting(db: AsyncSession, lead: Lead, choice: Choice, now: datetime) -> Given | None:
    """Remember why nobody could take the lead, and try again in a while; it is counted the first time alone."""
    known = lead.unassigned_why is not None
    lead.assign_due_at, lead.unassigned_why = now + TRY_LATER, _explained(choice)
    if known:
        return None
    ledger.record(db, ledger.Kind.ASSIGNED, lead_id=lead.id, outcome="no_consultant")
    return Given("no_consultant", lead.qualified_at or now)


def note_assigned(given: Given | None) -> None:
    """Count an assignment and how long it took; call it when it is committed."""
    if given is not None:
        waited = (use(Clock).now() - given.qualified_at).total_seconds()
        metrics.assignment.decided(given.outcome, max(waited, 0.0))


def _wants_owner(lead: Lead) -> bool:
    reachable = lead.automation != Automation.OFF and lead.stage in OPEN_STAGES
    return reachable and lead.owner_id is None and lead.qualified_at is not None


async def _choose(db: AsyncSession, lead_id: int, now: datetime) -> Choice:
    roster = await db.execute(_ROSTER, {"lead_id": lead_id, "longest_ago": now - WINDOW})
    return pick([_candidate(row) for row in roster.mappings()], now=now)


def _candidate(row: Mapping[Any, Any]) -> Candidate:
    return Candidate(user_id=row["id"], **{name: value for name, value in row.items() if name != "id"})


def _explained(choice: Choice) -> dict[str, object]:
    return {"sentence": choice.sentence, "considered": [asdict(line) for line in choice.considered]}


async def _give(
    db: AsyncSession,
    lead: Lead,
    consultant_id: int,
    reason: str,
    why: dict[str, object],
    *,
    now: datetime,
    by: Viewer | None = None,
) -> None:
    """Write the assignment: the row, the owner, the stage and the clock that starts for the consultant."""
    db.add(
        Assignment(
            lead_id=_id(lead),
            consultant_id=consultant_id,
            reason=reason,
            why=why,
            by_user_id=_row_id(by),
            qualified_at=lead.qualified_at,
            assigned_at=now,
            accepted_at=now if reason == "taken" else None,
        )
    )
    outcome = "assigned" if lead.owner_id is None else "reassigned"
    lead.owner_id = consultant_id
    lead.assign_due_at = lead.unassigned_why = None
    lead.follow_up_due_at = reminder_after(use(Settings), now)
    if lead.waiting_since is None and reason != "taken":
        lead.waiting_since, lead.due_at = now, now + allowed_wait(use(Settings), lead.temperature)
    lead.version += 1
    lead.placed_version = lead.version
    lead.updated_at = now
    ledger.record(db, ledger.Kind.ASSIGNED, lead_id=_id(lead), outcome=outcome)
    await db.flush()
    await db.execute(_RECEIVED, {"id": consultant_id, "now": now})
    notify(db, notices.of_lead(_id(lead)))


_RECEIVED = sa.text("update team_user set last_assigned_at = :now where id = :id")


async def take(viewer: Viewer, lead_id: int) -> None:
    """A consultant takes an unassigned lead; raises NotFound when there is none (any more) that they may see."""
    now = use(Clock).now()
    async with transaction() as db:
        lead = await _there_to_take(db, viewer, lead_id)
        if lead.owner_id == viewer.user_id:
            return
        if lead.owner_id is not None:
            raise Stale("Somebody else has this lead already.", lead=lead_id)
        if viewer.role is not Role.CONSULTANT:
            raise NotAllowed("Only consultants take leads; assign it to one instead.")
        await claim(db, lead, viewer, now)


async def _there_to_take(db: AsyncSession, viewer: Viewer, lead_id: int) -> Lead:
    try:
        return await owned_lead(db, viewer, lead_id, lock=True)
    except NotFound:
        raise NotFound("This lead is not there to be taken any more.", lead=lead_id) from None


async def claim(db: AsyncSession, lead: Lead, viewer: Viewer, now: datetime) -> None:
    """Make a consultant the owner of a lead that nobody has; does nothing for managers or when somebody has it."""
    if lead.owner_id is not None or viewer.role is not Role.CONSULTANT:
        return
    await _qualify_by_hand(db, lead, viewer, now)
    why: dict[str, object] = {"sentence": f"{viewer.name} took it.", "considered": []}
    await _give(db, lead, viewer.user_id, "taken", why, now=now, by=viewer)


async def assign(viewer: Viewer, lead_id: int, user_id: int) -> None:
    """A manager gives a lead to a consultant, whoever had it before; a consultant may pass on their own."""
    now = use(Clock).now()
    async with transaction() as db:
        lead = await owned_lead(db, viewer, lead_id, lock=True)
        if not viewer.leads_team and lead.owner_id != viewer.user_id:
            raise NotAllowed(lead=lead_id)
        if lead.owner_id == user_id:
            return
        consultant = await db.get(User, user_id)
        if consultant is None or not consultant.active or consultant.role != Role.CONSULTANT:
            raise Invalid("Leads go to active consultants.", user=user_id)
        await _release(db, lead_id, now)
        await _qualify_by_hand(db, lead, viewer, now)
        why = await _explained_by_hand(db, lead_id, viewer, now)
        await _give(db, lead, user_id, "by_hand", why, now=now, by=viewer)
        db.add(AuditEvent(lead_id=lead_id, user_id=_row_id(viewer), action="assigned", details={"to": user_id}, at=now))


async def _explained_by_hand(db: AsyncSession, lead_id: int, viewer: Viewer, now: datetime) -> dict[str, object]:
    """Who gave it; and to whom it was due, for what is given by hand counts in everybody's share."""
    choice = await _choose(db, lead_id, now)
    entitled = [{"user_id": line.user_id, "due": line.due} for line in choice.considered]
    return {"sentence": f"{viewer.name} assigned it.", "considered": [], "entitled": entitled}


_RELEASE = sa.text("update assignment set released_at = :now where lead_id = :lead_id and released_at is null")


async def _release(db: AsyncSession, lead_id: int, now: datetime) -> None:
    await db.execute(_RELEASE, {"lead_id": lead_id, "now": now})


async def _qualify_by_hand(db: AsyncSession, lead: Lead, viewer: Viewer, now: datetime) -> None:
    before = lead.stage
    if before in INTAKE:
        lead.stage = Stage.QUALIFIED
        lead.position = leads.top_position(now)
        await note_stage(db, lead, before, viewer, now)
    lead.qualified_at = lead.qualified_at or now


_RESPONDED = sa.text("""
update assignment set first_contact_at = :now, accepted_at = coalesce(accepted_at, :now)
 where lead_id = :lead_id and released_at is null and first_contact_at is null and assigned_at <= :now
returning assigned_at
""")


async def human_answered(db: AsyncSession, lead_id: int, now: datetime) -> float | None:
    """A human wrote: the open assignment has its first contact. Returns the seconds since it was made, the first
    time.
    """
    assigned_at = (await db.execute(_RESPONDED, {"lead_id": lead_id, "now": now})).scalar_one_or_none()
    return None if assigned_at is None else max((now - assigned_at).total_seconds(), 0.0)


async def sweep_due(batch: int = 50) -> int:
    """Assign the qualified leads that still have no consultant; returns how many were due."""
    now = use(Clock).now()
    async with transaction() as db:
        due = await leads.claim_due(db, "assign_due_at", now=now, batch=batch, later=now + TRY_AGAIN)
    await each([lead_id for lead_id, _ in due], assign_fairly, failed="assigning_failed")
    return len(due)


def _id(lead: Lead) -> int:
    assert lead.id is not None  # noqa: S101 - a stored lead has an id
    return lead.id


def _row_id(viewer: Viewer | None) -> int | None:
    """The user row behind a viewer; the operator at the command line has none."""
    return viewer.user_id or None if viewer else None
