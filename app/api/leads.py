"""Leads over REST: lists and search, one lead, its messages, adding one, moving one."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from app.api import queries
from app.api.bearer import Reader, Writer
from app.api.cursor import LARGEST_ID, Cursor
from app.api.queries import LeadFilter
from app.api.schemas import (
    MOST_ROWS,
    ErrorEnvelope,
    LeadDetail,
    LeadPage,
    LeadQuery,
    MessagePage,
    Move,
    NewLead,
)
from app.database import reading
from app.leads import desk, service
from app.privacy import service as privacy
from app.team.viewer import Viewer
from app.vocabulary import Source


def _refusals(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    return {status.value: {"model": ErrorEnvelope, "description": status.phrase} for status in statuses}


ALWAYS = _refusals(
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_MISSING = _refusals(HTTPStatus.NOT_FOUND)
_CONFLICT = _refusals(HTTPStatus.CONFLICT)
_BAD_BODY = _refusals(HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

router = APIRouter(prefix="/api/v1/leads", tags=["leads"], responses=ALWAYS)

LeadId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows of a page.")]
After = Annotated[str | None, Query(max_length=64, description="The `next` of the page before.")]


@router.get("", summary="List and search leads")
async def list_leads(viewer: Reader, asked: Annotated[LeadQuery, Query()]) -> LeadPage:
    """Leads that the token's member may see, newest first."""
    wanted = LeadFilter(
        stage=asked.stage,
        temperature=asked.temperature,
        owner=asked.owner if isinstance(asked.owner, int) else None,
        unassigned=asked.owner == "none",
        created_after=asked.created_after,
        q=asked.q,
    )
    async with reading() as db:
        found = await queries.leads(db, viewer, wanted, after=_after(asked.cursor), limit=asked.limit)
    return LeadPage.model_validate({"items": found.items, "next": found.next})


@router.post("", status_code=HTTPStatus.CREATED, summary="Add a lead", responses={**_MISSING, **_BAD_BODY})
async def add_lead(viewer: Writer, new: NewLead) -> LeadDetail:
    """Add somebody who did not write by WhatsApp; a known telephone number answers with its lead."""
    lead_id = await service.create(
        viewer, phone=new.phone, name=new.name, source=Source(new.source), language=new.language
    )
    return await _detail(viewer, lead_id)


@router.get("/{lead_id}", summary="One lead", responses=_MISSING)
async def one_lead(viewer: Reader, lead_id: LeadId) -> LeadDetail:
    """One lead with its newest classification."""
    return await _detail(viewer, lead_id)


@router.get("/{lead_id}/messages", summary="Messages of a lead", responses=_MISSING)
async def lead_messages(viewer: Reader, lead_id: LeadId, cursor: After = None, limit: Limit = 50) -> MessagePage:
    """The chat and the team's notes, newest first."""
    async with reading() as db:
        found = await queries.messages(db, viewer, lead_id, after=_after(cursor), limit=limit)
    return MessagePage.model_validate({"items": found.items, "next": found.next})


@router.post(
    "/{lead_id}/stage",
    summary="Move a lead",
    responses={**_MISSING, **_CONFLICT, **_BAD_BODY},
)
async def move_lead(viewer: Writer, lead_id: LeadId, move: Move) -> LeadDetail:
    """Move a lead to a stage, unless somebody changed it since the given version."""
    await desk.move(viewer, lead_id, move.stage, before=None, after=None, version=move.version)
    return await _detail(viewer, lead_id)


@router.delete(
    "/{lead_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Erase a lead",
    responses=_MISSING,
)
async def erase_lead(viewer: Writer, lead_id: LeadId) -> None:
    """Erase a person for good: messages, facts, numbers, recordings' texts. Managers only; it cannot be undone."""
    await privacy.erase(viewer, lead_id)


async def _detail(viewer: Viewer, lead_id: int) -> LeadDetail:
    async with reading() as db:
        return LeadDetail.model_validate(await queries.lead(db, viewer, lead_id))


def _after(cursor: str | None) -> Cursor | None:
    return None if cursor is None else Cursor.decode(cursor)
