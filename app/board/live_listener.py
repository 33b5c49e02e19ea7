"""Hears what the database tells: LISTEN on a connection of its own, taken up again when it is lost."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, cast

import psycopg

import metrics.board
from app.database import connecting
from app.notices import CHANNEL

PATIENCE = 10.0
"""Seconds of silence after which the connection is asked whether it still lives."""
LONGEST_PAUSE = 5.0
"""Seconds between two tries to connect, at most."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Told:
    """One notification: its kind, and the fields that came with it."""

    kind: str
    fields: dict[str, Any]

    def number(self, name: str) -> int | None:
        """A field that is a whole number."""
        value = self.fields.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    @property
    def trace(self) -> str | None:
        """The trace in which it was written, as ``traceparent``; None when nobody recorded that."""
        value = self.fields.get("t")
        return value if isinstance(value, str) else None


def parse(payload: str) -> Told | None:
    """The notification in ``payload``; None for what is none, which is logged and left alone."""
    with suppress(ValueError):
        fields = cast("object", json.loads(payload))
        if isinstance(fields, dict):
            known = cast("dict[str, Any]", fields)
            if isinstance(known.get("k"), str):
                return Told(known["k"], known)
    log.warning("board_notification_unread", extra={"size": len(payload)})
    return None


class Ear(Protocol):
    """Whoever wants to hear."""

    def hear(self, told: Told) -> None:
        """Something changed."""
        ...

    async def deaf(self) -> None:
        """The line to the database is lost: what changes from now on is not heard."""
        ...

    async def listening(self) -> None:
        """The line stands (again): whatever changed before must be read anew."""
        ...


@dataclass
class Listener:
    """One LISTEN connection for one ear; ``url`` is the database's address."""

    url: str
    ear: Ear
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def run(self) -> None:
        """Listen until cancelled. A lost connection is opened again, after 0.1 s at first and 5 s at most."""
        failures = 0
        while True:
            try:
                async with await self._connect() as connection:
                    await self._listen(connection)
                    failures = 0
                    await self._hear(connection)
            except Exception as error:  # noqa: BLE001 - see the next line
                # Whatever the ear reads may fail in its own way; a board that stopped listening would lie for good.
                if failures == 0:  # the tries after it say nothing new
                    log.warning("board_listen_lost", extra={"error": type(error).__name__})
            await self._lost()
            failures += 1
            await self.pause(backoff(failures))

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(
            self.url, autocommit=True, connect_timeout=5, **connecting(self.url, "leadline-board")
        )

    async def _listen(self, connection: psycopg.AsyncConnection[Any]) -> None:
        await connection.execute(f"listen {CHANNEL}")
        metrics.board.listening(up=True)
        await self.ear.listening()

    async def _hear(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            async for notice in connection.notifies(timeout=PATIENCE):
                if told := parse(notice.payload):
                    self.ear.hear(told)
            async with asyncio.timeout(PATIENCE):
                await connection.execute("select 1")

    async def _lost(self) -> None:
        metrics.board.listening(up=False)
        await self.ear.deaf()


def backoff(failures: int) -> float:
    """Seconds to wait after so many failures in a row; spread, so that replicas do not return in step."""
    return min(LONGEST_PAUSE, 0.1 * 2 ** min(failures - 1, 10)) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
