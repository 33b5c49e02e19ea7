"""Where the WhatsApp gateway delivers its events: the lean path, without models or dependencies.

200 is answered only after intake's transaction committed; whatever stops it is a 503, which makes the gateway
deliver again. A wrong signature is 401, a body over 1 MB is 413, and both store nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from app.api.errors import report
from app.api.routes import RawRoute
from app.conversations import intake
from app.conversations.intake import IntakeResult
from app.errors import LeadlineError, RetryLater

_SESSION = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class NotStored(RetryLater):
    """The event could not be stored; deliver it again."""

    code = "not_stored"


async def receive_waha(request: Request) -> Response:
    """Verify, store and acknowledge one event of WAHA."""
    session: str = request.path_params["session"]
    if not _SESSION.fullmatch(session):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    result = await _keep(session, await request.body(), request.headers)
    return Response(b'{"outcome":"%s"}' % result.outcome.encode(), media_type="application/json")


async def _keep(session: str, raw: bytes, headers: Mapping[str, str]) -> IntakeResult:
    try:
        return await intake.receive(provider="waha", session=session, raw=raw, headers=headers)
    except (LeadlineError, ClientDisconnect):
        raise
    except Exception as error:
        raise NotStored(error_id=report(error)) from error


ROUTES = (RawRoute("/webhooks/waha/{session}", receive_waha, methods=["POST"]),)
