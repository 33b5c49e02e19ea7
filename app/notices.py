"""What this process tells every web process of what it wrote: small JSON objects without texts or numbers.

They follow the commits that they are about, instead of being part of them: PostgreSQL lets only one transaction with a
notification commit at a time, and holds the others until the disk has it. Whoever hears one reads the row anew; what is
lost with a process that dies between the two is found by the boards' look for what nobody told.
"""

from __future__ import annotations

import asyncio
from contextvars import Context

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

log = structlog.get_logger(__name__)

CHANNEL = "leadline"
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
PATIENCE = 5.0
"""Seconds that closing waits for what is still to be told."""


def of_lead(lead_id: int) -> str:
    """A card changed."""
    return f'{{"k":"lead","id":{lead_id}}}'


def of_message(message_id: int, lead_id: int) -> str:
    """A chat changed."""
    return f'{{"k":"message","id":{message_id},"lead":{lead_id}}}'


def of_session(name: str) -> str:
    """A WhatsApp session is in another state."""
    return f'{{"k":"session","name":"{name}"}}'


def of_sign_in(user_id: int) -> str:
    """Somebody signed out, or may see something else from now on."""
    return f'{{"k":"signin","user":{user_id}}}'


class Notices:
    """Tells them on a connection of ``engine``, which commits each statement; what comes meanwhile goes together."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: dict[str, None] = {}
        self._telling: asyncio.Task[None] | None = None

    def tell(self, *notices: str) -> None:
        """Tell these soon, each once; call it when what they are about is committed."""
        self._waiting.update(dict.fromkeys(notices))
        if self._waiting and (self._telling is None or self._telling.done()):
            # In a context of its own: these statements belong to no trace and to nobody's log lines.
            self._telling = asyncio.get_running_loop().create_task(self._tell_all(), context=Context())

    async def close(self) -> None:
        """Wait a moment for what is still to be told."""
        if self._telling is not None:
            await asyncio.wait((self._telling,), timeout=PATIENCE)
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    async def _tell_all(self) -> None:
        pause = SHORTEST_PAUSE
        while self._waiting:
            taken, self._waiting = self._waiting, {}
            try:
                await self._tell(list(taken))
                pause = SHORTEST_PAUSE
            except (SQLAlchemyError, OSError) as error:
                log.warning("notices_delayed", waiting=len(taken), error=type(error).__name__)
                self._waiting = taken | self._waiting
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _tell(self, notices: list[str]) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(_TELL, {"channel": CHANNEL, "notices": notices})


_TELL = sa.text("select pg_notify(:channel, notice) from unnest(cast(:notices as text[])) as notice")
