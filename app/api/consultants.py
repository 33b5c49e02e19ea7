"""The consultants over REST: those to whom a lead can be given."""

from fastapi import APIRouter

from app.api.bearer import Reader
from app.api.leads import ALWAYS
from app.api.schemas import ConsultantList
from app.team import service

router = APIRouter(prefix="/api/v1/consultants", tags=["team"], responses=ALWAYS)


@router.get("", summary="The consultants")
async def list_consultants(_viewer: Reader) -> ConsultantList:
    """The active consultants by name; leads are shared among those on duty."""
    found = await service.consultants()
    return ConsultantList.model_validate({"items": [vars(member) for member in found]})
