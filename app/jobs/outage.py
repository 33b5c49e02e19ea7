"""Notices that the database went away: procrastinate's listener ends with its connection and tells nobody."""

from __future__ import annotations

import asyncio

import psycopg

PROVE_EVERY = 2.0
ANSWER_WITHIN = 5.0


async def until_lost(url: str) -> None:
    """Hold a connection to the database; raises psycopg.Error, OSError or TimeoutError when it drops or is silent."""
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True, application_name="leadline-probe")
    async with connection:
        while True:
            await asyncio.sleep(PROVE_EVERY)
            async with asyncio.timeout(ANSWER_WITHIN):
                await connection.execute("select 1")
