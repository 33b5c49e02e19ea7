"""Who calls the REST API: a bearer token, never the cookie, so that no other site can act for a visitor."""

from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.team.auth import BadToken, Scope, TokenHolder, Viewer, token_holder

_bearer = HTTPBearer(auto_error=False, description="A token made by `leadline user token`.")


async def _holder(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> TokenHolder:
    if credentials is None:
        raise BadToken
    return await token_holder(credentials.credentials)


async def _reading(holder: Annotated[TokenHolder, Depends(_holder)]) -> Viewer:
    return holder.allow(Scope.READ)


async def _writing(holder: Annotated[TokenHolder, Depends(_holder)]) -> Viewer:
    return holder.allow(Scope.WRITE)


Reader = Annotated[Viewer, Depends(_reading)]
"""The member for whom a token with any scope acts."""

Writer = Annotated[Viewer, Depends(_writing)]
"""The member for whom a token with the scope ``write`` acts."""
