"""Is the process alive, and may it have traffic? Both answer without a token, and tell nothing private."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from http import HTTPStatus

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.api.errors import DATABASE_TROUBLE
from app.api.routes import RawRoute
from app.database import Database, reading
from app.migrations import DatabaseUnreachable, NotMigrated, pending, seen_current
from app.registry import use
from app.schema import METADATA
from app.whatsapp.events import SessionStatus

PATIENCE_SECONDS = 3.0
WORKER_SILENT_AFTER = timedelta(seconds=30)
"""A worker beats every 5 seconds; one that was silent this long is gone."""

_WORKERS = sa.text("select count(*) from procrastinate_workers where last_heartbeat > now() - :silent")
_state = METADATA.tables["session_state"]


@dataclass(frozen=True)
class Readiness:
    """What was checked. Only the database and its schema decide about traffic; the rest is reported."""

    database: str
    migrations: str = "unknown"
    worker: str = "unknown"
    sessions: dict[str, str] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Whether requests can be answered."""
        return self.database == "ok" and self.migrations == "ok"

    @property
    def status(self) -> str:
        """ready, degraded (answers, but a worker or a session is missing) or unready."""
        whole = self.worker == "ok" and all(status == SessionStatus.READY for status in self.sessions.values())
        return ("ready" if whole else "degraded") if self.ready else "unready"


async def _schema(database_url: str) -> str:
    """ok, pending, or newer (than this version of Leadline); what was seen to be current is not asked again."""
    if database_url in seen_current:
        return "ok"
    try:
        if await asyncio.to_thread(pending, database_url):
            return "pending"
    except NotMigrated:
        return "newer"
    seen_current.add(database_url)
    return "ok"


async def readiness() -> Readiness:
    """Check everything, within three seconds."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            migrations = await _schema(use(Database).url)
            if migrations != "ok":
                return Readiness("ok", migrations)
            async with reading() as db:
                return Readiness("ok", migrations, await _worker(db), await _sessions(db))
    except (*DATABASE_TROUBLE, DatabaseUnreachable, TimeoutError):
        return Readiness("unreachable")


async def _worker(db: AsyncSession) -> str:
    alive = (await db.execute(_WORKERS, {"silent": WORKER_SILENT_AFTER})).scalar_one()
    return "ok" if alive else "missing"


async def _sessions(db: AsyncSession) -> dict[str, str]:
    rows = await db.execute(sa.select(_state.c.name, _state.c.status).order_by(_state.c.name))
    return {row.name: row.status for row in rows}


async def healthz(_request: Request) -> Response:
    """The event loop turns."""
    return JSONResponse({"status": "ok"})


async def readyz(_request: Request) -> Response:
    """200 when ready or degraded, 503 when the database or its schema is missing."""
    found = await readiness()
    status = HTTPStatus.OK if found.ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"status": found.status, **asdict(found)}, status)


ROUTES = (RawRoute("/healthz", healthz), RawRoute("/readyz", readyz))
