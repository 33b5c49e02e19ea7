"""Outages: noticing that the database went away, and saying so once.

procrastinate's listener ends with its connection and tells nobody; everything else that runs in a rhythm would tell it
again and again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
import structlog

from app.database import connecting

log = structlog.get_logger(__name__)

PROVE_EVERY = 2.0
ANSWER_WITHIN = 5.0


async def until_lost(url: str) -> None:
    """Hold a connection to the database; raises psycopg.Error, OSError or TimeoutError when it drops or is silent."""
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True, **connecting(url, "leadline-probe"))
    async with connection:
        while True:
            await asyncio.sleep(PROVE_EVERY)
            async with asyncio.timeout(ANSWER_WITHIN):
                await connection.execute("select 1")


@dataclass
class Troubles:
    """Says each trouble once: a line when it begins and a line when it is over, whatever happens in between."""

    clock: Callable[[], float] = time.monotonic
    _since: dict[str, float] = field(default_factory=dict[str, float])

    def began(self, trouble: str, /, **fields: object) -> None:
        """It happened (again)."""
        if trouble not in self._since:
            self._since[trouble] = self.clock()
            log.warning(trouble, **fields)

    def over(self, *troubles: str) -> None:
        """It works (again)."""
        for trouble in troubles:
            if (since := self._since.pop(trouble, None)) is not None:
                log.info("over", trouble=trouble, after_seconds=round(self.clock() - since, 1))
