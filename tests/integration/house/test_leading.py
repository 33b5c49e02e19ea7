"""Leading goes on after whatever the first duty met."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from procrastinate.exceptions import AppNotOpen
from sqlalchemy.exc import OperationalError

from app.jobs import leader


@pytest.mark.parametrize("error", [AppNotOpen(), OperationalError("select 1", {}, Exception())])
async def test_a_leader_whose_first_duty_fails_tries_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The queue may still be opening, or the database just have gone."""
    monkeypatch.setattr(leader, "TRY_EVERY", 0.01)
    stop, begun = asyncio.Event(), 0

    @asynccontextmanager
    async def duties() -> AsyncIterator[None]:
        nonlocal begun
        begun += 1
        if begun == 1:
            raise error
        stop.set()
        yield

    async with asyncio.timeout(20):
        await leader.lead_when_possible(database_url, duties, stop)
    assert begun == 2
