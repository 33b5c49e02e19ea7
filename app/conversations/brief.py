"""The brief that is pinned over a chat when a lead is given to a consultant: written once for each assignment.

Assigning does not wait for it. An assignment without its brief is found within a second and becomes a job of its own;
whatever a model cannot word in time, the rules have worded already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.classification import service as classification
from app.clock import Clock, epoch_ms
from app.conversations import arrivals, interviews
from app.conversations.brief_llm import BriefWriter, Written
from app.conversations.brief_models import Brief
from app.conversations.brief_rules import CONSULTANT, WORDS, Case, Objection, brief_of
from app.database import at_once, reading, transaction
from app.jobs.queue import Job, defer
from app.llm.account import on_account_of
from app.qualification.interpreter import Line
from app.qualification.playbook import Playbook
from app.registry import provided, use
from app.team.viewer import Viewer
from app.telemetry import about_lead
from app.vocabulary import Author, Language, Method

BRIEF_TASK = "brief"
MOST_LINES = 60


@dataclass(frozen=True)
class BriefView:
    """A brief as the drawer shows it. ``objections`` are ``(what it is about, the lead's words)``; ``made_at`` in
    milliseconds since 1970; ``by_model`` when a language model worded it.
    """

    wants: str
    money: str
    decision: str
    risk: str
    mood: str
    suggestion: str
    objections: list[tuple[str, str]]
    by_model: bool
    made_at: int


_DUE = sa.text("""
with due as (
  select id from assignment where briefed_at is null and released_at is null order by id limit :batch
   for no key update skip locked
)
update assignment set briefed_at = :now from due where assignment.id = due.id returning assignment.id
""")
_ANY_DUE = sa.text("select 1 from assignment where briefed_at is null and released_at is null limit 1")


async def sweep_due(batch: int = 50) -> int:
    """Put the briefs of new assignments in hand; returns how many."""
    if not await at_once(_ANY_DUE, {}):
        return 0
    async with transaction() as db:
        due = list(await db.execute(_DUE, {"now": use(Clock).now(), "batch": batch}))
        await defer(db, *(brief_job(row.id) for row in due))
    return len(due)


def brief_job(assignment_id: int) -> Job:
    """The job that writes one brief."""
    return Job(BRIEF_TASK, lock=f"brief:{assignment_id}", arguments={"assignment_id": assignment_id})


async def write(assignment_id: int) -> None:
    """Write the brief of an assignment and show it; one that was released meanwhile needs none."""
    found = await _read(assignment_id)
    if found is None:
        return
    lead_id, case = found
    about_lead(lead_id)
    written = Written(brief_of(case))
    if provided(BriefWriter):
        with on_account_of(lead_id):
            written = await use(BriefWriter).write(case, written.draft)
    async with transaction() as db:
        await db.execute(_upsert(lead_id, assignment_id, case, written))
        classification.note_model_use(db, lead_id, written.charges, None)
        await db.flush()
        arrivals.tell_lead(db, lead_id)


_CASE = sa.text("""
select a.lead_id, l.name, l.language from assignment a join lead l on l.id = a.lead_id
 where a.id = :id and a.released_at is null
""")
_CHAT = sa.text("""
select author, body from message where lead_id = :lead_id and kind <> 'note' and body <> '' and revoked_at is null
 order by id desc limit :most
""")


async def _read(assignment_id: int) -> tuple[int, Case] | None:
    async with reading() as db:
        row = (await db.execute(_CASE, {"id": assignment_id})).one_or_none()
        if row is None:
            return None
        interview = await interviews.load(db, row.lead_id)
        chat = list(await db.execute(_CHAT, {"lead_id": row.lead_id, "most": MOST_LINES}))
    language = interview.progress.language or row.language or Language.EN
    evidence = interviews.evidence(interview.progress)
    return row.lead_id, Case(row.name, Language(language), evidence, use(Playbook), _lines(chat))


def _lines(rows: Sequence[Any]) -> tuple[Line, ...]:
    return tuple(Line("lead" if row.author == Author.LEAD else "agent", row.body) for row in reversed(rows))


def _upsert(lead_id: int, assignment_id: int, case: Case, written: Written) -> Any:
    """A job that runs twice writes the same row twice."""
    draft = written.draft
    values = {
        **{name: value for name, value in asdict(draft).items() if name != "objections"},
        "objections": [{"kind": one.kind.value, "quote": one.quote} for one in draft.objections],
        "language": case.language.value,
        "method": Method.LLM if written.model else Method.RULES,
        "model": written.model,
        "made_at": use(Clock).now(),
    }
    made = insert(Brief).values(lead_id=lead_id, assignment_id=assignment_id, **values)
    return made.on_conflict_do_update(constraint="brief_once", set_=values)


_PINNED = sa.text("""
select b.* from brief b join assignment a on a.id = b.assignment_id
 where b.lead_id = :lead_id and a.released_at is null
""")


async def pinned(db: AsyncSession, viewer: Viewer, lead_id: int) -> BriefView | None:
    """The brief of the open assignment, its message signed by the viewer; None while there is none."""
    row = (await db.execute(_PINNED, {"lead_id": lead_id})).one_or_none()
    if row is None:
        return None
    return BriefView(
        wants=row.wants,
        money=row.money,
        decision=row.decision,
        risk=row.risk,
        mood=row.mood,
        suggestion=row.suggestion.replace(CONSULTANT, viewer.name.split(" ", 1)[0]),
        objections=[(WORDS[Objection(one["kind"])], one["quote"]) for one in row.objections],
        by_model=row.method == Method.LLM,
        made_at=epoch_ms(row.made_at) or 0,
    )
